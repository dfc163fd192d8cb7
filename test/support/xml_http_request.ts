/**
 * `XMLHttpRequest` as clients for browsers use it, over `fetch`: as much of it as `dicomweb-client` needs.
 *
 * @module
 */

/** A request of a page. */
export class FetchedXmlHttpRequest {
  readyState = 0;
  status = 0;
  response: unknown = undefined;
  responseType = "";
  withCredentials = false;
  onreadystatechange: (() => void) | undefined;
  onloadstart: (() => void) | undefined;
  onloadend: (() => void) | undefined;
  onprogress: (() => void) | undefined;
  readonly #headers = new Headers();
  #method = "GET";
  #url = "";
  #answer: Response | undefined;

  open(method: string, url: string): void {
    this.#method = method.toUpperCase();
    this.#url = url;
  }

  setRequestHeader(name: string, value: string): void {
    this.#headers.append(name, value);
  }

  getResponseHeader(name: string): string | null {
    return this.#answer?.headers.get(name) ?? null;
  }

  getAllResponseHeaders(): string {
    return Array.from(this.#answer?.headers ?? [], ([name, value]) => `${name}: ${value}\r\n`).join("");
  }

  send(body?: BodyInit): void {
    const init = { method: this.#method, headers: this.#headers, ...(body !== undefined && { body }) };
    fetch(this.#url, init).then(async (answer) => {
      this.#answer = answer;
      const bytes = await answer.arrayBuffer();
      this.status = answer.status;
      this.response = this.responseType === "json" ? parsed(bytes) : bytes;
      this.readyState = 4;
      this.onreadystatechange?.();
    });
  }
}

/** As browsers have it: null for what is no JSON. */
function parsed(bytes: ArrayBuffer): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return null;
  }
}
