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
    const headers = { Accept: "application/json" };
    if (method !== "GET") Object.assign(headers, { "X-CSRFToken": this.token, "Content-Type": type });
    const answer = await fetch(this.base + path, { method, headers, body, redirect: "error" });
    if (!answer.ok) throw new Refusal(answer.status, await answer.json().catch(() => ({})));
    return answer;
  }
}
