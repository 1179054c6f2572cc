// What other tools left on an element: shown, not used, and taken away on demand.
import { button, el, group } from "./controls.js";
import { text } from "./texts.js";

export function foreignPart({ element, model }) {
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
