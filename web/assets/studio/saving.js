// Keeps the draft on the server while the diagram is being changed. What could not be stored stays in the page and is
// tried again; where somebody else changed the diagram meanwhile, the person chooses, and neither version is lost.
import { button, el } from "./controls.js";
import { text } from "./texts.js";

const REST = 2000;
const AGAIN = 10_000;

export class Saving {
  /** @param frames {status, notice} where it tells what happened, @param revision what the page saw */
  constructor(server, path, read, frames, revision) {
    Object.assign(this, { server, path, read, frames, revision, dirty: false, stopped: false, listeners: [] });
    window.addEventListener("beforeunload", (event) => this.dirty && event.preventDefault());
  }

  onsaved(listener) {
    this.listeners.push(listener);
  }

  /** Something has changed: store it once the hands rest. */
  touch() {
    this.dirty = true;
    this.#tell(text("unsaved"));
    this.#later(REST);
  }

  /** Store now. Resolves when nothing is left to store, or when it cannot be. */
  async now() {
    clearTimeout(this.timer);
    while (this.running) await this.running;
    if (!this.dirty || this.stopped) return;
    this.running = this.#store();
    await this.running;
  }

  #later(span) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.now(), span);
  }

  async #store() {
    try {
      const content = await this.read();
      this.dirty = false;
      this.#tell(text("saving"));
      const { revision } = await this.server.save(this.path, content, this.revision);
      this.revision = revision;
      this.#tell(text("saved", { time: new Date().toLocaleTimeString("vi-VN", { hour: "2-digit", minute: "2-digit" }) }));
      this.frames.notice.replaceChildren();
      this.listeners.forEach((listener) => listener());
    } catch (error) {
      this.dirty = true;
      this.#failed(error);
    } finally {
      this.running = null;
    }
  }

  #failed(error) {
    this.#tell(text("not_saved"));
    if (error.status === 409 && error.code === "studio.moved_on") return this.#moved(error);
    if (error.status) this.#notice(error.message);
    // No answer, or a server that is being restarted: what is in the page is kept and tried again.
    return error.status >= 400 && error.status < 500 ? undefined : this.#later(AGAIN);
  }

  #moved(error) {
    this.stopped = true;
    this.#notice(
      `${error.message} ${text("moved_choice")}`,
      button("take-theirs", text("take_theirs"), () => this.#choose(() => this.dropped())),
      button("keep-mine", text("keep_mine"), () => this.#choose(() => this.now())),
      button("download-mine", text("download_mine"), () => this.downloaded()),
    );
  }

  async #choose(then) {
    this.revision = (await this.server.files()).revision;
    this.stopped = false;
    this.frames.notice.replaceChildren();
    await then();
  }

  #notice(words, ...buttons) {
    this.frames.notice.replaceChildren(el("div", { class: "alert alert-warning", role: "alert" }, el("p", {}, words), ...buttons));
  }

  #tell(words) {
    this.frames.status.textContent = words;
  }
}
