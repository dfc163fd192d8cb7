/**
 * PDV fragments into messages (PS3.7 6.3, PS3.8 Annex E).
 *
 * @module
 */

import { AssociationAbortedError, DeadlineError, LimitError, PduError } from "../errors.ts";
import type { ByteBody } from "../streams/lent_bytes.ts";
import type { Association } from "../upper_layer/association.ts";
import type { PresentationContext } from "../upper_layer/events.ts";
import type { PdvFragment } from "../upper_layer/pdu.ts";
import { Timer } from "../upper_layer/timeouts.ts";
import type { CommandSet } from "./commands.ts";
import { type MalformedCommand, readCommandSet } from "./command_set.ts";

/** A message as it arrives: the command set is complete, the data set is still on its way. */
export interface IncomingMessage<Command extends CommandSet | MalformedCommand = CommandSet | MalformedCommand> {
  readonly context: PresentationContext;
  readonly command: Command;
  /** Absent when the command has none. */
  readonly dataSet: IncomingDataSet | undefined;
}

/** Longest command set that is accepted, in bytes; real ones take a few hundred. */
export const MAXIMUM_COMMAND_SET_LENGTH: number = 64 * 1024;

/** Reads the messages of one association, whatever way they are packed into PDVs and PDUs. */
export class MessageReader {
  readonly #association: Association;
  readonly #maxDataSetLength: number;
  readonly #responseTimeout: number;
  /** The data set that has not been read to its end yet. */
  #dataSet: IncomingDataSet | undefined;
  #insideCommand = false;

  /**
   * Data sets longer than `maxDataSetLength` bytes are not read on; those of responses, for which a caller waits, are
   * silent for no longer than `responseTimeout` milliseconds, 0 for any.
   */
  constructor(association: Association, maxDataSetLength: number, responseTimeout = 0) {
    this.#association = association;
    this.#maxDataSetLength = maxDataSetLength;
    this.#responseTimeout = responseTimeout;
  }

  /** Whether the peer has begun a message and not ended it. */
  get insideMessage(): boolean {
    return this.#insideCommand || this.#dataSet?.ended === false;
  }

