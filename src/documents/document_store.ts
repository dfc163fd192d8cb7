/**
 * Documents: what a gateway has to remember besides instances, such as worklist items, performed procedure steps, and
 * requests that wait for their answer.
 *
 * @module
 */

/** A JSON value; a document is one. */
export type DocumentValue = string | number | boolean | null | readonly DocumentValue[] | {
  readonly [name: string]: DocumentValue;
};

/** A document and the key that it is found by. */
export interface DocumentEntry<Document extends DocumentValue> {
  /** Unique in its collection; any text, of which the UTF-8 counts. */
  readonly key: string;
  /** The document. */
  readonly document: Document;
}

/** Which documents of a collection are listed. */
export interface DocumentListOptions {
  /** Those whose key comes after this one alone. Default: all. */
  readonly after?: string;
}

/** Documents of one kind. Whatever changes one resolves when the change is durable. */
export interface DocumentCollection<Document extends DocumentValue = DocumentValue> {
  /** The document of a key; undefined if none exists. */
  get(key: string): Promise<Document | undefined>;
  /** Puts a document in the place of what has its key. */
  put(key: string, document: Document): Promise<void>;
  /**
   * Replaces a document by what `change` makes of it, without another change in between, and gives it. Where `change` gives
   * undefined there is no document afterwards; what it throws is thrown, and changes nothing.
   */
  update(key: string, change: (document: Document | undefined) => Document | undefined): Promise<Document | undefined>;
  /** Deletes a document; tells whether there was one. */
  delete(key: string): Promise<boolean>;
  /** The documents, ascending by the UTF-8 bytes of their keys; those that come or go meanwhile may be among them or not. */
  list(options?: DocumentListOptions): AsyncIterable<DocumentEntry<Document>>;
  /** The keys of `list()`, without reading what they stand for. */
  keys(options?: DocumentListOptions): AsyncIterable<string>;
  /** How many documents there are. */
  count(): Promise<number>;
}

/** Where documents live, by collections. Disposing of it closes it. */
export interface DocumentStore extends AsyncDisposable {
  /** The collection of a name: lower case letters and hyphens, such as `worklist-items`. It is made when it is asked for. */
  collection<Document extends DocumentValue>(name: string): DocumentCollection<Document>;
}
