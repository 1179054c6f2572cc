// Opens and saves diagrams as the editor does (bpmn-moddle with our extensions): paths on the command line, JSON {path: xml} out.
import { readFile } from "node:fs/promises";
import { BpmnModdle } from "bpmn-moddle";
import { build } from "esbuild";

const { outputFiles } = await build({ entryPoints: ["web/assets/studio/moddle.js"], bundle: true, format: "esm", write: false });
const { bpmnWithTexts, phoihop } = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
const moddle = new BpmnModdle({ bpmn: bpmnWithTexts, ph: phoihop });
const saved = {};
for (const path of process.argv.slice(2)) {
  const { rootElement, warnings } = await moddle.fromXML(await readFile(path, "utf-8"));
  if (warnings.length) throw new Error(`${path}: ${warnings.map((one) => one.message).join("; ")}`);
  saved[path] = (await moddle.toXML(rootElement, { format: true })).xml;
}
process.stdout.write(JSON.stringify(saved));
