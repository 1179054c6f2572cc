// What the server's checks say: a mark on each element and a list that leads to it.
import { el } from "./controls.js";
import { text } from "./texts.js";
import { nameOf } from "./words.js";

const DIAGRAM = "process.bpmn";

export class Findings {
  /** @param frame where the list is drawn, @param go selects an element */
  constructor(frame, modeler, server, go) {
    Object.assign(this, { frame, modeler, server, go, list: [], warnings: [], listeners: [] });
    modeler.get("eventBus").on("import.done", () => this.#mark());
  }

  onchange(listener) {
    this.listeners.push(listener);
  }

  /** Asks the checks anew; an answer that was overtaken by a later question is dropped. */
  async ask() {
    const asked = (this.asked = (this.asked ?? 0) + 1);
    this.frame.setAttribute("aria-busy", "true");
    const { findings, warnings } = await this.server.findings();
    if (asked !== this.asked) return;
    this.frame.removeAttribute("aria-busy");
    [this.list, this.warnings] = [findings, warnings].map((list) => list.map((one) => (one.file === DIAGRAM || !one.file ? { ...one, element: this.#drawn(one.element) } : one)));
    this.#draw();
    this.#mark();
    this.listeners.forEach((listener) => listener(this.list.filter((one) => one.file === DIAGRAM)));
  }

  /** The element that is drawn for an id: a process is drawn as its pool. */
  #drawn(id) {
    const registry = this.modeler.get("elementRegistry");
    if (!id || registry.get(id)) return id;
    return registry.find((one) => one.businessObject.processRef?.id === id)?.id ?? this.modeler.get("canvas").getRootElement().id;
  }

  #draw() {
    const count = this.list.length;
    const heading = el("h2", { id: "findings-title" }, count ? text("findings_count", { count }) : text("findings_none"));
    const listed = (list) => el("ol", { class: "studio-findings" }, ...list.map((one) => el("li", {}, this.#leads(one))));
    const hints = this.warnings.length && el("details", {}, el("summary", {}, text("warnings_count", { count: this.warnings.length })), listed(this.warnings));
    this.frame.replaceChildren(...[heading, count && listed(this.list), hints].filter(Boolean));
  }

  #leads(one) {
    const element = one.file === DIAGRAM && one.element && this.modeler.get("elementRegistry").get(one.element);
    if (element) {
      return el("button", { type: "button", class: "finding-link", onclick: () => this.go(element.id) }, el("strong", {}, nameOf(element)), ` ${one.message}`);
    }
    const page = pageOf(one);
    const place = [one.file, one.name ?? one.element].filter(Boolean).join(", ");
    return page ? el("a", { class: "finding-link", href: `${this.server.base}/${page}` }, el("strong", {}, place), ` ${one.message}`) : el("span", { class: "finding-link" }, el("strong", {}, place), ` ${one.message}`);
  }

  #mark() {
    const [overlays, canvas, registry] = ["overlays", "canvas", "elementRegistry"].map((name) => this.modeler.get(name));
    overlays.remove({ type: "finding" });
    registry.filter((one) => canvas.hasMarker(one, "has-finding")).forEach((one) => canvas.removeMarker(one, "has-finding"));
    const ids = new Set(this.list.filter((one) => one.file === DIAGRAM).map((one) => one.element));
    for (const id of ids) {
      const element = registry.get(id);
      if (!element || !element.parent) continue;
      canvas.addMarker(element, "has-finding");
      const own = this.list.filter((one) => one.element === id);
      const html = el("button", { type: "button", class: "finding-mark", title: own.map((one) => one.message).join("\n"), onclick: () => this.go(id) }, String(own.length));
      html.setAttribute("aria-label", text("findings_on", { count: own.length, name: nameOf(element) }));
      overlays.add(element, "finding", { position: element.waypoints ? { top: -8, left: 8 } : { top: -10, right: 12 }, html });
    }
  }
}

/** The page of the studio on which a file is changed. */
function pageOf({ file }) {
  const [, form] = /^forms\/(.+)\.json$/.exec(file ?? "") ?? [];
  const [, notice] = /^notices\/(.+)\.yaml$/.exec(file ?? "") ?? [];
  if (form) return `bieu-mau/${form}`;
  if (notice) return `van-ban/${notice}`;
  if (file?.endsWith(".dmn")) return `bang/${file}`;
  return file === "deadlines.yaml" ? "thoi-han" : null;
}
