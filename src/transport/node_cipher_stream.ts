/**
 * The encrypted side of TLS: a connection as the stream that `node:tls` works on.
 *
 * Not every runtime's `node:tls` holds its peer back while no reader reads, or tells when the written bytes have left. So the
 * stream does: it reads only while plain bytes are wanted, and knows when all it was given has been taken.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { Duplex } from "node:stream";
import type { Connection } from "../upper_layer/connection.ts";
import { type Source, sourceOf } from "../streams/lending_stream.ts";

/** A connection's bytes, which are ciphertext. It owns the connection: destroying it aborts that. */
export class CipherStream extends Duplex {
  /** Whether anything has come. */
  heard = false;
  readonly #source: Source;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  /** Whether plain bytes are wanted, whether the stream asks for encrypted ones, and whether some are on their way. */
  #wanted = true;
  #asked = false;
  #reading = false;
  #onFlushed: (() => void)[] = [];

  constructor({ readable, writable }: Connection) {
    super({ highWaterMark: 0 });
    this.#source = sourceOf(readable);
    this.#writer = writable.getWriter();
    this.#writer.closed.catch(() => {}); // Each write tells.
    this.on("error", () => {}); // TLS tells.
  }

  /** Reads on, or no further. It reads on at first, for the sake of the handshake. */
  set wanted(wanted: boolean) {
    this.#wanted = wanted;
    this.#read();
  }

  /** Resolves when everything that was written so far has been taken, or never will be. */
  flushed(): Promise<void> {
    if (this.writableLength === 0 || this.destroyed) return Promise.resolve();
    return new Promise((resolve) => this.#onFlushed.push(resolve));
  }

  override _read(): void {
    this.#asked = true;
    this.#read();
  }

  override _write(chunk: Uint8Array, _encoding: string, callback: (error?: Error | null) => void): void {
    this.#writer.write(chunk).then(() => {
      callback();
      if (this.writableLength === 0) this.#flush();
    }, callback);
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#writer.close().then(() => callback(), callback);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#source.cancel(error).catch(() => {});
    this.#writer.abort(error).catch(() => {});
    this.#flush();
    callback(error);
  }

  #read(): void {
    if (!this.#wanted || !this.#asked || this.#reading) return;
    this.#asked = false;
    this.#reading = true;
    this.#source.read().then((bytes) => {
      this.#reading = false;
      this.heard ||= bytes !== undefined;
      if (!this.destroyed) this.push(bytes === undefined ? null : this.#own(bytes));
    }, (error) => this.destroy(error));
  }

  /** Bytes that are only lent: what flows is taken at once, and what waits has to outlast the next read. */
  #own(bytes: Uint8Array): Buffer {
    const flows = this.readableFlowing && this.readableLength === 0;
    return flows ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length) : Buffer.from(bytes);
  }

  #flush(): void {
    for (const resolve of this.#onFlushed.splice(0)) resolve();
  }
}
