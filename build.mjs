// Bundle what a browser needs into web/static/dist/ and put the fonts of official documents into build/fonts/.
// Every file directly in web/assets/ is an entry point; names carry a digest of the content, so they may be cached for
// ever, and manifest.json maps the plain names to them: {"app.css": "app-3FQ7.css"}. A running server never
// meets a gap: first the new files are written, then the manifest that names them, and only then the old files go.

import { copyFile, mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { build } from "esbuild";

const ASSETS = "web/assets";
const DIST = "web/static/dist";
const MANIFEST = path.join(DIST, "manifest.json");
const FONTS = "build/fonts/tinos";
const TINOS = "node_modules/@expo-google-fonts/tinos";
const FACES = ["400Regular", "400Regular_Italic", "700Bold", "700Bold_Italic"];

async function bundle() {
  const names = (await readdir(ASSETS)).filter((name) => /\.(js|css)$/.test(name));
  await mkdir(DIST, { recursive: true });
  const result = await build({
    entryPoints: names.map((name) => path.join(ASSETS, name)),
    outdir: DIST,
    bundle: true,
    minify: true,
    metafile: true,
    target: ["chrome109", "firefox115", "safari16"],
    entryNames: "[name]-[hash]",
    assetNames: "files/[name]-[hash]",
    loader: { ".woff2": "file", ".woff": "file", ".ttf": "file", ".eot": "file", ".svg": "file", ".png": "file" },
    legalComments: "linked",
  });
  const manifest = {};
  for (const [output, { entryPoint }] of Object.entries(result.metafile.outputs)) {
    if (entryPoint) manifest[path.relative(ASSETS, entryPoint)] = path.relative(DIST, output);
  }
  await writeFile(path.join(DIST, "manifest.tmp"), `${JSON.stringify(manifest, null, 2)}\n`);
  await rename(path.join(DIST, "manifest.tmp"), MANIFEST);
  await removeStale(new Set([MANIFEST, ...Object.keys(result.metafile.outputs)]));
}

async function removeStale(kept) {
  for (const entry of await readdir(DIST, { recursive: true, withFileTypes: true })) {
    const file = path.join((entry.parentPath ?? entry.path), entry.name);
    if (entry.isFile() && !kept.has(file)) await rm(file);
  }
}

async function copyFonts() {
  await mkdir(FONTS, { recursive: true });
  for (const face of FACES) {
    await copyFile(path.join(TINOS, face, `Tinos_${face}.ttf`), path.join(FONTS, `Tinos_${face}.ttf`));
  }
}

await Promise.all([bundle(), copyFonts()]);
