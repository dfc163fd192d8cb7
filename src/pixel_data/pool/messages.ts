/**
 * Messages between the pool and its processes: a head in JSON and bytes, each with its length in front.
 *
 * @module
 */

import { uint32 } from "../../dicom/encoding/integers.ts";
import { malformed } from "../pixel_data_error.ts";

/** A pipe's end: pieces of any length come out, and go in. */
export interface Pipe {
  /** The next bytes, which are the reader's; undefined at the end. */
  read(): Promise<Uint8Array | undefined>;
  /** Resolves when there is room for more. The bytes are the pipe's until then. */
  write(bytes: Uint8Array): Promise<void>;
}

/** A message. */
export interface Message {
  readonly head: unknown;
  readonly body: Uint8Array;
}

/** Bytes of the two lengths. */
const LENGTHS = 8;

/** Most bytes of a head, and of a body: frames are limited to less. */
const LONGEST_HEAD = 0x1_0000;
const LONGEST_BODY = 0x4000_0000;

/** Writes a message. */
export async function writeMessage(pipe: Pipe, head: unknown, body: Uint8Array): Promise<void> {
  const text = new TextEncoder().encode(JSON.stringify(head));
  const start = new Uint8Array(LENGTHS + text.length);
  const view = new DataView(start.buffer);
  view.setUint32(0, text.length, true);
  view.setUint32(4, body.length, true);
  start.set(text, LENGTHS);
  await pipe.write(start);
  if (body.length > 0) await pipe.write(body);
}

/** Reads messages. */
export class MessageReader {
  readonly #pipe: Pipe;
  #rest: Uint8Array = new Uint8Array(0);

  /** A reader of what comes out of a pipe. */
  constructor(pipe: Pipe) {
    this.#pipe = pipe;
  }

  /** The next message; undefined where the pipe ends before it, or in it. Throws `PixelDataError` for what is none. */
  async next(): Promise<Message | undefined> {
    const lengths = await this.#take(LENGTHS);
    if (lengths === undefined) return undefined;
    const [head, body] = [uint32(lengths, 0, true), uint32(lengths, 4, true)];
    if (head > LONGEST_HEAD || body > LONGEST_BODY) {
      throw malformed(`Cannot read a message of ${head} and ${body} bytes`);
    }
    const text = await this.#take(head);
    const bytes = text && await this.#take(body);
    return bytes && { head: JSON.parse(new TextDecoder().decode(text)), body: bytes };
  }

  async #take(length: number): Promise<Uint8Array | undefined> {
    if (this.#rest.length >= length) {
      const taken = this.#rest.subarray(0, length);
      this.#rest = this.#rest.subarray(length);
      return taken;
    }
    const taken = new Uint8Array(length);
    let filled = 0;
    for (let piece: Uint8Array | undefined = this.#rest;;) {
      const part = piece.subarray(0, length - filled);
      taken.set(part, filled);
      filled += part.length;
      this.#rest = piece.subarray(part.length);
      if (filled === length) return taken;
      piece = await this.#pipe.read();
      if (piece === undefined) return undefined;
    }
  }
}
