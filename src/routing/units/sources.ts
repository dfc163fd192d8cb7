/**
 * Who sends, and for how long each has had nothing open.
 *
 * @module
 */

interface Source {
  open: number;
  /** Milliseconds without anything open, until `since`. */
  idle: number;
  /** When it last began or ended to be idle. */
  since: number;
}

/** Senders beyond which those are forgotten that nobody waits for. */
const MANY = 1000;

/** Clocks that stand still while a sender has an association open. */
export class Sources {
  readonly #known = new Map<string, Source>();

  /** An association was opened. */
  opened(source: string, at: number): void {
    const known = this.#source(source, at);
    if (known.open++ > 0) return;
    known.idle += at - known.since;
    known.since = at;
  }

  /** An association has ended; one that nobody has heard of changes nothing. */
  ended(source: string, at: number): void {
    const known = this.#known.get(source);
    if (known === undefined || known.open === 0 || --known.open > 0) return;
    known.since = at;
  }

  /** Whether it has an association open. */
  isOpen(source: string): boolean {
    return (this.#known.get(source)?.open ?? 0) > 0;
  }

  /** How long it has been without anything open, in milliseconds from some beginning. */
  idle(source: string, at: number): number {
    const known = this.#source(source, at);
    return known.open > 0 ? known.idle : known.idle + at - known.since;
  }

  /** When it will have been idle for so long; infinite while it has something open. */
  idleAt(source: string, idle: number): number {
    const known = this.#known.get(source);
    if (known === undefined || known.open > 0) return Infinity;
    return known.since + idle - known.idle;
  }

  /** Forgets those that have nothing open and that nobody waits for, once there are many. */
  forget(at: number, longEnough: number, waitedFor: () => ReadonlySet<string>): void {
    if (this.#known.size <= MANY) return;
    const kept = waitedFor();
    for (const [source, { open, since }] of this.#known) {
      if (open === 0 && at - since > longEnough && !kept.has(source)) this.#known.delete(source);
    }
  }

  #source(source: string, at: number): Source {
    let known = this.#known.get(source);
    if (known === undefined) this.#known.set(source, known = { open: 0, idle: 0, since: at });
    return known;
  }
}
