/**
 * The latest events of a gateway, for clients that follow them at their own pace.
 *
 * @module
 */

/** The data of an event: plain values, and never patient data. */
export type EventData = Readonly<Record<string, unknown>>;

/** An event that is remembered. */
export interface LoggedEvent {
  /** Counts from 1. */
  readonly serial: number;
  /** Such as `instance-kept`. */
  readonly type: string;
  /** As JSON. */
  readonly text: string;
}

/** What a client gets in one go. */
export interface EventBatch {
  /** The events that the client follows. */
  readonly events: readonly LoggedEvent[];
  /** How many events came since `after` but are forgotten. */
  readonly missed: number;
  /** Serial of the last event that was considered: the next `after`. */
  readonly after: number;
}

/** How many events the log remembers. */
const DEFAULT_CAPACITY = 4096;

/**
 * The latest events. Clients have no buffers of their own: each reads on from its last position, and learns how many events it
 * missed. So memory has one bound, however many clients read, and however slowly.
 */
export class EventLog {
  /** Tells the events of this process from those of others. */
  readonly run: string;
  readonly #capacity: number;
  readonly #entries: (Entry | undefined)[] = [];
  readonly #waiting = new Set<() => void>();
  #last = 0;
  #closed = false;

  /** Starts empty. */
  constructor({ run, capacity = DEFAULT_CAPACITY }: { readonly run: string; readonly capacity?: number }) {
    this.run = run;
    this.#capacity = capacity;
  }

  /** Serial of the last event; 0 before the first. */
  get last(): number {
    return this.#last;
  }

  /** Whether no further events will come. */
  get isClosed(): boolean {
    return this.#closed;
  }

  /** Remembers an event, and forgets the oldest. */
  append(type: string, data: EventData): void {
    if (this.#closed) return;
    this.#last++;
    this.#entries[this.#last % this.#capacity] = new Entry(this.#last, type, data);
    this.#wake();
  }

  /** At most `limit` events of these types behind `after`. */
  read(after: number, { types, limit }: { readonly types?: ReadonlySet<string>; readonly limit: number }): EventBatch {
    const begin = Math.max(after, this.#last - this.#capacity);
    const events: LoggedEvent[] = [];
    let serial = begin;
    while (serial < this.#last && events.length < limit) {
      const entry = this.#entries[++serial % this.#capacity]!;
      if (types === undefined || types.has(entry.type)) events.push(entry);
    }
    return { events, missed: begin - after, after: serial };
  }

  /** Resolves once the log has events behind `after`, is closed, or `signal` is aborted. */
  async changed(after: number, signal: AbortSignal): Promise<void> {
    if (this.#last > after || this.#closed || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener("abort", wake);
    });
  }

  /** Takes no further events: each reader reads the rest, and then ends. */
  close(): void {
    this.#closed = true;
    this.#wake();
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}

/** An event that becomes text when a client first reads it. */
class Entry implements LoggedEvent {
  readonly serial: number;
  readonly type: string;
  #data: EventData | undefined;
  #text = "";

  constructor(serial: number, type: string, data: EventData) {
    this.serial = serial;
    this.type = type;
    this.#data = data;
  }

  get text(): string {
    if (this.#data !== undefined) this.#text = JSON.stringify(this.#data);
    this.#data = undefined;
    return this.#text;
  }
}
