// What the diagram's files may hold besides plain BPMN: our extensions, declared so that bpmn-js reads and writes them
// as they are. Named as in engine/procedures/model.py and docs/bpmn-profile.md; tests/unit/test_editor_files.py opens and
// saves every shipped diagram with it.
import bpmn from "bpmn-moddle/resources/bpmn/json/bpmn.json";

const attributes = (names) => names.map((name) => ({ name, isAttr: true, type: "String" }));
const type = (name, names, parts = []) => ({
  name,
  superClass: ["Element"],
  properties: [...attributes(names), ...parts],
});

export const phoihop = {
  name: "Phối hợp",
  prefix: "ph",
  uri: "urn:phoihop:bpmn:1",
  xml: { tagAlias: "lowerCase" },
  types: [
    type("Lane", ["role", "agency"]),
    type("Task", ["form", "duty", "agency", "claim", "document", "paper"]),
    type("Deadline", ["rule"]),
    type("Legal", ["source", "basis", "note"]),
    type("Service", ["name"], [
      { name: "inputs", type: "Input", isMany: true },
      { name: "outputs", type: "Output", isMany: true },
    ]),
    type("Input", ["name", "value"]),
    type("Output", ["name", "value"]),
    type("Decision", ["table", "output"]),
    type("Correlation", ["key"]),
    type("Incoming", ["form", "duty", "agency"]),
    type("Outcome", ["code"]),
  ],
};

/** BPMN's own package, in which the two list references of a repetition are the texts that our evaluator reads.
 * As references bpmn-moddle would look for elements of those ids and forget what it does not find. */
export const bpmnWithTexts = {
  ...bpmn,
  types: bpmn.types.map((one) =>
    one.name !== "MultiInstanceLoopCharacteristics"
      ? one
      : {
          ...one,
          properties: one.properties.map((property) =>
            /^loopData(In|Out)putRef$/.test(property.name) ? { name: property.name, type: "String" } : property,
          ),
        },
  ),
};
