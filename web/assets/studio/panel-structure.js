// What the mouse does in the drawing, by keyboard: steps are added, joined, changed in kind, moved to another lane, taken away.
import { button, el, group, select } from "./controls.js";
import { eventKind, is, laneOf } from "./model.js";
import { text } from "./texts.js";
import { nameOf } from "./words.js";

const FOLLOWING = [
  "UserTask", "ServiceTask", "BusinessRuleTask", "CallActivity", "SubProcess", "ExclusiveGateway", "ParallelGateway", "InclusiveGateway",
  "EventBasedGateway", "IntermediateCatchEvent timer", "IntermediateCatchEvent message", "ReceiveTask", "EndEvent",
];
const ON_BORDER = ["timer", "message", "signal", "error", "escalation"];
/** Pixels between events on one border. */
const APART = 45;

export function structureParts(context) {
  const { element, modeler } = context;
  const frame = is(element, "Participant", "Lane");
  const ends = is(element, "EndEvent") || eventKind(element) === "terminate";
  const removable = element.parent && !is(element, "Process", "Collaboration");
  return [
    is(element, "FlowNode") ? place(context) : null,
    group(
      text("actions"),
      ...(is(element, "FlowNode") && !ends ? [following(context), connecting(context)] : []),
      is(element, "Activity") && border(context),
      removable && changing(context),
      frame && button("panel-lane-add", text("lane_add"), () => modeler.get("modeling").addLane(element, "bottom")),
      removable && button("panel-delete", text("delete"), () => modeler.get("modeling").removeElements([element]), { class: "btn btn-sm btn-outline-danger" }),
    ),
  ];
}

/** A choice with the button that carries it out. */
function act(id, label, options, doing, carry) {
  if (!options.length) return null;
  const choice = el("select", { id, class: "form-select form-select-sm", "aria-label": label }, ...options.map(([value, name]) => el("option", { value }, name)));
  return el("div", { class: "panel-row" }, choice, button(`${id}-do`, doing, () => carry(choice.value)));
}

const eventType = (event) => event && `bpmn:${event[0].toUpperCase()}${event.slice(1)}EventDefinition`;

function following({ element, modeler }) {
  const options = FOLLOWING.map((one) => [one, one.split(" ")]).map(([value, [kind, event]]) => [value, event ? `${text(`kind ${kind}`)} (${text(`event ${event}`)})` : text(`kind ${kind}`)]);
  return act("panel-append", text("append_kind"), options, text("append"), (value) => {
    const [kind, event] = value.split(" ");
    const shape = modeler.get("elementFactory").createShape({ type: `bpmn:${kind}`, eventDefinitionType: eventType(event), isExpanded: kind === "SubProcess" || undefined });
    modeler.get("autoPlace").append(element, shape);
  });
}

/** What this step may lead to, without what it leads to already. */
function connecting({ element, modeler }) {
  const [registry, rules] = [modeler.get("elementRegistry"), modeler.get("rules")];
  const follows = (one) => element.outgoing.some((flow) => flow.target === one);
  const allowed = (one) => rules.allowed("connection.create", { source: element, target: one })?.type === "bpmn:SequenceFlow";
  const targets = registry.filter((one) => is(one, "FlowNode") && !one.labelTarget && one !== element && !follows(one) && allowed(one));
  const options = targets.map((one) => [one.id, nameOf(one)]).sort(([, a], [, b]) => a.localeCompare(b, "vi"));
  return act("panel-connect", text("connect_to"), options, text("connect"), (id) => modeler.get("modeling").connect(element, registry.get(id)));
}

function border({ element, modeler }) {
  const options = ON_BORDER.map((event) => [event, text(`event ${event}`)]);
  return act("panel-attach", text("attach_kind"), options, text("attach"), (event) => {
    const shape = modeler.get("elementFactory").createShape({ type: "bpmn:BoundaryEvent", eventDefinitionType: eventType(event) });
    const along = Math.min(element.width - 10, 25 + APART * element.attachers.length);
    const made = modeler.get("modeling").createShape(shape, { x: element.x + along, y: element.y + element.height }, element, { attach: true });
    modeler.get("selection").select(made);
  });
}

/** The menu of kinds, which arrows and the enter key go through. */
function changing({ element, modeler }) {
  const menu = modeler.get("popupMenu");
  if (menu.isEmpty(element, "bpmn-replace")) return null;
  return button("panel-replace", text("replace"), (event) => {
    const { left, bottom } = event.currentTarget.getBoundingClientRect();
    menu.open(element, "bpmn-replace", { x: left, y: bottom }, { title: text("replace"), search: true, width: 300 });
  });
}

/** The lane in which a step stands, which says who does it. */
function place({ element, modeler }) {
  const registry = modeler.get("elementRegistry");
  const lanes = registry.filter((one) => is(one, "Lane") && !one.businessObject.childLaneSet);
  const own = laneOf(element.businessObject);
  if (lanes.length < 2 || is(element, "BoundaryEvent") || !own) return null;
  const move = (id) => {
    const lane = registry.get(id);
    modeler.get("modeling").moveElements([element], { x: 0, y: Math.round(lane.y + lane.height / 2 - element.y - element.height / 2) });
    modeler.get("canvas").scrollToElement(element, 80);
  };
  return group(text("lane"), select("panel-lane", text("lane_of"), own.id, lanes.map((one) => [one.id, nameOf(one)]), move));
}
