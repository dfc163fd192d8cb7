/**
 * The two streams over a socket, and when that is closed.
 *
 * @module
 */

/** What the streams ask of a socket. */
export interface SocketWork {
  /** Reads on: what comes goes to the controller, or to `receive()`. */
  readonly pull: (controller: ReadableStreamDefaultController<Uint8Array>) => void | Promise<void>;
  /** Called when the reader has cancelled the stream. */
  readonly cancel?: () => void;
  /** Sends a chunk; throws the signal's reason when that has aborted it. */
  readonly write: (chunk: Uint8Array, controller: WritableStreamDefaultController) => Promise<void>;
  /** Says to the peer that no more will come, and calls `finish("writing")`. */
  readonly close: () => Promise<void>;
  /** Closes the socket. */
  readonly destroy: () => void;
}

type Direction = "reading" | "writing";

/**
 * Owns a socket: it is destroyed when both directions are finished, when it fails, and when the writable side is aborted,
 * which ends a pending read as well.
 */
export class SocketStreams {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  readonly #destroy: () => void;
  readonly #open = new Set<Direction>(["reading", "writing"]);
  #reading!: ReadableStreamDefaultController<Uint8Array>;
  #writing!: WritableStreamDefaultController;

  constructor({ pull, cancel, write, close, destroy }: SocketWork) {
    this.#destroy = destroy;
    this.readable = new ReadableStream<Uint8Array>({
      start: (controller) => void (this.#reading = controller),
      pull,
      cancel: () => {
        cancel?.();
        this.finish("reading");
      },
    }, { highWaterMark: 0 });
    this.writable = new WritableStream<Uint8Array>({
      start: (controller) => {
        this.#writing = controller;
        controller.signal.addEventListener("abort", () => this.#shut(controller.signal.reason));
      },
      write,
      close,
    });
  }

  /** Whether a direction is not finished. */
  get isOpen(): boolean {
    return this.#open.size > 0;
  }

  /** Whether what comes is still wanted. */
  get isRead(): boolean {
    return this.#open.has("reading");
  }

  /** Gives bytes to the reader, for good. */
  receive(bytes: Uint8Array): void {
    if (this.isRead) this.#reading.enqueue(bytes);
  }

  /** The peer has said that no more will come. */
  receivedAll(): void {
    if (this.isRead) this.#reading.close();
    this.finish("reading");
  }

  /** Nothing more happens in this direction. */
  finish(direction: Direction): void {
    if (this.#open.delete(direction) && !this.isOpen) this.#destroy();
  }

  /** Ends both directions with an error. */
  fail(error: unknown): void {
    this.#shut(error);
    this.#writing.error(error);
  }

  #shut(reason: unknown): void {
    if (!this.isOpen) return;
    this.#open.clear();
    this.#destroy();
    this.#reading.error(reason);
  }
}
