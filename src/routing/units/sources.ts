/**
 * Senders of instances, and how long each has had no association open.
 *
 * @module
 */

interface Source {
  open: number;
  /** Milliseconds without an open association, until `since`. */
  idle: number;
  /** When the sender last became idle or stopped being idle. */
  since: number;
}

/** How many senders are remembered before those are forgotten that no unit waits for. */
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

  /** An association has ended. One of an unknown source changes nothing. */
  ended(source: string, at: number): void {
    const known = this.#known.get(source);
    if (known === undefined || known.open === 0 || --known.open > 0) return;
    known.since = at;
  }

  /** Whether a source has an association open. */
  isOpen(source: string): boolean {
    return (this.#known.get(source)?.open ?? 0) > 0;
  }

  /** How long a source has had no association open in all, in milliseconds from an arbitrary beginning. */
  idle(source: string, at: number): number {
    const known = this.#source(source, at);
    return known.open > 0 ? known.idle : known.idle + at - known.since;
  }

  /** When a source will have been idle for so long in all; infinite while it has an association open. */
  idleAt(source: string, idle: number): number {
    const known = this.#known.get(source);
    if (known === undefined || known.open > 0) return Infinity;
    return known.since + idle - known.idle;
  }

  /** Once many are known, forgets sources that have no association open and that no unit waits for. */
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
