// What an element is called in the panel and in lists.
import { eventKind, is } from "./model.js";
import { text } from "./texts.js";

const KINDS = [
  "UserTask", "ManualTask", "ServiceTask", "SendTask", "ReceiveTask", "BusinessRuleTask", "CallActivity", "SubProcess", "ScriptTask",
  "ExclusiveGateway", "ParallelGateway", "InclusiveGateway", "EventBasedGateway", "StartEvent", "EndEvent",
  "IntermediateCatchEvent", "IntermediateThrowEvent", "BoundaryEvent", "SequenceFlow", "Lane", "Participant", "Process", "Collaboration", "TextAnnotation",
];

/** The kind of an element in words; what has no word of ours keeps the name that BPMN gives it. */
export function kindOf(element) {
  const kind = element.businessObject.$type.replace("bpmn:", "");
  const known = KINDS.includes(kind) ? text(`kind ${kind}`) : kind;
  const event = eventKind(element);
  return event ? `${known} (${EVENTS.includes(event) ? text(`event ${event}`) : event})` : known;
}
const EVENTS = ["timer", "message", "signal", "error", "escalation", "terminate"];

export function nameOf(element) {
  const { name, id } = element.businessObject;
  if (name) return name;
  if (is(element, "SequenceFlow")) {
    const [from, to] = [element.source, element.target].map((end) => end?.businessObject.name || end?.id);
    return `${from} → ${to}`;
  }
  return `${kindOf(element)} ${id}`;
}
