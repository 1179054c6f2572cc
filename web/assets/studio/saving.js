// Keeps the draft on the server while the diagram is being changed. What could not be stored stays in the page and is
// tried again; where somebody else changed the diagram meanwhile, both changes are put together, and neither is lost.
import { button, el } from "./controls.js";
import { text } from "./texts.js";

const REST = 2000;
const AGAIN = 10_000;

export class Saving {
  /** @param frames {status, notice} where it tells what happened. `base` is what the server had when this page saw `revision`. */
  constructor(server, path, read, frames) {
    Object.assign(this, { server, path, read, frames, base: "", revision: 0, dirty: false, stopped: false, listeners: [] });
    window.addEventListener("beforeunload", (event) => {
      this.commit();
      if (this.dirty) event.preventDefault();
    });
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
      Object.assign(this, { revision, base: content });
      this.#tell(text("saved", { time: new Date().toLocaleTimeString("vi-VN", { hour: "2-digit", minute: "2-digit" }) }));
      // That both were merged stays readable until the next change is stored.
      if (!this.merging) this.frames.notice.replaceChildren();
      this.merging = false;
      this.listeners.forEach((listener) => listener());
    } catch (error) {
      this.dirty = true;
      await this.#failed(error);
    } finally {
      this.running = null;
    }
  }

  async #failed(error) {
    this.#tell(text("not_saved"));
    if (error.status === 409 && error.code === "studio.moved_on") return this.#moved(error).catch((problem) => this.#failed(problem));
    if (error.status) this.#notice(error.message, button("download-mine", text("download_mine"), () => this.downloaded()));
    // No answer, or a server that is being restarted: what is in the page is kept and tried again.
    return error.status >= 400 && error.status < 500 ? undefined : this.#later(AGAIN);
  }

  /** Somebody saved the diagram meanwhile: both changes become one, and only where they clash the person is asked. */
  async #moved(error) {
    try {
      const { mine, merged } = await this.#merge("mine");
      if (merged.clashes.length) return this.#ask(error, merged.clashes);
      if (mine !== (await this.read())) return await this.#moved(error);
      return await this.#take(merged, error.more.name);
    } catch (problem) {
      if (problem.code !== "studio.apart") throw problem;
      return this.#ask(problem, []);
    }
  }

  async #merge(keep) {
    const mine = await this.read();
    return { mine, merged: await this.server.merged(this.base, mine, keep) };
  }

  /** Nothing is stored until the person has chosen; what is open here can be changed on. */
  #ask(error, clashes) {
    this.stopped = true;
    const choice = (id, words, act) => button(id, words, () => act().catch((problem) => this.#notice(problem.message)));
    const both = (keep) => async () => this.#take((await this.#merge(keep)).merged, error.more.name);
    this.#notice(
      clashes.length ? text("clashes", { name: error.more.name, names: clashes.map((one) => this.named(one)).join("; ") }) : error.message,
      ...(clashes.length ? [
        choice("merge-mine", text("merge_mine"), both("mine")),
        choice("merge-theirs", text("merge_theirs"), both("theirs")),
      ] : []),
      choice("take-theirs", text("take_theirs"), () => this.dropped()),
      choice("keep-apart", text("keep_apart"), () => this.#apart()),
      choice("download-mine", text("download_mine"), () => this.downloaded()),
    );
  }

  /** Goes on with the diagram of both. */
  async #take({ content, theirs, revision }, name) {
    await this.merged(content);
    Object.assign(this, { base: theirs, revision, stopped: false, dirty: true });
    this.#notice(text("merged", { name }));
    this.merging = true;
    this.#later(0);
  }

  /** What is open here becomes a draft of its own, and this page goes on with what the other one saved. */
  async #apart() {
    const { address } = await this.server.apart(await this.read());
    await this.dropped();
    this.#notice(el("a", { href: address }, text("kept_apart")));
  }

  /** This page shows what the server has. */
  settle(content, revision) {
    Object.assign(this, { base: content, revision, dirty: false, stopped: false });
    this.frames.notice.replaceChildren();
    this.#tell("");
  }

  #notice(words, ...more) {
    this.frames.notice.replaceChildren(el("div", { class: "alert alert-warning", role: "alert" }, el("p", {}, words), ...more));
  }

  #tell(words) {
    this.frames.status.textContent = words;
  }
}
