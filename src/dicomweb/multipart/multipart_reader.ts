/**
 * Reads multipart messages (PS3.18 8.6.1, RFC 2046 5.1): parts one by one, their bytes as they arrive.
 *
 * @module
 */

import { LimitError } from "../../errors.ts";
import { DelimiterSearch } from "./delimiter_search.ts";
import { MessageBytes } from "./message_bytes.ts";
import { MultipartError } from "./multipart_error.ts";
import { endOfHeaders, type PartHeaders, problemOfHeaders, readPartHeaders, TOO_MANY } from "./part_headers.ts";

/** Bounds of a multipart message. */
export interface MultipartLimits {
  /** Maximum bytes of the headers of one part, and of the preamble before the first part; default 16 KiB. */
  readonly maxHeaderLength?: number;
  /** Most headers of one part; default 64. */
  readonly maxHeaders?: number;
  /** Most parts; default 100,000. */
  readonly maxParts?: number;
  /** Most bytes of one part; the stream of a longer one fails. Default no limit. The parts behind it can be read. */
  readonly maxPartLength?: number;
  /** Most bytes in all; default no limit. */
  readonly maxLength?: number;
}

/** A part of a multipart message. */
export interface MultipartPart {
  /** From 1 on. */
  readonly number: number;
  /** By name in lower case. */
  readonly headers: PartHeaders;
  /**
   * The bytes of the part, as they arrive and no faster than they are read. The stream fails with `MultipartError` if the message
   * ends within the part, with `LimitError` if the part is too long, and with the message's own error. Requesting the next part
   * skips unread bytes, and makes the stream fail.
   */
  readonly body: ReadableStream<Uint8Array>;
  /** Resolves when the part is over: it was read to its end, failed or was cancelled. */
  readonly settled: Promise<void>;
}

const CR = 0x0d;
const LF = 0x0a;
const DASH = 0x2d;
const SPACE = 0x20;
const TAB = 0x09;
const CRLF = Uint8Array.of(CR, LF);
/** Most bytes that may stand between a delimiter and the end of its line (RFC 2046 5.1.1). */
const LONGEST_PADDING = 256;
/** A boundary as RFC 2046 allows it, and what else clients send, in characters. */
const BOUNDARY = /^[\x20-\x7e]{1,200}$/;

/**
 * Reads a multipart message. The parts come one by one; requesting the next one ends the one before. Skips everything before
 * the first part and behind the last, padding behind a boundary, and a missing CRLF at the end. Leaving the loop cancels the
 * message.
 *
 * Throws `MultipartError` for a message that is not multipart, ends early, has a multipart message within, or a part in another
 * Content-Transfer-Encoding than binary; `LimitError` beyond a limit; and the message's own error.
 *
 * @param boundary The parameter of the media type, without quotes
 *
 * @example
 * ```ts
 * import { parseMediaRange, readMultipart } from "@gantry/dicom/dicomweb";
 *
 * async function lengths(response: Response): Promise<number[]> {
 *   const boundary = parseMediaRange(response.headers.get("content-type") ?? "")?.parameters.get("boundary") ?? "";
 *   const lengths: number[] = [];
 *   for await (const { body } of readMultipart(response.body!, boundary)) {
 *     lengths.push((await new Response(body).arrayBuffer()).byteLength);
 *   }
 *   return lengths;
 * }
 * ```
 */
export async function* readMultipart(
  message: ReadableStream<Uint8Array>,
  boundary: string,
  limits: MultipartLimits = {},
): AsyncGenerator<MultipartPart, void, void> {
  if (!BOUNDARY.test(boundary)) {
    await message.cancel().catch(() => {});
    throw new MultipartError("Cannot read a multipart message: its boundary is empty, too long or no ASCII text");
  }
  const reader = new MultipartReader(message, boundary, limits);
  let ended = false;
  try {
    for (let part = await reader.next(); part !== undefined; part = await reader.next()) yield part;
    ended = true;
  } finally {
    await reader.leave(ended);
  }
}

/** The state of a part whose stream is not over. */
interface OpenPart {
  readonly number: number;
  /** Bytes of the part so far. */
  length: number;
  settle(): void;
  /** Set once its stream may read no more of it. */
  closedBy: Error | undefined;
}

