// What a step does: a person's form, a service, a table, a called process, its inputs and outputs, its repetition.
import { area, check, el, group, button, input, select, suggestions } from "./controls.js";
import { watch } from "./conditions.js";
import { extension, is } from "./model.js";
import { text } from "./texts.js";

const ONE_LINE = 36;

export const pairs = (list, key = "id") => list.map((one) => [one[key], one.title ?? one.name]);

/** A text box for an expression that the server's evaluator checks while it is typed. */
export function expression(context, id, label, value, onchange, help) {
  const { element, server, vocabulary } = context;
  const names = vocabulary.variables[element.id] ?? [];
  // A long one is read in full; only a short one, which is often a single name, gets suggestions.
  const long = (value ?? "").length > ONE_LINE;
  const box = long ? area(id, label, value, onchange, { help, rows: 4, spellcheck: false }) : input(id, label, value, onchange, { help, list: `${id}-names`, spellcheck: false });
  const control = box.querySelector("input, textarea");
  control.classList.add("expression");
  const verdict = el("p", { class: "expression-verdict", id: `${id}-verdict`, "aria-live": "polite" });
  control.setAttribute("aria-describedby", `${id}-verdict`);
  watch(control, verdict, (source) => server.expression(source, element.id));
  box.append(verdict, suggestions(`${id}-names`, names.map((one) => [one])));
  return box;
}

/** Which agency does it: chosen in words, with the expression below it for those who prefer it.
 * @param empty what it is called when nothing is said; nothing where something must be said */
export function performer(context, id, value, onchange, empty) {
  const { element, vocabulary } = context;
  const known = new Set(vocabulary.variables[element.id] ?? []);
  const offered = vocabulary.performers.filter((one) => !one.variable || known.has(one.variable)).map((one) => [one.expression, one.name]);
  return [
    select(`${id}-choice`, text("performer_choice"), value, offered, onchange, { empty }),
    expression(context, id, text("performer"), value, onchange, text("performer_help")),
  ];
}

export function stepParts(context) {
  const { element } = context;
  return [
    is(element, "UserTask", "ManualTask") && person(context),
    is(element, "ServiceTask", "SendTask") && service(context),
    is(element, "BusinessRuleTask") && decision(context),
    is(element, "CallActivity") && call(context),
    (is(element, "ServiceTask", "SendTask") && extension(element, "service")) || is(element, "CallActivity") ? mapping(context) : null,
    is(element, "Activity") && repetition(context),
    is(element, "EndEvent") && outcome(context),
  ].flat().filter(Boolean);
}

function person(context) {
  const { element, model, vocabulary } = context;
  const task = extension(element, "task");
  const put = (name) => (value) => model.extend(element, "task", { [name]: value });
  return group(
    text("person"),
    select("panel-form", text("form"), task?.form, pairs(vocabulary.forms), put("form"), { empty: text("none_chosen") }),
    task?.form && edit(context, `bieu-mau/${task.form}`, text("form_edit")),
    select("panel-duty", text("duty"), task?.duty ?? "specialist", pairs(vocabulary.duties), put("duty")),
    ...performer(context, "panel-agency", task?.agency, put("agency"), text("performer_lane")),
    check("panel-claim", text("claim"), task?.claim === "initiator", (yes) => put("claim")(yes ? "initiator" : "")),
    expression(context, "panel-document", text("document"), task?.document, put("document"), text("document_help")),
    check("panel-paper", text("paper"), task?.paper === "true" || task?.paper === "1", (yes) => put("paper")(yes ? "true" : ""), text("paper_help")),
  );
}

export const edit = ({ server }, path, label) => el("p", { class: "panel-link" }, el("a", { href: `${server.base}/${path}` }, label));

function service({ element, model, vocabulary }) {
  const put = (name) => {
    const held = extension(element, "service");
    if (held && name) model.setPart(element, held, { name });
    else model.replace(element, "service", name ? [{ name }] : []);
  };
  return group(text("service"), select("panel-service", text("service"), extension(element, "service")?.name, pairs(vocabulary.services), put, { empty: text("none_chosen") }));
}

function decision(context) {
  const { element, model, vocabulary } = context;
  const held = extension(element, "decision");
  return group(
    text("table"),
    select("panel-table", text("table"), held?.table, pairs(vocabulary.tables, "path"), (table) => model.extend(element, "decision", { table }), { empty: text("none_chosen") }),
    held?.table && edit(context, `bang/${held.table}`, text("table_edit")),
    input("panel-output", text("table_output"), held?.output, (output) => model.extend(element, "decision", { output }), { help: text("table_output_help") }),
  );
}

