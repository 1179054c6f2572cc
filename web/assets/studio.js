// The diagram editor of a draft (web/templates/studio/editor.html): bpmn-js for the process owner.
import { el } from "./studio/controls.js";
import { Copies } from "./studio/copies.js";
import { decoded, download, hasCoordinates, withRemarks } from "./studio/files.js";
import { Findings } from "./studio/findings.js";
import { bindKeys } from "./studio/keys.js";
import { openModeler } from "./studio/modeler.js";
import { Panel } from "./studio/panel.js";
import { Presence } from "./studio/presence.js";
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
    this.copies = new Copies(modeler);
    this.findings = new Findings(byId("studio-findings"), modeler, this.server, (id) => this.go(id));
    this.findings.onchange((list) => this.panel.show(list));
  }

  async open() {
    this.saving = new Saving(this.server, PATH, () => this.content(), { status: byId("studio-status"), notice: byId("studio-notice") });
    Object.assign(this.saving, {
      commit: () => this.panel.commit(),
      named: ({ element, name }) => (this.modeler.get("elementRegistry").get(element) ? nameOf(this.modeler.get("elementRegistry").get(element)) : name),
      dropped: () => this.reload(),
      merged: (content) => this.swap(content),
      downloaded: () => this.exportFile(),
    });
    this.saving.onsaved(() => this.refresh());
    await this.load((content) => this.show(content));
    this.modeler.on("commandStack.changed", () => this.saving.touch());
    this.modeler.on(["commandStack.changed", "import.done"], () => this.listElements());
    this.modeler.on("selection.changed", () => this.nameChosen());
    this.listElements();
    this.#bind();
    this.followAddress();
    new Presence(this.server, byId("studio-others"), this.saving, () => this.reload()).begin();
    this.refresh();
  }

  /** Shows what the server has. The revision is asked for first: one that is too old is merged, one too new would overwrite. */
  async load(show) {
    const { revision } = await this.server.files();
    const { content, count } = withRemarks(await this.server.content(PATH));
    await show(content);
    this.saving.settle(await this.content(), revision);
    if (count) this.tell(text("remarks", { count }));
  }

  /** The diagram as it would be stored. */
  async content() {
    return (await this.modeler.saveXML({ format: true })).xml;
  }

  /** Draws a file; how many places of it nobody understood and are left out. */
  async show(content) {
    const { warnings } = await this.modeler.importXML(content);
    this.#settle();
    return warnings.length;
  }

  /** Shows another state of the same diagram where the person looks and works. */
  async swap(content) {
    this.panel.commit();
    const canvas = this.modeler.get("canvas");
    const [sight, chosen] = [canvas.viewbox(), this.modeler.get("selection").get().map((one) => one.id)];
    await this.modeler.importXML(content);
    canvas.viewbox(sight);
    this.modeler.get("selection").select(chosen.map((id) => this.modeler.get("elementRegistry").get(id)).filter(Boolean));
    byId("studio-back").hidden = true;
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
      this.server.vocabulary().then((known) => this.panel.learn(known)).catch(failed),
    ]);
  }

  async reload() {
    await this.load((content) => this.swap(content));
    this.tell(text("reloaded"));
    this.refresh();
  }

  /** Chooses an element and brings it into sight; the panel tells the rest. */
  go(id) {
    const element = this.modeler.get("elementRegistry").get(id);
    if (!element) return;
    this.modeler.get("selection").select(element);
    if (element.parent) this.modeler.get("canvas").scrollToElement(element, 80);
  }

  followAddress() {
    if (location.hash.length > 1) this.go(decodeURIComponent(location.hash.slice(1)));
  }

  listElements() {
    const chooser = byId("studio-element");
    const elements = this.modeler.get("elementRegistry").filter((one) => one.parent && one.type !== "label");
    const options = elements.map((one) => [one.id, nameOf(one)]).sort(([, a], [, b]) => a.localeCompare(b, "vi"));
    chooser.replaceChildren(el("option", { value: "" }, text("whole_procedure")), ...options.map(([value, name]) => el("option", { value }, name)));
    this.nameChosen();
  }

  nameChosen() {
    const [chosen] = this.modeler.get("selection").get();
    byId("studio-element").value = (chosen?.labelTarget ?? chosen)?.id ?? "";
  }

  async arrange() {
    const drawn = this.#drawn();
    await this.replace(await this.server.arranged(await this.content()));
    const left = [...drawn].filter(([id]) => !this.modeler.get("elementRegistry").get(id)).map(([, name]) => name);
    this.tell(left.length ? text("arranged_without", { names: left.join("; ") }) : text("arranged"));
  }

  /** Names of what is drawn, by id. */
  #drawn() {
    const elements = this.modeler.get("elementRegistry").filter((one) => one.parent && !one.labelTarget);
    return new Map(elements.map((one) => [one.id, one.businessObject.text || nameOf(one)]));
  }

  /** Takes a file from elsewhere in place of the diagram; one that cannot be read changes nothing. */
  async importFile(file) {
    const { content, count } = withRemarks(decoded(new Uint8Array(await file.arrayBuffer())));
    const drawn = hasCoordinates(content) ? content : await this.server.arranged(content);
    const unread = await this.replace(drawn);
    const said = [text("imported"), unread && text("unread", { count: unread }), count && text("remarks", { count })];
    this.tell(said.filter(Boolean).join(" "));
  }

  /** Puts another diagram in place of this one, which can be taken back. */
  async replace(content) {
    const before = await this.content();
    const unread = await this.show(content).catch(async (error) => {
      await this.show(before);
      throw new Error(text("unreadable", { why: error.message }));
    });
    this.before = before;
    byId("studio-back").hidden = false;
    this.saving.touch();
    await this.saving.now();
    return unread;
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

  /** The whole procedure as it is stored, once everything is. */
  async exportWhole() {
    await this.saving.now();
    location.assign(`${this.page.dataset.base}/xuat.zip`);
  }

  copy() {
    const count = this.copies.copy();
    this.tell(text(count ? "copied" : "not_copied", { count }));
  }

  paste() {
    const count = this.copies.paste().length;
    this.tell(text(count ? "pasted" : "not_pasted", { count }));
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
    on("studio-copy", () => this.copy());
    on("studio-paste", () => this.paste());
    on("studio-save", () => this.saving.now());
    on("studio-arrange", () => this.arrange());
    on("studio-export", () => this.exportFile());
    on("studio-picture", () => this.exportPicture());
    on("studio-whole", () => this.exportWhole());
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
    bindKeys(this);
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