class MultipartReader {
  readonly #message: MessageBytes;
  readonly #search: DelimiterSearch;
  readonly #limits: Required<Omit<MultipartLimits, "maxLength">>;
  #parts = 0;
  /** Whether the bytes of a part begin next: a delimiter may stand there without a line end of its own. */
  #atFirstByte = false;
  /** The part whose bytes come next. */
  #open: OpenPart | undefined;
  /** The read that is under way: the stream of a part may be cancelled meanwhile. */
  #busy: Promise<unknown> = Promise.resolve();

  constructor(message: ReadableStream<Uint8Array>, boundary: string, limits: MultipartLimits) {
    // A CRLF in front of the message makes all delimiters alike.
    this.#message = new MessageBytes(message, { ahead: CRLF, maxLength: limits.maxLength ?? Infinity });
    this.#search = new DelimiterSearch(new TextEncoder().encode(`\r\n--${boundary}`));
    this.#limits = {
      maxHeaderLength: limits.maxHeaderLength ?? 16 * 1024,
      maxHeaders: limits.maxHeaders ?? 64,
      maxParts: limits.maxParts ?? 100_000,
      maxPartLength: limits.maxPartLength ?? Infinity,
    };
  }

  /** The next part; undefined behind the last. */
  async next(): Promise<MultipartPart | undefined> {
    await this.#passOver();
    if (!await this.#readDelimiterLine()) return undefined;
    const number = ++this.#parts;
    if (number > this.#limits.maxParts) throw this.#tooMuch("it has more parts", "maxParts");
    const headers = await this.#readHeaders(number);
    const problem = problemOfHeaders(headers);
    if (problem !== undefined) throw wrong(problem, number);
    return this.#partOf(number, headers);
  }

  /** Ends the reading: reads the rest behind the last part, or cancels the message. */
  async leave(ended: boolean): Promise<void> {
    if (this.#open !== undefined) {
      this.#open.closedBy = new MultipartError("Cannot read the part: the reader has left the message");
      this.#open.settle();
    }
    if (ended) return await this.#message.finish();
    await this.#message.cancel(); // Which ends a read that waits.
    await this.#busy.catch(() => {});
  }

  /** Skips the rest of a part, or all that stands before the first. */
  async #passOver(): Promise<void> {
    await this.#busy.catch(() => {});
    const open = this.#open;
    if (open !== undefined && open.closedBy === undefined) {
      open.closedBy = new MultipartError("Cannot read the part: the next one was asked for", { part: open.number });
    }
    open?.settle();
    const inFront = this.#parts === 0;
    let passed = 0;
    for (let piece = await this.#read(); piece !== undefined; piece = await this.#read()) {
      passed += piece.length;
      if (inFront && passed > this.#limits.maxHeaderLength) {
        throw this.#tooMuch("more stands in front of its first part", "maxHeaderLength");
      }
    }
    this.#open = undefined;
  }

  #partOf(number: number, headers: PartHeaders): MultipartPart {
    let settle!: () => void;
    const settled = new Promise<void>((resolve) => settle = resolve);
    const open: OpenPart = { number, length: 0, settle, closedBy: undefined };
    this.#open = open;
    const { maxPartLength } = this.#limits;
    const pull = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
      try {
        if (open.closedBy !== undefined) throw open.closedBy;
        const reading = this.#read();
        this.#busy = reading;
        const piece = await reading;
        open.length += piece?.length ?? 0;
        if (open.length > maxPartLength) {
          open.closedBy = this.#tooMuch(`its part ${number} has more bytes`, "maxPartLength");
          throw open.closedBy;
        }
        if (piece !== undefined) return controller.enqueue(piece);
        open.closedBy = new MultipartError("Cannot read the part: it was read to its end", { part: number });
        controller.close();
        settle();
      } catch (error) {
        controller.error(error);
        settle();
      }
    };
    const cancel = () => {
      open.closedBy ??= new MultipartError("Cannot read the part: it was cancelled", { part: number });
      settle();
    };
    return { number, headers, settled, body: new ReadableStream({ pull, cancel }, { highWaterMark: 0 }) };
  }

  /** Bytes up to the next delimiter; undefined when it comes next. */
  async #read(): Promise<Uint8Array | undefined> {
    if (this.#atFirstByte) await this.#rejoinLineEnd();
    for (;;) {
      const at = this.#search.find(this.#message.ahead);
      if (at === 0) {
        if (await this.#isDelimiterLine()) return undefined;
        return this.#message.take(1); // What looked like one was none.
      }
      if (at > 0) return this.#message.take(at);
      const certain = this.#message.ahead.length - this.#search.beginningAtEnd(this.#message.ahead);
      if (certain > 0) return this.#message.take(certain);
      await this.#message.more("expected the boundary", this.#parts);
    }
  }

  /** Whether the line that begins with the delimiter holds nothing else of meaning. */
  async #isDelimiterLine(): Promise<boolean> {
    const start = this.#search.delimiter.length;
    if (await this.#message.at(start) === DASH) return (await this.#message.at(start + 1) ?? DASH) === DASH;
    for (let at = start; at < start + LONGEST_PADDING; at++) {
      const byte = await this.#message.at(at);
      if (byte === undefined || byte === LF) return true;
      if (byte !== CR && byte !== SPACE && byte !== TAB) return false;
    }
    return false;
  }

  /** Takes the delimiter and the rest of its line. Resolves with whether a part follows. */
  async #readDelimiterLine(): Promise<boolean> {
    this.#message.take(this.#search.delimiter.length);
    while (this.#message.ahead.length < 2) {
      await this.#message.more("expected a line end or -- behind the boundary", this.#parts);
    }
    if (this.#message.ahead[0] === DASH && this.#message.ahead[1] === DASH) return false;
    for (;;) {
      const end = this.#message.ahead.indexOf(LF);
      if (end >= 0) {
        this.#message.take(end + 1);
        return true;
      }
      if (this.#message.ahead.length > LONGEST_PADDING) throw wrong("more than a line end follows its boundary");
      await this.#message.more("expected a line end behind the boundary", this.#parts);
    }
  }

  /** Takes header lines and the empty line behind them. */
  async #readHeaders(number: number): Promise<PartHeaders> {
    const { maxHeaderLength, maxHeaders } = this.#limits;
    for (let searched = 0;;) {
      const { end, next } = endOfHeaders(this.#message.ahead, searched);
      if (end >= 0) {
        if (end > maxHeaderLength) throw this.#tooMuch(`its part ${number} has longer headers`, "maxHeaderLength");
        const headers = readPartHeaders(new TextDecoder().decode(this.#message.ahead.subarray(0, end)), maxHeaders);
        if (headers === TOO_MANY) throw this.#tooMuch(`its part ${number} has more headers`, "maxHeaders");
        if (typeof headers === "string") throw wrong(headers, number);
        this.#message.take(next);
        this.#atFirstByte = true;
        return headers;
      }
      if (this.#message.ahead.length > maxHeaderLength) {
        throw this.#tooMuch(`its part ${number} has longer headers`, "maxHeaderLength");
      }
      searched = Math.max(0, this.#message.ahead.length - 3);
      await this.#message.more(`expected the end of the headers of part ${number}`, this.#parts);
    }
  }

  /** Puts the CRLF of the empty line back if a delimiter follows it at once: the part has no bytes. */
  async #rejoinLineEnd(): Promise<void> {
    const dashes = this.#search.delimiter.subarray(2);
    for (let index = 0; index < dashes.length; index++) {
      if (await this.#message.at(index) !== dashes[index]) {
        this.#atFirstByte = false;
        return;
      }
    }
    this.#atFirstByte = false;
    this.#message.putBack(CRLF);
  }

  #tooMuch(problem: string, limit: Exclude<keyof MultipartLimits, "maxLength">): LimitError {
    const maximum = this.#limits[limit];
    return new LimitError(`Cannot read a multipart message: ${problem} than ${maximum}`, { limit, maximum });
  }
}

function wrong(problem: string, part?: number): MultipartError {
  const where = part === undefined ? "" : ` in part ${part}`;
  return new MultipartError(`Cannot read a multipart message${where}: ${problem}`, { part });
}
