// The replay of a case without loading whole pages: the part that changes is fetched, its neighbours beforehand.
const controls = document.getElementById("dieu-khien");
const stage = document.getElementById("canh");
const { replay, page, play, pause, slider: sliderName } = controls.dataset;
const length = Number(controls.dataset.length);
const PLAY_MILLISECONDS = 1000;
const KEPT = 40;
const kept = new Map();
let current = Number(controls.dataset.seq);
let wanted = current;
let playing = null;

const address = (seq) => `${page}?buoc=${seq}`;
const inside = (seq) => Math.min(Math.max(seq, 1), length);

/** The part of the page at an event, as HTML; the last ones are kept. */
function fetched(seq) {
  if (!kept.has(seq)) {
    const answer = fetch(replay + seq).then((response) => {
      if (!response.ok || response.redirected) throw new Error(String(response.status));
      return response.text();
    });
    answer.catch(() => kept.delete(seq));
    kept.set(seq, answer);
    if (kept.size > KEPT) kept.delete(kept.keys().next().value);
  }
  return kept.get(seq);
}

/** Show an event; `remember` puts it into the browser's history. */
async function show(seq, remember = true) {
  wanted = inside(seq);
  mark(wanted);
  const asked = wanted;
  let html;
  try {
    html = await fetched(asked);
  } catch {
    window.location.assign(address(asked)); // the page itself says what is wrong
    return;
  }
  if (asked !== wanted) return; // somebody has gone on
  const frame = stage.querySelector(".diagram");
  const [left, top] = frame ? [frame.scrollLeft, frame.scrollTop] : [0, 0];
  stage.innerHTML = html;
  stage.querySelector(".diagram")?.scrollTo(left, top);
  keepInSight();
  current = asked;
  if (remember) window.history.pushState({ seq: asked }, "", address(asked));
  for (const next of [asked + 1, asked - 1]) if (next >= 1 && next <= length) fetched(next).catch(() => {});
  follow(asked);
}

/** What is open on the diagram stays in sight. */
function keepInSight() {
  const frame = stage.querySelector(".diagram");
  const here = frame?.querySelector(".is-open, .is-overdue");
  if (!here) return;
  const box = here.getBoundingClientRect();
  const view = frame.getBoundingClientRect();
  if (box.left < view.left || box.right > view.right) frame.scrollLeft += box.left + box.width / 2 - view.left - view.width / 2;
  if (box.top < view.top || box.bottom > view.bottom) frame.scrollTop += box.top + box.height / 2 - view.top - view.height / 2;
}

/** Controls follow at once, before the answer is there. */
function mark(seq) {
  number.value = seq;
  slider.value = seq;
  for (const [rel, to] of [["prev", seq - 1], ["next", seq + 1]]) {
    const link = controls.querySelector(`[rel=${rel}]`);
    link.href = address(inside(to));
    link.hidden = to !== inside(to);
  }
}

/** The timeline: its mark moves, or the page of it on which the event stands takes its place. */
async function follow(seq) {
  let line = document.querySelector(`#dong-su-kien [data-seq="${seq}"]`);
  if (!line) {
    const answer = await fetch(address(seq)).catch(() => null);
    if (!answer?.ok || seq !== wanted) return;
    const other = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("dong-su-kien");
    document.getElementById("dong-su-kien").replaceWith(other);
    line = other.querySelector(`[data-seq="${seq}"]`);
  }
  document.querySelectorAll("#dong-su-kien [aria-current]").forEach((one) => one.removeAttribute("aria-current"));
  line?.querySelector("a").setAttribute("aria-current", "step");
  const list = line?.parentElement;
  if (list) list.scrollTop = line.offsetTop - list.clientHeight / 2;
}

function stop() {
  window.clearInterval(playing);
  playing = null;
  player.textContent = play;
  player.setAttribute("aria-pressed", "false");
}

function start() {
  player.textContent = pause;
  player.setAttribute("aria-pressed", "true");
  if (wanted >= length) show(1);
  playing = window.setInterval(() => (wanted < length ? show(wanted + 1, false) : stop()), PLAY_MILLISECONDS);
}

const number = document.getElementById("buoc");
const form = controls.querySelector("form");
const slider = Object.assign(document.createElement("input"), { type: "range", min: 1, max: length, className: "form-range" });
slider.setAttribute("aria-label", sliderName);
const player = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-outline-primary", textContent: play });
player.setAttribute("aria-pressed", "false");
form.before(slider);
form.append(player);
mark(current);

slider.addEventListener("input", () => show(Number(slider.value), false));
slider.addEventListener("change", () => window.history.pushState({ seq: wanted }, "", address(wanted)));
player.addEventListener("click", () => (playing ? stop() : start()));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (/^\d{1,9}$/.test(number.value.trim())) show(Number(number.value));
});
document.addEventListener("click", (event) => {
  const link = event.target.closest("#dieu-khien a, #dong-su-kien li a");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
  event.preventDefault();
  stop();
  show(Number(new URL(link.href).searchParams.get("buoc")));
});
window.addEventListener("popstate", () => show(Number(new URL(window.location.href).searchParams.get("buoc")) || length, false));
show(current, false);
