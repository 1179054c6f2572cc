// Files from and for other tools: import of BPMN in any encoding, with or without coordinates; export of BPMN and SVG.

/** The text of a BPMN file in the encoding that it names. */
export function decoded(bytes) {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  const declared = /^[^>]*encoding=["']([\w.:-]+)["']/.exec(String.fromCharCode(...bytes.slice(0, 200)));
  const words = new TextDecoder(declared?.[1] ?? "utf-8", { fatal: true }).decode(bytes);
  // From here on it is a text and is stored as UTF-8, whatever it was before.
  return words.replace(/^(\uFEFF?\s*<\?xml[^>]*?)\s+encoding=["'][^"']*["']/, '$1 encoding="UTF-8"');
}

/** Whether every element could be drawn where the file says. */
export const hasCoordinates = (content) => /:BPMNShape[\s>]|<BPMNShape[\s>]/.test(content);

/** Gives a file to the person. */
export function download(name, content, type) {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const link = Object.assign(document.createElement("a"), { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  URL.revokeObjectURL(address);
}