  /**
   * The next message, or undefined when the peer wants to release. The data set of the message before comes first: its
   * reader has to read or cancel it. Throws PduError, LimitError or CommandSetError when the peer breaks the rules, and
   * what `Association.receive` throws.
   */
  async next(): Promise<IncomingMessage | undefined> {
    if (this.#dataSet !== undefined) {
      await this.#dataSet.finished;
      this.#dataSet = undefined;
    }
    const association = this.#association;
    const first = association.take() ?? await association.receive();
    if (first === undefined) return undefined;
    const context = association.context(first.contextId);
    const command = readCommandSet(await this.#readCommand(first));
    if (command.hasDataSet) {
      const timeout = isResponse(command) ? this.#responseTimeout : 0;
      this.#dataSet = new IncomingDataSet(association, context, this.#maxDataSetLength, timeout);
    }
    return { context, command, dataSet: this.#dataSet };
  }

  /** The bytes of a command set; those of several fragments are copied, so that no chunk is held for a few of them. */
  async #readCommand(first: PdvFragment): Promise<Uint8Array> {
    if (!first.command) throw unexpected("a data set fragment came where a command set was expected");
    checkCommandLength(first.bytes.length);
    if (first.last) return first.bytes;
    const joined = new Uint8Array(MAXIMUM_COMMAND_SET_LENGTH);
    let length = 0;
    this.#insideCommand = true;
    for (let fragment = first;;) {
      if (!fragment.command) throw unexpected("a data set fragment came inside a command set");
      checkContext(fragment.contextId, first.contextId);
      checkCommandLength(length + fragment.bytes.length);
      joined.set(fragment.bytes, length);
      length += fragment.bytes.length;
      if (fragment.last) break;
      fragment = await next(this.#association, "a command set");
    }
    this.#insideCommand = false;
    return joined.subarray(0, length);
  }
}

/**
 * A data set that is being received, read as a stream or piece by piece. Reads from the transport only when a caller reads
 * or cancels it.
 */
export class IncomingDataSet implements ByteBody {
  /** UID of the transfer syntax that it is encoded in: that of its presentation context. */
  readonly transferSyntax: string;
  /** Resolves when all of it has come and was taken; rejects when it never will. */
  readonly finished: Promise<void>;
  /** Bytes received so far. */
  length = 0;
  /** Whether the last fragment has come, or nothing more will. */
  ended = false;

  readonly #association: Association;
  readonly #contextId: number;
  readonly #maxLength: number;
  readonly #timeout: number;
  #stream: ReadableStream<Uint8Array> | undefined;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #discarding = false;
  /** Settles, and never rejects, when the last `read` has. */
  #lastRead: Promise<unknown> | undefined;
  #resolve!: () => void;
  #reject!: (error: unknown) => void;

  /** Made by `MessageReader`. Silence of more than `timeout` milliseconds aborts the association; 0 means never. */
  constructor(association: Association, context: PresentationContext, maxLength: number, timeout: number) {
    this.transferSyntax = context.transferSyntax;
    this.#association = association;
    this.#contextId = context.id;
    this.#maxLength = maxLength;
    this.#timeout = timeout;
    this.finished = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.finished.catch(() => {}); // The reader gets the error too.
  }

  /** Its bytes as they come, to keep; the same stream at each call. Cancelling it discards the rest. */
  stream(): ReadableStream<Uint8Array> {
    return this.#stream ??= new ReadableStream<Uint8Array>({
      start: (controller) => void (this.#controller = controller),
      pull: (controller) => this.#pull(controller),
      cancel: () => this.cancel(),
    }, { highWaterMark: 0 });
  }

  /** The next piece. Throws when it was discarded, and when there will be no end. */
  read(): Promise<Uint8Array | undefined> {
    const read = this.#read();
    this.#lastRead = read.catch(() => {});
    return read;
  }

  /** Discards the rest, at any time; a pending read gets an error. Throws if the rest never arrives. */
  async cancel(): Promise<void> {
    if (!this.#discarding) {
      this.#discarding = true;
      if (!this.ended) this.#controller?.error(discarded());
      await this.#lastRead;
      try {
        while (!this.ended) await this.#next();
        this.#resolve();
      } catch (error) {
        this.#fail(error);
      }
    }
    await this.finished;
  }

  async #read(): Promise<Uint8Array | undefined> {
    try {
      while (!this.ended && !this.#discarding) {
        const { bytes } = await this.#next();
        if (bytes.length > 0 && !this.#discarding) return bytes;
      }
    } catch (error) {
      this.#fail(error);
      throw error;
    }
    if (this.#discarding) throw discarded();
    this.#resolve(); // A reader that asks for more is done with the last piece.
    await this.finished;
    return undefined;
  }

  async #pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    const bytes = await this.read();
    if (bytes !== undefined) controller.enqueue(bytes.slice());
    if (!this.ended) return;
    controller.close();
    this.#resolve();
  }

  async #next(): Promise<PdvFragment> {
    const fragment = this.#association.take() ?? await this.#wait();
    if (fragment.command) throw unexpected("a command set fragment came inside a data set");
    checkContext(fragment.contextId, this.#contextId);
    this.length += fragment.bytes.length;
    if (this.length > this.#maxLength) throw tooLong("data set", "maxDataSetLength", this.#maxLength);
    if (fragment.last) this.ended = true;
    return fragment;
  }

  #wait(): Promise<PdvFragment> {
    const waiting = next(this.#association, "a data set");
    if (this.#timeout === 0) return waiting;
    const deadline = new Timer();
    deadline.start(this.#timeout, () => this.#association.abort(new DeadlineError("response", this.#timeout)));
    return waiting.finally(() => deadline.stop());
  }

  #fail(error: unknown): void {
    this.ended = true;
    this.#reject(error);
  }
}

function isResponse(command: CommandSet | MalformedCommand): boolean {
  return command.type === "malformed" ? command.kind === "response" : "status" in command;
}

async function next(association: Association, inside: string): Promise<PdvFragment> {
  const fragment = await association.receive();
  if (fragment !== undefined) return fragment;
  throw new AssociationAbortedError(`Cannot read ${inside}: the peer released the association in the middle of it`, {
    source: "service-user",
    by: "local",
  });
}

function discarded(): DOMException {
  return new DOMException("Cannot read the data set: it was discarded", "AbortError");
}

function checkCommandLength(length: number): void {
  if (length <= MAXIMUM_COMMAND_SET_LENGTH) return;
  throw tooLong("command set", "maxCommandSetLength", MAXIMUM_COMMAND_SET_LENGTH);
}

function tooLong(what: string, limit: string, maximum: number): LimitError {
  return new LimitError(`Cannot read the ${what}: longer than ${maximum} bytes`, { limit, maximum });
}

/** All of a message comes in one presentation context (PS3.8 Annex E). */
function checkContext(found: number, expected: number): void {
  if (found !== expected) {
    throw unexpected(`a fragment of presentation context ${found} came inside one of presentation context ${expected}`);
  }
}

function unexpected(problem: string): PduError {
  return new PduError(`Cannot read a message: ${problem}`, { reason: "unexpected-pdu-parameter" });
}
