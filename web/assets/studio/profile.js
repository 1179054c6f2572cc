// Only what docs/bpmn-profile.md allows is offered: in the palette, beside an element, and where its kind is changed.
const PALETTE_LEFT_OUT = ["create.data-object", "create.data-store", "create.group", "create.task", "create.intermediate-event"];
const PAD_LEFT_OUT = ["append.condition-intermediate-event", "append.compensation-activity", "append.intermediate-event"];

/** Kinds that the menu of bpmn-js offers and the profile refuses, by the name of the entry. */
const REFUSED = [
  /-(task|script-task|transaction|complex-gateway|event-subprocess)$/,
  /ad-hoc|conditional|link|compensation|cancel/,
  /-message-(intermediate-throw|end)$/,
  /-(signal|error|escalation)-start$/,
  /^replace-with-(collapsed-|data-)/,
  /collection|multiplicity/,
];
const ALLOWED_TASKS = /-(user|service|send|receive|manual|rule)-task$/;

export const isOffered = (entry) => ALLOWED_TASKS.test(entry) || !REFUSED.some((pattern) => pattern.test(entry));

const without = (entries, names) => Object.fromEntries(Object.entries(entries).filter(([name]) => !names.includes(name)));

/** Runs after bpmn-js' own providers and takes away from, or adds to, what they offer. */
const LATER = 500;

function Palette(palette, create, elementFactory, translate) {
  const start = (type, options) => (event) => create.start(event, elementFactory.createShape({ type, ...options }));
  const entry = (group, className, title, type, options) => ({
    group,
    className,
    title,
    action: { dragstart: start(type, options), click: start(type, options) },
  });
  this.getPaletteEntries = () => (entries) => ({
    ...without(entries, PALETTE_LEFT_OUT),
    "create.user-task": entry("activity", "bpmn-icon-user-task", translate("User task"), "bpmn:UserTask"),
    "create.service-task": entry("activity", "bpmn-icon-service-task", translate("Service task"), "bpmn:ServiceTask"),
    "create.call-activity": entry("activity", "bpmn-icon-call-activity", translate("Call activity"), "bpmn:CallActivity"),
    "create.timer": entry("event", "bpmn-icon-intermediate-event-catch-timer", translate("Timer intermediate catch event"),
      "bpmn:IntermediateCatchEvent", { eventDefinitionType: "bpmn:TimerEventDefinition" }),
    "create.message": entry("event", "bpmn-icon-intermediate-event-catch-message", translate("Message intermediate catch event"),
      "bpmn:IntermediateCatchEvent", { eventDefinitionType: "bpmn:MessageEventDefinition" }),
  });
  palette.registerProvider(LATER, this);
}
Palette.$inject = ["palette", "create", "elementFactory", "translate"];

function ContextPad(contextPad, autoPlace, create, elementFactory, translate) {
  const shape = () => elementFactory.createShape({ type: "bpmn:UserTask" });
  this.getContextPadEntries = () => (entries) => {
    const kept = without(entries, PAD_LEFT_OUT);
    // bpmn-js appends a task without a kind, which the profile refuses; a person's task is what is meant most often.
    if (kept["append.append-task"]) {
      kept["append.append-task"] = {
        ...kept["append.append-task"],
        className: "bpmn-icon-user-task",
        title: translate("Append task"),
        action: {
          click: (_event, element) => autoPlace.append(element, shape()),
          dragstart: (event, element) => create.start(event, shape(), { source: element }),
        },
      };
    }
    return kept;
  };
  this.getMultiElementContextPadEntries = () => (entries) => entries;
  contextPad.registerProvider(LATER, this);
}
ContextPad.$inject = ["contextPad", "autoPlace", "create", "elementFactory", "translate"];

function KindMenu(popupMenu) {
  const offered = (entries) => Object.fromEntries(Object.entries(entries).filter(([name]) => isOffered(name)));
  this.getPopupMenuEntries = () => offered;
  this.getPopupMenuHeaderEntries = () => offered;
  popupMenu.registerProvider("bpmn-replace", LATER, this);
}
KindMenu.$inject = ["popupMenu"];

export const profile = {
  __init__: ["profilePalette", "profileContextPad", "profileKindMenu"],
  profilePalette: ["type", Palette],
  profileContextPad: ["type", ContextPad],
  profileKindMenu: ["type", KindMenu],
};
