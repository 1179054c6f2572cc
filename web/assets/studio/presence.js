// Who else has the diagram open, and whether somebody saved it: asked again and again, told above the drawing.
import { button, el } from "./controls.js";
import { text } from "./texts.js";

const BEAT = 20_000;

export class Presence {
  /** @param frame where it is told, @param saving what this page has stored, @param take shows what the other one saved */
  constructor(server, frame, saving, take) {
    Object.assign(this, { server, frame, saving, take, told: "" });
  }

  begin() {
    this.#beat();
    setInterval(() => this.#beat(), BEAT);
  }

  async #beat() {
    // Without an answer nothing is told; saving has its own words for a server that is away.
    const { others, saved } = await this.server.present().catch(() => ({ others: [], saved: null }));
    const newer = saved && saved.revision > this.saving.revision;
    const told = JSON.stringify([others, newer && saved]);
    if (told === this.told) return;
    this.told = told;
    this.frame.replaceChildren(
      ...others.map((one) => el("p", {}, text("also_here", one))),
      ...(newer ? [el("p", {}, text("saved_by", saved), " ", button("take-newer", text("take_newer"), () => this.#take()))] : []),
    );
  }

  async #take() {
    await this.take();
    await this.#beat();
  }
}
