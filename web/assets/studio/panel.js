// The panel beside the diagram: what the chosen element says, by the profile and in our words.
import { area, el, group, input, isBeingTyped, redraw } from "./controls.js";
import { Model, is } from "./model.js";
import { flowParts, laneParts, startOf } from "./panel-flow.js";
import { legalParts, participation } from "./panel-legal.js";
import { foreignPart } from "./panel-foreign.js";
import { stepParts } from "./panel-steps.js";
import { structureParts } from "./panel-structure.js";
import { waitingParts } from "./panel-waiting.js";
import { text } from "./texts.js";
import { kindOf, nameOf } from "./words.js";

const RESERVED = /^(End|Start|Root)$|\.|EndJoin$/;

export class Panel {
  /** @param frame where it is drawn, @param modeler bpmn-js, @param server the draft's doors */
  constructor(frame, modeler, server) {
    Object.assign(this, { frame, modeler, server, vocabulary: null, findings: [], model: new Model(modeler) });
    modeler.get("eventBus").on(["selection.changed", "commandStack.changed", "import.done"], () => this.#later());
  }

  #later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.draw());
  }

  /** What may be chosen, as the server knows it. */
  learn(vocabulary) {
    this.vocabulary = vocabulary;
    this.#drawSoon();
  }

  show(findings) {
    this.findings = findings;
    this.#drawSoon();
  }

  /** What the server said is drawn, but never over words that are being typed. */
  #drawSoon() {
    const control = document.activeElement;
    if (!this.frame.contains(control) || !isBeingTyped(control)) return this.draw();
    control.addEventListener("blur", () => this.#later(), { once: true });
  }

  /** Takes over what is being typed, as if the person had left the box. */
  commit() {
    const control = document.activeElement;
    if (!this.frame.contains(control) || !isBeingTyped(control)) return;
    control.blur();
    control.focus({ preventScroll: true });
  }

  /** The chosen element; with none or several chosen, the procedure. */
  get element() {
    const chosen = this.modeler.get("selection").get();
    const one = chosen.length === 1 ? chosen[0] : this.modeler.get("canvas").getRootElement();
    return one?.labelTarget ?? one;
  }

  draw() {
    if (!this.vocabulary || !this.element) return;
    const element = this.element;
    const context = { element, model: this.model, vocabulary: this.vocabulary, server: this.server, modeler: this.modeler };
    redraw(this.frame, [
      el("h2", { class: "panel-title", id: "panel-title" }, is(element, "Collaboration", "Process") ? text("whole_procedure") : nameOf(element)),
      el("p", { class: "muted panel-kind" }, kindOf(element)),
      this.#findingsOf(element),
      ...this.#parts(context),
    ]);
    if (this.drawn !== element.id) this.frame.scrollTop = 0;
    this.drawn = element.id;
  }

  #findingsOf(element) {
    const own = this.findings.filter((one) => one.element === element.id);
    return own.length ? el("ul", { class: "panel-findings", "aria-label": text("findings_here") }, ...own.map((one) => el("li", {}, one.message))) : null;
  }

  #parts(context) {
    const { element } = context;
    const flowNode = is(element, "FlowNode");
    return [
      this.#general(context),
      ...(is(element, "Lane") ? laneParts(context) : []),
      ...(is(element, "SequenceFlow") ? flowParts(context) : []),
      ...(flowNode ? stepParts(context) : []),
      ...(flowNode ? waitingParts(context) : []),
      ...(is(element, "Participant", "Process", "Collaboration") ? startOf(context) : []),
      ...(flowNode ? legalParts(context) : []),
      flowNode ? participation(context) : null,
      foreignPart(context),
      ...structureParts(context),
      this.#notes(context),
    ];
  }

  #general({ element, model }) {
    const subject = element.businessObject;
    const root = is(element, "Collaboration");
    return group(
      text("general"),
      !root && area("panel-name", text("name"), subject.get("name"), (name) => this.modeler.get("modeling").updateLabel(element, name)),
      !root && input("panel-id", text("id"), subject.get("id"), (id) => this.#rename(element, id), { help: text("id_help") }),
    );
  }

  #rename(element, id) {
    const taken = this.modeler.get("elementRegistry").get(id);
    const good = /^[A-Za-z_][\w-]*$/.test(id) && !RESERVED.test(id) && (!taken || taken === element);
    if (good) return this.model.set(element, { id });
    const help = document.getElementById("panel-id-help");
    help.textContent = text("id_bad");
    help.classList.add("is-wrong");
    return document.getElementById("panel-id").setAttribute("aria-invalid", "true");
  }

  #notes({ element, model }) {
    const words = element.businessObject.get("documentation")?.[0]?.text;
    const put = (typed) => model.set(element, { documentation: typed ? [model.factory.create("bpmn:Documentation", { text: typed })] : undefined });
    return group(text("documentation"), area("panel-documentation", text("documentation"), words, put, { rows: 3 }));
  }
}
