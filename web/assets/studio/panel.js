// The panel beside the diagram: what the chosen element says, by the profile and in our words.
import { area, button, el, group, input, redraw } from "./controls.js";
import { Model, eventKind, is } from "./model.js";
import { flowParts, laneParts, startOf } from "./panel-flow.js";
import { legalParts, participation } from "./panel-legal.js";
import { stepParts } from "./panel-steps.js";
import { waitingParts } from "./panel-waiting.js";
import { text } from "./texts.js";
import { kindOf, nameOf } from "./words.js";

const RESERVED = /^(End|Start|Root)$|\.|EndJoin$/;
const APPENDED = ["UserTask", "ServiceTask", "BusinessRuleTask", "CallActivity", "ExclusiveGateway", "ParallelGateway", "EndEvent"];

export class Panel {
  /** @param frame where it is drawn, @param modeler bpmn-js, @param server the draft's doors */
  constructor(frame, modeler, server) {
    Object.assign(this, { frame, modeler, server, vocabulary: null, findings: [], model: new Model(modeler) });
    const events = modeler.get("eventBus");
    const later = () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.draw());
    };
    events.on(["selection.changed", "commandStack.changed", "import.done"], later);
  }

  /** What may be chosen, as the server knows it. */
  learn(vocabulary) {
    this.vocabulary = vocabulary;
    this.draw();
  }

  show(findings) {
    this.findings = findings;
    this.draw();
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
      this.#foreign(context),
      this.#actions(context),
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
    if (good) this.model.set(element, { id });
    else this.draw();
  }

  #notes({ element, model }) {
    const words = element.businessObject.get("documentation")?.[0]?.text;
    const put = (typed) => model.set(element, { documentation: typed ? [model.factory.create("bpmn:Documentation", { text: typed })] : undefined });
    return group(text("documentation"), area("panel-documentation", text("documentation"), words, put, { rows: 3 }));
  }

  /** The same by keyboard alone: what follows a step is added here, and an element is taken away. */
  #actions({ element, modeler }) {
    const offered = is(element, "FlowNode") && !is(element, "EndEvent") && eventKind(element) !== "terminate";
    const next = el("select", { id: "panel-append", class: "form-select form-select-sm", "aria-label": text("append_kind") },
      ...APPENDED.map((kind) => el("option", { value: kind }, text(`kind ${kind}`))));
    const append = () => {
      const shape = modeler.get("elementFactory").createShape({ type: `bpmn:${next.value}` });
      modeler.get("autoPlace").append(element, shape);
    };
    const removable = element.parent && !is(element, "Process", "Collaboration");
    return group(
      text("actions"),
      offered && el("div", { class: "panel-row" }, next, button("panel-append-do", text("append"), append)),
      removable && button("panel-delete", text("delete"), () => modeler.get("modeling").removeElements([element]), { class: "btn btn-sm btn-outline-danger" }),
    );
  }

  #foreign({ element, model }) {
    const { attributes, values } = model.foreign(element);
    const names = [...attributes, ...values.map((one) => one.$type)];
    if (!names.length) return null;
    return group(
      text("foreign"),
      el("p", { class: "form-text" }, text("foreign_help")),
      el("p", {}, ...names.flatMap((name, at) => [at ? ", " : "", el("code", {}, name)])),
      button("panel-clean", text("foreign_clean"), () => model.clean(element)),
    );
  }
}