const calledOf = ({ element, vocabulary }) => vocabulary.parts.find((one) => one.process === element.businessObject.get("calledElement"));

function call(context) {
  const { element, model, vocabulary } = context;
  const part = calledOf(context);
  return group(
    text("called"),
    select("panel-called", text("called"), element.businessObject.get("calledElement"), pairs(vocabulary.parts, "process"), (calledElement) => model.set(element, { calledElement: calledElement || undefined }), { empty: text("none_chosen") }),
    part && el("p", { class: "form-text" }, text("called_inputs", { names: part.inputs.join(", ") || "–" })),
  );
}

function mapping(context) {
  return ["input", "output"].map((kind) => parameters(context, kind));
}

/** Inputs or outputs: a name and an expression each; inputs that the called process needs are offered. */
function parameters(context, kind) {
  const { element, model } = context;
  const list = model.parameters(element, kind).map((one) => ({ name: one.name, value: one.value }));
  const put = (next) => model.setParameters(element, kind, next);
  const part = calledOf(context);
  const wanted = (kind === "input" ? part?.inputs : part?.variables) ?? [];
  const missing = kind === "input" ? wanted.filter((name) => !list.some((one) => one.name === name)) : [];
  const rows = list.map((one, at) => {
    const id = `panel-${kind}-${at}`;
    const change = (next) => put(list.map((other, index) => (index === at ? { ...other, ...next } : other)));
    return el(
      "div",
      { class: "panel-pair", role: "group", "aria-label": text(`${kind}_number`, { number: at + 1 }) },
      input(`${id}-name`, text("variable"), one.name, (name) => change({ name })),
      expression(context, `${id}-value`, text("expression"), one.value, (value) => change({ value })),
      button(`${id}-drop`, "×", () => put(list.filter((_, index) => index !== at)), { "aria-label": text("drop_number", { number: at + 1 }), class: "btn btn-sm btn-outline-secondary" }),
    );
  });
  const add = (name) => put([...list, { name, value: kind === "input" ? name || "None" : name || "None" }]);
  return group(
    text(`${kind}s`),
    ...rows,
    ...missing.map((name) => button(`panel-${kind}-need-${name}`, text("input_needed", { name }), () => add(name))),
    button(`panel-${kind}-add`, text(`${kind}_add`), () => add(kind === "input" ? "" : wanted.find((name) => !list.some((one) => one.name === name)) ?? "")),
  );
}

function outcome({ element, model, vocabulary }) {
  if (!vocabulary.outcomes.length) return null;
  const put = (code) => model.extend(element, "outcome", { code });
  return group(text("outcome"), select("panel-outcome", text("outcome"), extension(element, "outcome")?.code, pairs(vocabulary.outcomes, "code"), put, { empty: text("outcome_none") }));
}

function repetition(context) {
  const { element } = context;
  const loop = element.businessObject.get("loopCharacteristics");
  if (loop?.$type === "bpmn:MultiInstanceLoopCharacteristics") return many(context, loop);
  if (loop?.$type === "bpmn:StandardLoopCharacteristics") return again(context, loop);
  return null;
}

function many(context, loop) {
  const { element, model } = context;
  const item = (key, type) => (name) => {
    const made = name ? model.factory.create(type, { name }) : undefined;
    if (made) made.$parent = loop;
    model.setPart(element, loop, { [key]: made });
  };
  return group(
    text("many"),
    expression(context, "panel-collection", text("collection"), loop.get("loopDataInputRef"), (value) => model.setPart(element, loop, { loopDataInputRef: value || undefined })),
    input("panel-item", text("item"), loop.get("inputDataItem")?.name, item("inputDataItem", "bpmn:DataInput")),
    input("panel-collected", text("collected"), loop.get("loopDataOutputRef"), (value) => model.setPart(element, loop, { loopDataOutputRef: value || undefined })),
    input("panel-collected-item", text("collected_item"), loop.get("outputDataItem")?.name, item("outputDataItem", "bpmn:DataOutput")),
    check("panel-sequential", text("sequential"), loop.get("isSequential"), (isSequential) => model.setPart(element, loop, { isSequential })),
  );
}

function again(context, loop) {
  const { element, model } = context;
  return group(
    text("again"),
    expression(context, "panel-loop-condition", text("loop_condition"), loop.get("loopCondition")?.body, (value) => model.setText(element, loop, "loopCondition", value)),
    input("panel-loop-maximum", text("loop_maximum"), loop.get("loopMaximum"), (value) => model.setPart(element, loop, { loopMaximum: Number(value) || undefined }), { type: "number", min: 1 }),
    check("panel-loop-before", text("loop_before"), loop.get("testBefore"), (testBefore) => model.setPart(element, loop, { testBefore })),
  );
}
