// deno-lint-ignore-file require-await -- the interface is asynchronous

/**
 * Documents in memory: for tests, and for what need not outlive the process.
 *
 * @module
 */

import type {
  DocumentCollection,
  DocumentEntry,
  DocumentListOptions,
  DocumentStore,
  DocumentValue,
} from "./document_store.ts";
import { bytesOfKey, keyOf } from "./keys.ts";

/** Makes a document store in memory. */
export function createMemoryDocuments(): DocumentStore {
  const collections = new Map<string, MemoryCollection>();
  return {
    collection<Document extends DocumentValue>(name: string) {
      let collection = collections.get(name);
      if (collection === undefined) collections.set(name, collection = new MemoryCollection());
      return collection as DocumentCollection<DocumentValue> as DocumentCollection<Document>;
    },
    async [Symbol.asyncDispose]() {
      collections.clear();
    },
  };
}

/**
 * Documents are kept as text, as a database has them: a caller can't change one by the objects that it passed or got. Keys
 * are kept in their order, so that a list begins where it is asked to without a look at what comes before.
 */
class MemoryCollection implements DocumentCollection {
  readonly #documents = new Map<string, string>();
  readonly #keys: string[] = [];

  async get(key: string): Promise<DocumentValue | undefined> {
    return this.#read(wellFormed(key));
  }

  async put(key: string, document: DocumentValue): Promise<void> {
    this.#write(wellFormed(key), document);
  }

  async update(
    key: string,
    change: (document: DocumentValue | undefined) => DocumentValue | undefined,
  ): Promise<DocumentValue | undefined> {
    const document = change(this.#read(wellFormed(key)));
    if (document === undefined) this.#delete(wellFormed(key));
    else this.#write(wellFormed(key), document);
    return document;
  }

  async delete(key: string): Promise<boolean> {
    return this.#delete(wellFormed(key));
  }

  async *list(options: DocumentListOptions = {}): AsyncGenerator<DocumentEntry<DocumentValue>> {
    for await (const key of this.keys(options)) {
      const document = this.#read(key);
      if (document !== undefined) yield { key, document };
    }
  }

  async *keys({ after }: DocumentListOptions = {}): AsyncGenerator<string> {
    let at = after === undefined ? 0 : this.#placeAfter(wellFormed(after));
    for (let key = this.#keys[at]; key !== undefined; key = this.#keys[at]) {
      yield key;
      // The consumer may have added or removed documents meanwhile.
      at = this.#keys[at] === key ? at + 1 : this.#placeAfter(key);
    }
  }

  async count(): Promise<number> {
    return this.#documents.size;
  }

  #read(key: string): DocumentValue | undefined {
    const text = this.#documents.get(key);
    return text === undefined ? undefined : JSON.parse(text);
  }

  #write(key: string, document: DocumentValue): void {
    const text = JSON.stringify(document);
    if (!this.#documents.has(key)) this.#keys.splice(this.#placeAfter(key), 0, key);
    this.#documents.set(key, text);
  }

  #delete(key: string): boolean {
    if (!this.#documents.delete(key)) return false;
    this.#keys.splice(this.#placeAfter(key) - 1, 1);
    return true;
  }

  /** Where the first key stands that comes after `key`. */
  #placeAfter(key: string): number {
    const bytes = bytesOfKey(key);
    let [low, high] = [0, this.#keys.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compare(bytesOfKey(this.#keys[middle]!), bytes) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function wellFormed(key: string): string {
  return keyOf(bytesOfKey(key));
}

function compare(one: Uint8Array, other: Uint8Array): number {
  const length = Math.min(one.length, other.length);
  for (let at = 0; at < length; at++) if (one[at] !== other[at]) return one[at]! - other[at]!;
  return one.length - other.length;
}
