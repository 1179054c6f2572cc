// Form controls of the panel as plain elements: each with its label, its help and an id that stays the same, so that the
// focus can be given back after the panel was drawn anew.
export function el(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "class") made.className = value;
    else if (name in made && name !== "list" && name !== "form") made[name] = value;
    else made.setAttribute(name, value === true ? "" : value);
    // What a text box held when it was drawn: what differs from it is being typed.
    if (name === "value" && "defaultValue" in made) made.defaultValue = value;
  }
  made.append(...children.filter((child) => child !== undefined && child !== null && child !== false));
  return made;
}

/** A label above its control, a help below it. */
export function labelled(id, label, control, help) {
  control.id = id;
  if (help) control.setAttribute("aria-describedby", `${id}-help`);
  return el(
    "div",
    { class: "panel-field" },
    el("label", { htmlFor: id, class: "form-label" }, label),
    control,
    help && el("p", { id: `${id}-help`, class: "form-text" }, help),
  );
}

export function input(id, label, value, onchange, { help, list, type = "text", ...more } = {}) {
  const control = el("input", { type, class: "form-control form-control-sm", value: value ?? "", list, autocomplete: "off", ...more });
  control.addEventListener("change", () => onchange(control.value.trim()));
  return labelled(id, label, control, help);
}

export function area(id, label, value, onchange, { help, rows = 2, ...more } = {}) {
  const control = el("textarea", { class: "form-control form-control-sm", rows, value: value ?? "", ...more });
  control.addEventListener("change", () => onchange(control.value.trim()));
  return labelled(id, label, control, help);
}

/** A choice; a value that is not among the options is kept and shown as it is. */
export function select(id, label, value, options, onchange, { help, empty } = {}) {
  const all = [...(empty === undefined ? [] : [["", empty]]), ...options];
  if (value && !all.some(([one]) => one === value)) all.push([value, value]);
  const control = el(
    "select",
    { class: "form-select form-select-sm", onchange: () => onchange(control.value) },
    ...all.map(([one, name]) => el("option", { value: one, selected: one === (value ?? "") }, name)),
  );
  return labelled(id, label, control, help);
}

export function check(id, label, checked, onchange, help) {
  const control = el("input", { type: "checkbox", class: "form-check-input", id, checked, onchange: () => onchange(control.checked) });
  if (help) control.setAttribute("aria-describedby", `${id}-help`);
  return el(
    "div",
    { class: "form-check panel-field" },
    control,
    el("label", { htmlFor: id, class: "form-check-label" }, label),
    help && el("p", { id: `${id}-help`, class: "form-text" }, help),
  );
}

export const button = (id, label, onclick, properties = {}) =>
  el("button", { type: "button", id, class: "btn btn-sm btn-outline-primary", onclick, ...properties }, label);

/** Part of the panel under a heading; empty ones are left out. */
export function group(heading, ...children) {
  const shown = children.flat().filter(Boolean);
  return shown.length ? el("fieldset", { class: "panel-group" }, el("legend", {}, heading), ...shown) : null;
}

/** Suggestions for a text box. */
export const suggestions = (id, options) =>
  el("datalist", { id }, ...options.map(([value, name]) => el("option", { value, label: name ?? undefined })));

/** Whether that control is a text box that holds words nobody has taken over yet. */
export const isBeingTyped = (control) => control?.defaultValue !== undefined && control.type !== "checkbox" && control.value !== control.defaultValue;

/** Draws a part anew and gives the focus back to where it was; to the part itself where that control is gone. */
export function redraw(frame, children) {
  const focused = frame.contains(document.activeElement) ? document.activeElement : null;
  const marked = focused?.selectionStart ?? null;
  const scrolled = frame.scrollTop;
  frame.replaceChildren(...children.filter(Boolean));
  frame.scrollTop = scrolled;
  if (!focused) return;
  const again = (focused.id && document.getElementById(focused.id)) || frame;
  again.focus({ preventScroll: true });
  if (marked !== null && again.setSelectionRange) again.setSelectionRange(marked, focused.selectionEnd);
}
