// A condition built by choosing field, comparison and value, with the expression beside it. The builder reads back what it
// can show; anything else stays an expression, which the server's evaluator checks while it is typed.
import { button, el, labelled } from "./controls.js";
import { text } from "./texts.js";

const NAME = "[a-zA-Z_][\\w.]*";
const VALUE = "'[^'\\\\]*'|\"[^\"\\\\]*\"|-?\\d+|True|False|None";
const FORMS = [
  [new RegExp(`^(${NAME})\\s*(==|!=|<=|>=|<|>)\\s*(${VALUE})$`), (m) => ({ field: m[1], comparison: m[2], value: m[3] })],
  [new RegExp(`^(${VALUE})\\s+(in|not in)\\s+(${NAME})$`), (m) => ({ field: m[3], comparison: m[2] === "in" ? "has" : "has not", value: m[1] })],
  [new RegExp(`^defined\\((?:'|")(${NAME})(?:'|")\\)$`), (m) => ({ field: m[1], comparison: "defined", value: "" })],
  [new RegExp(`^not\\s+defined\\((?:'|")(${NAME})(?:'|")\\)$`), (m) => ({ field: m[1], comparison: "not defined", value: "" })],
];
const COMPARISONS = ["==", "!=", "<", "<=", ">", ">=", "has", "has not", "defined", "not defined"];
const WITHOUT_VALUE = new Set(["defined", "not defined"]);

/** The rows of an expression and what joins them, or nothing where it is more than the builder can show. */
export function read(expression) {
  const source = (expression ?? "").trim();
  if (!source) return { rows: [], joint: "and" };
  for (const joint of ["and", "or"]) {
    const rows = source.split(new RegExp(`\\s+${joint}\\s+`)).map(readRow);
    if (rows.every(Boolean)) return { rows, joint };
  }
  return null;
}

function readRow(part) {
  for (const [pattern, build] of FORMS) {
    const match = pattern.exec(part.trim());
    if (match) return build(match);
  }
  return null;
}

/** The expression of rows. */
export function write({ rows, joint }) {
  return rows.filter((row) => row.field).map(writeRow).join(` ${joint} `);
}

function writeRow({ field, comparison, value }) {
  if (WITHOUT_VALUE.has(comparison)) return `${comparison === "defined" ? "" : "not "}defined("${field}")`;
  if (comparison.startsWith("has")) return `${value || "''"} ${comparison === "has" ? "in" : "not in"} ${field}`;
  return `${field} ${comparison} ${value || "''"}`;
}

/** A text as the evaluator reads it: numbers and truths as they are, everything else in quotes. */
const literal = (typed) => (/^(-?\d+|True|False|None)$/.test(typed) ? typed : `'${typed.replaceAll("'", "’").replaceAll("\\", "")}'`);
const bare = (value) => (value ?? "").replace(/^(['"])(.*)\1$/, "$2");

/**
 * The builder and the expression beside it.
 * @param id prefix of the ids of its controls
 * @param fields what may be chosen: {name, label, choices}
 * @param onchange is given the expression when it is whole
 * @param probe asks the server: expression → {ok, message}
 */
export function conditionEditor(id, label, expression, fields, onchange, probe) {
  const built = read(expression);
  const verdict = el("p", { class: "expression-verdict", id: `${id}-verdict`, "aria-live": "polite" });
  const code = el("textarea", { class: "form-control form-control-sm expression", rows: 2, spellcheck: false, value: expression ?? "" });
  code.setAttribute("aria-describedby", `${id}-verdict`);
  watch(code, verdict, probe);
  code.addEventListener("change", () => onchange(code.value.trim()));
  const parts = [labelled(`${id}-expression`, text("expression_of", { what: label }), code), verdict];
  return el("div", { class: "condition" }, built ? rowsOf(id, built, fields, onchange) : el("p", { class: "form-text" }, text("condition_too_rich")), ...parts);
}

/** Asks the server's evaluator a moment after the last key. */
export function watch(control, verdict, probe) {
  let timer, asked = 0;
  const ask = async () => {
    const number = ++asked;
    const source = control.value.trim();
    const { ok, message } = source ? await probe(source).catch(() => ({ ok: true, message: "" })) : { ok: true, message: "" };
    if (number !== asked) return;
    control.setAttribute("aria-invalid", String(!ok));
    verdict.classList.toggle("is-wrong", !ok);
    verdict.textContent = ok ? (source ? text("expression_good") : "") : message;
  };
  control.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 300);
  });
  if (control.value) ask();
}

function rowsOf(id, built, fields, onchange) {
  const change = (rows, joint = built.joint) => onchange(write({ rows, joint }));
  const rows = built.rows.map((row, at) => rowOf(`${id}-${at}`, row, fields, at, {
    put: (next) => change(built.rows.map((one, index) => (index === at ? { ...one, ...next } : one))),
    drop: () => change(built.rows.filter((_, index) => index !== at)),
  }));
  const add = button(`${id}-add`, text(rows.length ? "condition_add" : "condition_begin"), () =>
    change([...built.rows, { field: fields[0]?.name ?? "", comparison: "==", value: literal(fields[0]?.choices?.[0]?.value ?? "") }]),
    { disabled: !fields.length });
  const joint = built.rows.length > 1 && labelled(`${id}-joint`, text("condition_joint"), choice(built.joint, [["and", text("condition_all")], ["or", text("condition_any")]], (value) => change(built.rows, value)));
  return el("div", { class: "condition-rows" }, joint, ...rows, add);
}

function rowOf(id, row, fields, at, { put, drop }) {
  const known = fields.find((one) => one.name === row.field);
  const names = fields.map((one) => [one.name, one.label ? `${one.label} (${one.name})` : one.name]);
  if (!known) names.push([row.field, row.field]);
  const where = (what) => text("condition_part", { what, number: at + 1 });
  const field = choice(row.field, names, (name) => put({ field: name, value: literal(fields.find((one) => one.name === name)?.choices?.[0]?.value ?? "") }));
  const comparison = choice(row.comparison, COMPARISONS.map((one) => [one, text(`comparison ${one}`)]), (value) => put({ comparison: value }));
  const value = !WITHOUT_VALUE.has(row.comparison) && valueOf(row, known, (typed) => put({ value: literal(typed) }));
  [[field, "field", text("field")], [comparison, "comparison", text("comparison")], [value, "value", text("value")]].forEach(([control, part, what]) => {
    if (!control) return;
    control.id = `${id}-${part}`;
    control.setAttribute("aria-label", where(what));
  });
  const gone = button(`${id}-drop`, "×", drop, { "aria-label": text("condition_drop", { number: at + 1 }), class: "btn btn-sm btn-outline-secondary" });
  return el("div", { class: "condition-row" }, field, comparison, value || null, gone);
}

function valueOf(row, known, onchange) {
  if (known?.choices?.length) return choice(bare(row.value), known.choices.map((one) => [one.value, one.label]), onchange);
  const control = el("input", { class: "form-control form-control-sm", value: bare(row.value), onchange: () => onchange(control.value.trim()) });
  return control;
}

function choice(value, options, onchange) {
  const all = options.some(([one]) => one === value) ? options : [...options, [value, value]];
  const control = el("select", { class: "form-select form-select-sm", onchange: () => onchange(control.value) },
    ...all.map(([one, name]) => el("option", { value: one, selected: one === value }, name)));
  return control;
}
