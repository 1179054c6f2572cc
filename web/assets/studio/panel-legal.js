// Why an element exists: clauses picked from the register with their validity; and whether its agency takes part (Article 5.2).
import { button, el, group, input, select, suggestions } from "./controls.js";
import { extensions } from "./model.js";
import { text } from "./texts.js";

const SOURCES = ["QC", "PL", "TK"];
const REGULATION = "qd01-2020";

export function legalParts({ element, model, vocabulary }) {
  const list = extensions(element.businessObject, "legal").map(({ source, basis, note }) => ({ source, basis, note }));
  const put = (next) => model.replace(element, "legal", next.map(told));
  return [
    group(
      text("legal"),
      suggestions("panel-clauses", vocabulary.clauses.map((one) => [one.basis, one.citation])),
      ...list.map((one, at) => entry(one, at, vocabulary, {
        change: (next) => put(list.map((other, index) => (index === at ? { ...other, ...next } : other))),
        drop: () => put(list.filter((_, index) => index !== at)),
      })),
      button("panel-legal-add", text("legal_add"), () => put([...list, { source: "QC", basis: "" }])),
    ),
  ];
}

/** `basis` is always written, a note only where there is one: as in the files that ship. */
const told = ({ source, basis, note }) => ({ source, basis: basis ?? "", ...(note ? { note } : {}) });

function entry(one, at, vocabulary, { change, drop }) {
  const id = `panel-legal-${at}`;
  const clause = vocabulary.clauses.find((other) => other.basis === one.basis);
  const help = clause ? [clause.citation, validity(clause), clause.text].filter(Boolean).join(" – ") : one.basis ? text("clause_unknown") : text("clause_help");
  // The regulation's own clauses are QC, every other instrument is national law.
  const pick = (basis) => change({ basis, ...(one.source === "TK" || !basis ? {} : { source: basis.startsWith(REGULATION) ? "QC" : "PL" }) });
  return el(
    "div",
    { class: `panel-legal${clause && !clause.in_force ? " is-over" : ""}`, role: "group", "aria-label": text("legal_number", { number: at + 1 }) },
    select(`${id}-source`, text("source"), one.source, SOURCES.map((source) => [source, text(`source ${source}`)]), (source) => change({ source })),
    input(`${id}-basis`, text("clause"), one.basis, pick, { list: "panel-clauses", help, spellcheck: false }),
    input(`${id}-note`, text(one.source === "TK" ? "reason" : "note"), one.note, (note) => change({ note })),
    button(`${id}-drop`, "×", drop, { "aria-label": text("drop_number", { number: at + 1 }), class: "btn btn-sm btn-outline-secondary" }),
  );
}

const day = (iso) => String(iso).split("-").reverse().join("/");

function validity({ from, to, in_force }) {
  if (!in_force) return to ? text("clause_over", { to: day(to) }) : text("clause_not_in_force");
  return to ? text("clause_until", { from: from ? day(from) : "…", to: day(to) }) : from ? text("clause_from", { from: day(from) }) : text("clause_in_force");
}

/** Article 5.2: how the agency that works here stands to the written result, as the server's check sees it. Nobody declares
 * it: who took part is told from the work that was done (docs/adr/0018-who-took-part.md). */
export function participation({ element, vocabulary }) {
  const part = vocabulary.participation[element.id];
  if (!part) return null;
  return group(text("participation"), el("p", {}, text(`part ${part}`)), el("p", { class: "form-text" }, text("participation_why")));
}
