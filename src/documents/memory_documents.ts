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

/** Documents are kept as text, as a database has them: nobody changes one by what was given or taken out. */
class MemoryCollection implements DocumentCollection {
  readonly #documents = new Map<string, string>();

  async get(key: string): Promise<DocumentValue | undefined> {
    return this.#read(wellFormed(key));
  }

  async put(key: string, document: DocumentValue): Promise<void> {
    this.#documents.set(wellFormed(key), JSON.stringify(document));
  }

  async update(
    key: string,
    change: (document: DocumentValue | undefined) => DocumentValue | undefined,
  ): Promise<DocumentValue | undefined> {
    const document = change(this.#read(wellFormed(key)));
    if (document === undefined) this.#documents.delete(wellFormed(key));
    else this.#documents.set(wellFormed(key), JSON.stringify(document));
    return document;
  }

  async delete(key: string): Promise<boolean> {
    return this.#documents.delete(wellFormed(key));
  }

  async *list(options: DocumentListOptions = {}): AsyncGenerator<DocumentEntry<DocumentValue>> {
    for await (const key of this.keys(options)) {
      const document = this.#read(key);
      if (document !== undefined) yield { key, document };
    }
  }

  async *keys({ after }: DocumentListOptions = {}): AsyncGenerator<string> {
    const keys = [...this.#documents.keys()].map((key) => ({ key, bytes: bytesOfKey(key) }));
    const start = after === undefined ? undefined : bytesOfKey(after);
    for (const { key, bytes } of keys.sort((one, other) => compare(one.bytes, other.bytes))) {
      if (start !== undefined && compare(bytes, start) <= 0) continue;
      if (this.#documents.has(key)) yield key;
    }
  }

  async count(): Promise<number> {
    return this.#documents.size;
  }

  #read(key: string): DocumentValue | undefined {
    const text = this.#documents.get(key);
    return text === undefined ? undefined : JSON.parse(text);
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
