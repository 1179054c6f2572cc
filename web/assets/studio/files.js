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

const BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL";
const DRAWN = /([tT]ask|Event|Gateway|[sS]ubProcess|callActivity|transaction|sequenceFlow)$/;

const treeOf = (content) => new DOMParser().parseFromString(content, "application/xml");

/** Whether every step and flow can be drawn where the file says. */
export function hasCoordinates(content) {
  const all = [...treeOf(content).getElementsByTagName("*")];
  const placed = new Set(all.map((one) => one.getAttribute("bpmnElement")));
  const drawn = all.filter((one) => one.namespaceURI === BPMN && DRAWN.test(one.localName));
  return drawn.length > 0 && drawn.every((one) => placed.has(one.id));
}

/** The file with its XML comments as documentation of the elements that they stand before or in: bpmn-moddle forgets them. */
export function withRemarks(content) {
  const tree = treeOf(content);
  const walker = tree.createTreeWalker(tree, NodeFilter.SHOW_COMMENT);
  const remarks = [];
  while (walker.nextNode()) if (walker.currentNode.data.trim()) remarks.push(walker.currentNode);
  const home = tree.getElementsByTagNameNS(BPMN, "process")[0];
  if (!remarks.length || !home) return { content, count: 0 };
  for (const remark of remarks) note(hostOf(remark) ?? home, remark.data.trim());
  return { content: new XMLSerializer().serializeToString(tree), count: remarks.length };
}

/** What can be documented: an element of BPMN with an id, the file as a whole left out. */
const canHold = (one) => one?.namespaceURI === BPMN && one.hasAttribute("id") && one.localName !== "definitions";

function hostOf(remark) {
  let next = remark.nextSibling;
  while (next && next.nodeType !== Node.ELEMENT_NODE) next = next.nextSibling;
  if (canHold(next)) return next;
  let above = remark.parentElement;
  while (above && !canHold(above)) above = above.parentElement;
  return above;
}

function note(host, words) {
  const held = [...host.children].find((one) => one.namespaceURI === BPMN && one.localName === "documentation");
  if (held) held.textContent = `${held.textContent.trim()}\n${words}`;
  else {
    const made = host.ownerDocument.createElementNS(BPMN, host.prefix ? `${host.prefix}:documentation` : "documentation");
    made.textContent = words;
    host.prepend(made);
  }
}

/** Gives a file to the person. */
export function download(name, content, type) {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const link = Object.assign(document.createElement("a"), { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  URL.revokeObjectURL(address);
}
