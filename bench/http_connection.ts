/**
 * HTTP over one connection that stays open, with as little work as can be: `fetch` takes longer than some answers that are
 * measured here.
 *
 * @module
 */

/** What was answered, and how much of it there was. */
export interface Answered {
  readonly status: number;
  /** Bytes of the body. */
  readonly bytes: number;
  /** From before the request was sent until the last byte was there. */
  readonly seconds: number;
}

/** Most bytes of a head. */
const LONGEST_HEAD = 16 * 1024;

const decoder = new TextDecoder("latin1");
const encoder = new TextEncoder();

/** A connection for one request at a time; made anew after an answer with which the server closes it. */
export class HttpConnection implements Disposable {
  readonly #port: number;
  readonly #buffer = new Uint8Array(1024 * 1024);
  #connection: Deno.TcpConn | undefined;

  constructor(port: number) {
    this.#port = port;
  }

  get(path: string, accept: string): Promise<Answered> {
    return this.#ask("GET", path, { Accept: accept }, []);
  }

  /** Sends a body in pieces. */
  post(path: string, type: string, accept: string, body: readonly Uint8Array[]): Promise<Answered> {
    return this.#ask("POST", path, { "Accept": accept, "Content-Type": type }, body);
  }

  [Symbol.dispose](): void {
    this.#connection?.close();
  }

  async #ask(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body: readonly Uint8Array[],
  ): Promise<Answered> {
    const length = body.reduce((sum, piece) => sum + piece.length, 0);
    const all = { Host: `127.0.0.1:${this.#port}`, ...headers, ...(body.length > 0 && { "Content-Length": length }) };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`).join("");
    this.#connection ??= await this.#connect();
    const began = performance.now();
    const answering = this.#answer();
    answering.catch(() => {}); // A server that refuses a body closes the connection: what it answered counts.
    for (const piece of [encoder.encode(`${method} ${path} HTTP/1.1\r\n${lines}\r\n`), ...body]) {
      for (let sent = 0; sent < piece.length;) sent += await this.#connection!.write(piece.subarray(sent));
    }
    const { status, bytes } = await answering;
    return { status, bytes, seconds: (performance.now() - began) / 1000 };
  }

  async #answer(): Promise<Pick<Answered, "status" | "bytes">> {
    let text = "";
    let rest = new Uint8Array(0);
    let end = -1;
    while (end < 0) {
      rest = await this.#read();
      const before = text.length;
      text += decoder.decode(rest.subarray(0, LONGEST_HEAD));
      end = text.indexOf("\r\n\r\n");
      if (end >= 0) rest = rest.subarray(end + 4 - before);
      else if (text.length > LONGEST_HEAD) throw new Error("Cannot measure: the head of an answer has no end");
    }
    const head = text.slice(0, end);
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]);
    const length = /^content-length: *(\d+)/im.exec(head)?.[1];
    if (length !== undefined) return { status, bytes: await this.#whole(rest, Number(length)) };
    const isChunked = /^transfer-encoding: *chunked/im.test(head);
    return { status, bytes: await (isChunked ? this.#chunked(rest) : this.#untilClosed(rest)) };
  }

  async #connect(): Promise<Deno.TcpConn> {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port: this.#port });
    connection.setNoDelay(true);
    return connection;
  }

  async #whole(rest: Uint8Array, length: number): Promise<number> {
    let bytes = rest.length;
    while (bytes < length) bytes += (await this.#read()).length;
    return bytes;
  }

  async #untilClosed(rest: Uint8Array): Promise<number> {
    let bytes = rest.length;
    for (;;) {
      const count = await this.#connection!.read(this.#buffer);
      if (count === null) break;
      bytes += count;
    }
    this.#connection!.close();
    this.#connection = undefined;
    return bytes;
  }

  /** Goes from chunk to chunk (RFC 9112 7.1). */
  async #chunked(rest: Uint8Array): Promise<number> {
    let bytes = 0;
    let line = "";
    let left = 0;
    for (let piece = rest;; piece = await this.#read()) {
      for (let at = 0; at < piece.length;) {
        if (left > 0) {
          const passed = Math.min(left, piece.length - at);
          at += passed;
          left -= passed;
          continue;
        }
        line += String.fromCharCode(piece[at++]!);
        if (!line.endsWith("\r\n")) continue;
        const size = parseInt(line, 16);
        if (size === 0) return bytes;
        bytes += size;
        left = size + 2;
        line = "";
      }
    }
  }

  async #read(): Promise<Uint8Array<ArrayBuffer>> {
    const count = await this.#connection!.read(this.#buffer);
    if (count === null) throw new Error("Cannot measure: the server closed the connection");
    return this.#buffer.subarray(0, count);
  }
}
