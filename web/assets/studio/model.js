// Reads and changes what an element says. Every change is one command of bpmn-js, so that it can be undone.
import { is as isKind } from "bpmn-js/lib/util/ModelUtil";

export const is = (element, ...kinds) => kinds.some((kind) => isKind(element, `bpmn:${kind}`));

/** The element's definition of its event (timer, message …), or nothing. */
export const eventOf = (element) => element.businessObject.get("eventDefinitions")?.[0];

/** What the event is about: "timer", "message", … or "". */
export function eventKind(element) {
  const kind = is(element, "Event") ? eventOf(element)?.$type : "";
  return kind ? kind.replace(/^bpmn:(\w)(\w*)EventDefinition$/, (_, first, rest) => first.toLowerCase() + rest) : "";
}

/** Our extensions of that kind ("task", "legal" …) on an element or on one of its parts. */
export function extensions(of, kind) {
  const type = `ph:${kind[0].toUpperCase()}${kind.slice(1)}`;
  return (of.get("extensionElements")?.get("values") ?? []).filter((one) => one.$type === type);
}

export const extension = (element, kind) => extensions(element.businessObject, kind)[0];

/** The lane that names a step; an event on a border stands where its step stands. */
export function laneOf(subject) {
  const step = subject.attachedToRef ?? subject;
  let process = step;
  while (process.$parent && process.$type !== "bpmn:Process") process = process.$parent;
  return lanesIn(process.get?.("laneSets") ?? []).find((lane) => lane.get("flowNodeRef").includes(step));
}

function lanesIn(sets) {
  return sets.flatMap((set) => set.get("lanes")).flatMap((lane) => [...(lane.childLaneSet ? lanesIn([lane.childLaneSet]) : []), lane]);
}

/** Runs several commands inside one, so that they are undone as one. */
class Together {
  preExecute({ act }) {
    act();
  }
}

export class Model {
  constructor(modeler) {
    this.modeler = modeler;
    modeler.get("commandStack").registerHandler("studio.together", Together);
    this.modeling = modeler.get("modeling");
    this.factory = modeler.get("bpmnFactory");
    this.moddle = modeler.get("moddle");
  }

  /** Several changes that are taken back as one. */
  together(act) {
    this.modeler.get("commandStack").execute("studio.together", { act });
  }

  /** Sets properties of the element itself; undefined takes one away. */
  set(element, properties) {
    this.modeling.updateProperties(element, properties);
  }

  /** Sets properties of a part of the element, such as its timer. */
  setPart(element, part, properties) {
    this.modeling.updateModdleProperties(element, part, properties);
  }

  /** Sets attributes of our one extension of that kind; it goes when it says nothing any more. */
  extend(element, kind, attributes) {
    const old = extension(element, kind);
    const next = { ...own(old), ...attributes };
    for (const [name, value] of Object.entries(next)) if (value === "" || value === undefined) delete next[name];
    this.replace(element, kind, Object.keys(next).length ? [next] : []);
  }

  /** Puts these in place of all our extensions of that kind, each given by its attributes, where the first one stood. */
  replace(element, kind, list) {
    const type = `ph:${kind[0].toUpperCase()}${kind.slice(1)}`;
    const container = element.businessObject.get("extensionElements");
    const before = container?.get("values") ?? [];
    const first = before.findIndex((one) => one.$type === type);
    const others = before.filter((one) => one.$type !== type);
    const made = list.map((attributes) => this.moddle.create(type, attributes));
    others.splice(first < 0 ? others.length : first, 0, ...made);
    this.#setExtensions(element, others);
  }

  /** Inputs or outputs of a step: inside its `ph:service`, or directly on a call. */
  parameters(element, kind) {
    const holder = extension(element, "service");
    return holder ? holder.get(`${kind}s`) : extensions(element.businessObject, kind);
  }

  setParameters(element, kind, list) {
    const holder = extension(element, "service");
    if (!holder) return this.replace(element, kind, list);
    const made = list.map((attributes) => this.moddle.create(`ph:${kind === "input" ? "Input" : "Output"}`, attributes));
    made.forEach((one) => (one.$parent = holder));
    return this.setPart(element, holder, { [`${kind}s`]: made });
  }

  /** Puts a text into a part that holds one (a condition, a duration); empty takes it away. */
  setText(element, part, property, text, type = "bpmn:FormalExpression") {
    const made = text ? this.factory.create(type, { body: text }) : undefined;
    if (made) made.$parent = part;
    this.setPart(element, part, { [property]: made });
  }

  /** The message, signal, error or escalation of that name; a new one enters the file with what refers to it. */
  root(kind, name) {
    const definitions = this.modeler.getDefinitions();
    const key = { error: "errorCode", escalation: "escalationCode" }[kind] ?? "name";
    const type = `bpmn:${kind[0].toUpperCase()}${kind.slice(1)}`;
    const roots = definitions.get("rootElements");
    const found = roots.find((one) => one.$type === type && one.get(key) === name);
    if (found) return found;
    const made = this.factory.create(type, { name, ...(key === "name" ? {} : { [key]: name }) });
    made.$parent = definitions;
    return made;
  }

  /** What other tools left on the element: attributes and extensions that nobody reads here. */
  foreign(element) {
    const subject = element.businessObject;
    const attributes = Object.keys(subject.$attrs).filter((name) => name.includes(":") && !/^(xmlns|xsi|ph)(:|$)/.test(name));
    const values = subject.get("extensionElements")?.get("values") ?? [];
    return { attributes, values: values.filter((one) => !one.$type.startsWith("ph:")) };
  }

  /** Takes away what other tools left. */
  clean(element) {
    const { attributes, values } = this.foreign(element);
    const kept = (element.businessObject.get("extensionElements")?.get("values") ?? []).filter((one) => !values.includes(one));
    this.together(() => {
      if (attributes.length) this.set(element, Object.fromEntries(attributes.map((name) => [name, undefined])));
      if (values.length) this.#setExtensions(element, kept);
    });
  }

  #setExtensions(element, values) {
    const container = values.length ? this.factory.create("bpmn:ExtensionElements", { values }) : undefined;
    values.forEach((one) => (one.$parent = container));
    if (container) container.$parent = element.businessObject;
    this.set(element, { extensionElements: container });
  }
}

/** The attributes that an extension says. */
function own(one) {
  if (!one) return {};
  return Object.fromEntries(one.$descriptor.properties.filter((p) => p.isAttr && one.get(p.name) !== undefined).map((p) => [p.name, one.get(p.name)]));
}
