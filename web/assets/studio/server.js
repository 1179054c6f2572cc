// The doors of a draft on the server (web/studio/data.py). Every refusal becomes a Refusal with the server's sentence.
export class Refusal extends Error {
  constructor(status, { code = "unknown", message = "", ...more } = {}) {
    super(message || String(status));
    this.status = status;
    this.code = code;
    this.more = more;
  }
}

export class Server {
  /** @param base address of the draft, @param token what proves that this page asks */
  constructor(base, token) {
    this.base = base;
    this.token = token;
  }

  files() {
    return this.#json("GET", "/tep");
  }

  async content(path) {
    return (await this.#ask("GET", `/tep/${path}`)).text();
  }

  /** Stores a file; `seen` is the revision on which the change was made. */
  save(path, content, seen) {
    return this.#json("PUT", `/tep/${path}?seen=${seen}`, content, "application/octet-stream");
  }

  findings(path, content) {
    return this.#json("POST", "/kiem", JSON.stringify(path ? { path, content } : {}));
  }

  /** Both states of the diagram as one; `keep` says whose words stay where both changed the same. */
  merged(base, mine, keep) {
    return this.#json("POST", "/gop", JSON.stringify({ base, mine, keep }));
  }

  /** The diagram as a draft of its own; its address. */
  apart(content) {
    return this.#json("POST", "/ban-rieng", content, "application/xml");
  }

  /** Says that the diagram is open here; who else has it open, and who saved it last. */
  present() {
    return this.#json("POST", "/co-mat", "{}");
  }

  expression(expression, element) {
    return this.#json("POST", "/bieu-thuc", JSON.stringify({ expression, element }));
  }

  async arranged(content) {
    return (await this.#ask("POST", "/sap-xep", content, "application/xml")).text();
  }

  vocabulary() {
    return this.#json("GET", "/von-tu");
  }

  async #json(...request) {
    return (await this.#ask(...request)).json();
  }

  async #ask(method, path, body, type = "application/json") {
    const answer = await this.#send(method, path, body, type);
    if (answer.ok) return answer;
    const refusal = new Refusal(answer.status, await answer.json().catch(() => ({})));
    if (refusal.code !== "web.csrf" || !(await this.#renewed())) throw refusal;
    const again = await this.#send(method, path, body, type);
    if (again.ok) return again;
    throw refusal;
  }

  #send(method, path, body, type) {
    const headers = { Accept: "application/json" };
    if (method !== "GET") Object.assign(headers, { "X-CSRFToken": this.token, "Content-Type": type });
    return fetch(this.base + path, { method, headers, body, redirect: "error" });
  }

  /** Somebody signed in again, perhaps in another window: this page's token is that of the new session then. */
  async #renewed() {
    const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
    const token = page.querySelector("[data-token]")?.dataset.token;
    if (token) this.token = token;
    return Boolean(token);
  }
}
