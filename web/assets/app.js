// Small helps on top of pages that work without them.
import htmx from "htmx.org";

window.htmx = htmx;

/** A form is sent once: its buttons rest after the first click until the page changes. */
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || form.method !== "post") return;
  if (form.dataset.sent === "yes") {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
});

/** Long lists of checkboxes get a box to narrow them down; chosen ones always stay in sight. */
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").replace(/đ/gi, "d").toLowerCase();
document.querySelectorAll("[data-filter]").forEach((list) => {
  const box = document.createElement("input");
  box.type = "search";
  box.className = "form-control filter-box";
  box.setAttribute("aria-label", list.dataset.filter);
  box.placeholder = list.dataset.filter;
  box.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
  box.addEventListener("input", () => {
    const wanted = plain(box.value);
    list.querySelectorAll(".form-check").forEach((item) => {
      item.hidden = !plain(item.textContent).includes(wanted) && !item.querySelector("input").checked;
    });
  });
  list.before(box);
});

/** After a refused form the summary of what is wrong is read first, unless a field was given the focus. */
const summary = document.getElementById("tom-tat-loi");
if (summary && !document.querySelector("[autofocus]")) summary.focus();

/** The diagram opens where the case stands. */
document.querySelectorAll(".diagram").forEach((frame) => {
  const here = frame.querySelector(".is-open, .is-overdue");
  if (!here) return;
  const box = here.getBoundingClientRect();
  const view = frame.getBoundingClientRect();
  frame.scrollLeft += box.left + box.width / 2 - view.left - view.width / 2;
  frame.scrollTop += box.top + box.height / 2 - view.top - view.height / 2;
});
