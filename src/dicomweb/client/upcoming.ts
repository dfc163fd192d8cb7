/**
 * An iterator over items whose next item can be inspected before it is taken.
 *
 * @module
 */

/** An iterator with a look ahead. */
export class Upcoming<Item> {
  readonly #iterator: Iterator<Item> | AsyncIterator<Item>;
  #next: Promise<Item | undefined> | undefined;

  /** Begins at the first item. */
  constructor(items: Iterable<Item> | AsyncIterable<Item>) {
    this.#iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  }

  /** The next item, undefined at the end. It stays the next until it is taken. */
  peek(): Promise<Item | undefined> {
    return this.#next ??= this.#read();
  }

  /** Takes the item that `peek()` gave. */
  take(): void {
    this.#next = undefined;
  }

  /** Says that the caller wants no more items. */
  async leave(): Promise<void> {
    await this.#iterator.return?.();
  }

  async #read(): Promise<Item | undefined> {
    const { value, done } = await this.#iterator.next();
    return done === true ? undefined : value;
  }
}
