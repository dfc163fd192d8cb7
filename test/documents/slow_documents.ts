/**
 * Documents that take their time, and how often others have their turn meanwhile.
 *
 * @module
 */

import type { DocumentCollection, DocumentStore, DocumentValue } from "../../src/documents/document_store.ts";
import { createMemoryDocuments } from "../../src/documents/memory_documents.ts";

/** Documents whose every change takes so many milliseconds of the process, as a flush does. */
export function slowDocuments(milliseconds: number): DocumentStore {
  const documents = createMemoryDocuments();
  const spend = () => {
    for (const end = performance.now() + milliseconds; performance.now() < end;);
  };
  return {
    collection<Document extends DocumentValue>(name: string): DocumentCollection<Document> {
      const collection = documents.collection<Document>(name);
      return {
        get: (key) => collection.get(key),
        put: (key, document) => (spend(), collection.put(key, document)),
        update: (key, change) => (spend(), collection.update(key, change)),
        delete: (key) => (spend(), collection.delete(key)),
        list: (options) => collection.list(options),
        keys: (options) => collection.keys(options),
        count: () => collection.count(),
      };
    },
    [Symbol.asyncDispose]: () => documents[Symbol.asyncDispose](),
  };
}

/** How often timers had their turn during some work. */
export async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  await work();
  clearInterval(timer);
  return turns;
}
