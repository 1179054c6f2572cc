// What a flow, a lane and the procedure itself say.
import { check, el, group, input, select } from "./controls.js";
import { conditionEditor } from "./conditions.js";
import { extension, is } from "./model.js";
import { edit, performer } from "./panel-steps.js";
import { text } from "./texts.js";

const CHOOSING = ["ExclusiveGateway", "InclusiveGateway"];

export function flowParts(context) {
  const { element, model, server } = context;
  if (!is(element.source, ...CHOOSING)) return [group(text("condition"), el("p", { class: "form-text" }, text("condition_place")))];
  const held = element.businessObject.get("conditionExpression");
  const isDefault = element.source.businessObject.get("default") === element.businessObject;
  const put = (body) => model.setText(element, element.businessObject, "conditionExpression", body);
  return [
    group(
      text("condition"),
      check("panel-default", text("default_flow"), isDefault, (yes) => {
        model.together(() => {
          if (yes && held) put("");
          model.set(element.source, { default: yes ? element.businessObject : undefined });
        });
      }, text("default_flow_help")),
      !isDefault && conditionEditor("panel-condition", text("condition"), held?.body, fieldsAt(context, element.id), put, (source) => server.expression(source, element.id)),
    ),
  ];
}

/** The variables that may exist there, with the labels and choices of the form that sets them. */
export function fieldsAt({ vocabulary }, id) {
  const names = vocabulary.variables[id] ?? [];
  const labels = new Map(vocabulary.forms.flatMap((form) => form.fields.map((field) => [field.name, field])));
  return names.map((name) => ({ name, ...labels.get(name) })).sort((a, b) => Boolean(b.label) - Boolean(a.label) || a.name.localeCompare(b.name));
}

export function laneParts(context) {
  const { element, model, vocabulary } = context;
  const lane = extension(element, "lane");
  const byAgency = Boolean(lane?.agency);
  const choose = (kind) => model.replace(element, "lane", [kind === "agency" ? { agency: "case.initiator_agency" } : { role: vocabulary.roles[0]?.id }]);
  return [
    group(
      text("lane"),
      select("panel-lane-kind", text("lane_kind"), lane ? (byAgency ? "agency" : "role") : "", [["role", text("lane_role")], ["agency", text("lane_agency")]], (kind) => kind && choose(kind), lane ? {} : { empty: text("none_chosen") }),
      lane && !byAgency && select("panel-role", text("role"), lane.role, vocabulary.roles.map((one) => [one.id, `${one.id} – ${one.name}`]), (role) => model.replace(element, "lane", [{ role }])),
      ...(byAgency ? performer(context, "panel-lane-agency", lane.agency, (agency) => model.replace(element, "lane", agency ? [{ agency }] : [])) : []),
    ),
  ];
}

/** The procedure: its process, whether it can run, and the other files of the draft. */
export function startOf(context) {
  const { element, model, modeler } = context;
  const process = processOf(element, modeler);
  if (!process) return [];
  return [
    group(
      text("procedure"),
      input("panel-process-id", text("process_id"), process.id, (id) => /^[A-Za-z_][\w-]*$/.test(id) && model.setPart(element, process, { id })),
      check("panel-executable", text("executable"), process.isExecutable !== false, (isExecutable) => model.setPart(element, process, { isExecutable })),
      edit(context, "thoi-han", text("deadline_edit")),
    ),
  ];
}

function processOf(element, modeler) {
  if (is(element, "Process")) return element.businessObject;
  if (is(element, "Participant")) return element.businessObject.get("processRef");
  return modeler.getDefinitions().get("rootElements").find((one) => one.$type === "bpmn:Process");
}
