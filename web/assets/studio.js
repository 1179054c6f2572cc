// The diagram editor of a draft (web/templates/studio/editor.html): bpmn-js for the process owner.
import { el } from "./studio/controls.js";
import { decoded, download, hasCoordinates } from "./studio/files.js";
import { Findings } from "./studio/findings.js";
import { openModeler } from "./studio/modeler.js";
import { Panel } from "./studio/panel.js";
import { Saving } from "./studio/saving.js";
import { Server } from "./studio/server.js";
import { text } from "./studio/texts.js";
import { nameOf } from "./studio/words.js";

const PATH = "process.bpmn";
/** Room in pixels that the palette takes, and around the diagram; the scale below which labels cannot be read. */
const [PALETTE, MARGIN, READABLE] = [130, 20, 0.5];
const byId = (id) => document.getElementById(id);

class Editor {
  constructor(page, modeler) {
    this.page = page;
    this.modeler = modeler;
    this.server = new Server(page.dataset.base, page.dataset.token);
    this.panel = new Panel(byId("studio-panel"), modeler, this.server);
    this.findings = new Findings(byId("studio-findings"), modeler, this.server, (id) => this.go(id));
    this.findings.onchange((list) => this.panel.show(list));
  }

  async open() {
    const [{ revision }, content] = await Promise.all([this.server.files(), this.server.content(PATH)]);
    this.saving = new Saving(this.server, PATH, () => this.content(), { status: byId("studio-status"), notice: byId("studio-notice") }, revision);
    Object.assign(this.saving, { dropped: () => this.reload(), downloaded: () => this.exportFile() });
    this.saving.onsaved(() => this.refresh());
    await this.show(content);
    this.modeler.on("commandStack.changed", () => this.saving.touch());
    this.modeler.on(["commandStack.changed", "import.done"], () => this.listElements());
    this.listElements();
    this.#bind();
    this.followAddress();
    this.refresh();
  }

  /** The diagram as it would be stored. */
  async content() {
    return (await this.modeler.saveXML({ format: true })).xml;
  }

  async show(content) {
    await this.modeler.importXML(content);
    this.#settle();
  }

  /** The whole width where it can still be read, else its beginning; the palette covers nothing of it. */
  #settle() {
    const canvas = this.modeler.get("canvas");
    const { inner, outer } = canvas.viewbox();
    const scale = Math.min(1, Math.max(READABLE, (outer.width - PALETTE - MARGIN) / inner.width));
    canvas.viewbox({ x: inner.x - PALETTE / scale, y: inner.y - MARGIN / scale, width: outer.width / scale, height: outer.height / scale });
  }

  /** Findings and vocabulary follow what is stored. */
  async refresh() {
    const failed = (error) => this.tell(error.message);
    await Promise.all([
      this.findings.ask().catch(failed),
      this.server.vocabulary().then((known) => this.panel.learn({ ...known, lead: this.page.dataset.lead })).catch(failed),
    ]);
  }

  async reload() {
    await this.show(await this.server.content(PATH));
    this.saving.dirty = false;
    this.tell(text("reloaded"));
    await this.refresh();
  }

  /** Chooses an element and brings it into sight; the panel tells the rest. */
  go(id) {
    const element = this.modeler.get("elementRegistry").get(id);
    if (!element) return;
    this.modeler.get("selection").select(element);
    if (element.parent) this.modeler.get("canvas").scrollToElement(element, 80);
    byId("studio-element").value = id;
  }

  followAddress() {
    if (location.hash.length > 1) this.go(decodeURIComponent(location.hash.slice(1)));
  }

  listElements() {
    const chooser = byId("studio-element");
    const chosen = this.modeler.get("selection").get()[0]?.id ?? "";
    const elements = this.modeler.get("elementRegistry").filter((one) => one.parent && one.type !== "label");
    const options = elements.map((one) => [one.id, nameOf(one)]).sort(([, a], [, b]) => a.localeCompare(b, "vi"));
    chooser.replaceChildren(el("option", { value: "" }, text("whole_procedure")), ...options.map(([value, name]) => el("option", { value }, name)));
    chooser.value = chosen;
  }

  async arrange() {
    await this.replace(await this.server.arranged(await this.content()), text("arranged"));
  }

  /** Takes a file from elsewhere in place of the diagram; one that cannot be read changes nothing. */
  async importFile(file) {
    let content = decoded(new Uint8Array(await file.arrayBuffer()));
    if (!hasCoordinates(content)) content = await this.server.arranged(content);
    await this.replace(content, text("imported"));
  }

  /** Puts another diagram in place of this one, which can be taken back. */
  async replace(content, done) {
    const before = await this.content();
    try {
      await this.show(content);
    } catch (error) {
      await this.show(before);
      throw error;
    }
    this.before = before;
    byId("studio-back").hidden = false;
    this.saving.touch();
    this.tell(done);
    await this.saving.now();
  }

  async back() {
    await this.show(this.before);
    byId("studio-back").hidden = true;
    this.saving.touch();
    await this.saving.now();
  }

  async exportFile() {
    download(`${this.page.dataset.name}.bpmn`, await this.content(), "application/xml");
  }

  async exportPicture() {
    download(`${this.page.dataset.name}.svg`, (await this.modeler.saveSVG()).svg, "image/svg+xml");
  }

  tell(words) {
    byId("studio-told").textContent = words;
  }

  #bind() {
    const stack = this.modeler.get("commandStack");
    const on = (id, act) =>
      byId(id).addEventListener("click", async () => {
        try {
          await act();
        } catch (error) {
          this.tell(error.message);
        }
      });
    on("studio-undo", () => stack.undo());
    on("studio-redo", () => stack.redo());
    on("studio-copy", () => this.modeler.get("editorActions").trigger("copy"));
    on("studio-paste", () => this.modeler.get("editorActions").trigger("paste"));
    on("studio-save", () => this.saving.now());
    on("studio-arrange", () => this.arrange());
    on("studio-export", () => this.exportFile());
    on("studio-picture", () => this.exportPicture());
    on("studio-back", () => this.back());
    on("studio-import", () => byId("studio-file").click());
    byId("studio-file").addEventListener("change", async (event) => {
      const [file] = event.target.files;
      if (file) await this.importFile(file).catch((error) => this.tell(text("not_imported", { why: error.message })));
      event.target.value = "";
    });
    byId("studio-element").addEventListener("change", (event) => (event.target.value ? this.go(event.target.value) : this.modeler.get("selection").select(null)));
    const buttons = () => {
      byId("studio-undo").disabled = !stack.canUndo();
      byId("studio-redo").disabled = !stack.canRedo();
    };
    this.modeler.on(["commandStack.changed", "import.done"], buttons);
    buttons();
    window.addEventListener("hashchange", () => this.followAddress());
  }
}

const page = byId("studio");
openModeler(byId("studio-canvas"))
  .then((modeler) => new Editor(page, modeler).open())
  .then(() => (page.dataset.state = "open"))
  .catch((error) => {
    page.dataset.state = "failed";
    byId("studio-told").textContent = error.message;
    throw error;
  });
