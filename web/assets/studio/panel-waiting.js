// When something is due and what an element waits for: deadlines with their clock and source, moments, messages, signals.
import { check, el, group, input, select, suggestions } from "./controls.js";
import { eventKind, eventOf, extension, is } from "./model.js";
import { edit, expression, pairs, performer } from "./panel-steps.js";
import { text } from "./texts.js";

export function waitingParts(context) {
  const { element } = context;
  const kind = eventKind(element);
  const awaits = is(element, "ReceiveTask") || (kind === "message" && is(element, "CatchEvent"));
  return [
    is(element, "Activity") || awaits ? group(text("deadline"), ...deadline(context)) : null,
    kind === "timer" && moment(context),
    awaits && message(context),
    ["signal", "error", "escalation"].includes(kind) && named(context, kind),
    is(element, "BoundaryEvent") && kind !== "error" && interrupts(context),
  ].filter(Boolean);
}

function deadline(context) {
  const { element, model, vocabulary } = context;
  const rule = extension(element, "deadline")?.rule;
  const known = vocabulary.deadlines.find((one) => one.id === rule);
  return [
    select("panel-deadline", text("deadline"), rule, vocabulary.deadlines.map((one) => [one.id, one.name]), (value) => model.extend(element, "deadline", { rule: value }), { empty: text("deadline_none") }),
    known && el("ul", { class: "panel-regimes" }, ...known.regimes.map((regime) => el("li", {}, regimeText(regime)))),
    edit(context, `thoi-han${rule ? `#${rule}` : ""}`, text("deadline_edit")),
  ];
}

/** One regime in words: how much, by which clock, from when, by which source. */
function regimeText({ from, to, when, clock, amount, start, source, basis }) {
  const span = text(`span ${clock}`, { amount });
  const force = text(to ? "force_until" : "force_from", { from: day(from), to: day(to) });
  const origin = basis ? `${text(`source ${source}`)} ${basis}` : text(`source ${source}`);
  return [span, start && text("counted_from", { start }), when && text("if", { when }), force, origin].filter(Boolean).join("; ");
}

const day = (iso) => (iso ? String(iso).split("-").reverse().join("/") : "…");

const MOMENTS = { rule: null, timeDuration: "P2D", timeDate: "None", timeCycle: "R/P1D" };

function moment(context) {
  const { element, model } = context;
  const timer = eventOf(element);
  const written = Object.keys(MOMENTS).find((key) => key !== "rule" && timer.get(key)) ?? "rule";
  const choose = (kind) => {
    model.together(() => {
      for (const key of Object.keys(MOMENTS)) if (key !== "rule" && key !== kind && timer.get(key)) model.setPart(element, timer, { [key]: undefined });
      if (kind !== "rule") {
        model.extend(element, "deadline", { rule: "" });
        model.setText(element, timer, kind, MOMENTS[kind]);
      }
    });
  };
  const cycles = is(element, "BoundaryEvent") && !element.businessObject.cancelActivity;
  const kinds = Object.keys(MOMENTS).filter((key) => key !== "timeCycle" || cycles || written === key);
  const put = (value) => model.setText(element, timer, written, value);
  const body = timer.get(written === "rule" ? "timeDate" : written)?.body;
  return group(
    text("moment"),
    select("panel-moment", text("moment_kind"), written, kinds.map((key) => [key, text(`moment ${key}`)]), choose),
    ...(written === "rule" ? deadline(context) : []),
    written === "timeDate" && expression(context, "panel-moment-date", text("moment timeDate"), body, put),
    (written === "timeDuration" || written === "timeCycle") && input("panel-moment-text", text(`moment ${written}`), body, put, { help: text(`help ${written}`) }),
  );
}

function message(context) {
  const { element, model, modeler, vocabulary } = context;
  const holder = eventOf(element) ?? element.businessObject;
  const known = modeler.getDefinitions().get("rootElements").filter((one) => one.$type === "bpmn:Message").map((one) => [one.name]);
  const incoming = extension(element, "incoming");
  const put = (name) => (value) => model.extend(element, "incoming", { [name]: value });
  const refer = (name) => model.setPart(element, holder, { messageRef: name ? model.root("message", name) : undefined });
  return group(
    text("message"),
    input("panel-message", text("message"), holder.get("messageRef")?.name, refer, { list: "panel-message-names" }),
    suggestions("panel-message-names", known),
    expression(context, "panel-correlation", text("correlation"), extension(element, "correlation")?.key, (key) => model.extend(element, "correlation", { key }), text("correlation_help")),
    check("panel-recorded", text("recorded"), Boolean(incoming), (yes) => model.replace(element, "incoming", yes ? [{ form: vocabulary.forms[0]?.id, duty: "clerk" }] : []), text("recorded_help")),
    incoming && select("panel-incoming-form", text("form"), incoming.form, pairs(vocabulary.forms), put("form"), { empty: text("none_chosen") }),
    incoming && select("panel-incoming-duty", text("duty"), incoming.duty ?? "clerk", pairs(vocabulary.duties), put("duty")),
    ...(incoming ? performer(context, "panel-incoming-agency", incoming.agency, put("agency"), text("performer_lane")) : []),
  );
}

function named(context, kind) {
  const { element, model } = context;
  const definition = eventOf(element);
  const held = definition.get(`${kind}Ref`);
  const value = kind === "signal" ? held?.name : held?.get(`${kind}Code`);
  const put = (name) => model.setPart(element, definition, { [`${kind}Ref`]: name ? model.root(kind, name) : undefined });
  return group(text(`event ${kind}`), input("panel-event-name", text(kind === "signal" ? "signal_name" : "event_code"), value, put));
}

function interrupts({ element, model }) {
  return group(text("interrupts"), check("panel-interrupts", text("interrupts_help"), element.businessObject.cancelActivity !== false, (cancelActivity) => model.set(element, { cancelActivity })));
}
