// deno-lint-ignore-file require-await -- the interface is asynchronous

/**
 * Documents in an SQLite database, by `node:sqlite`: for Deno, Bun, and Node from 22 on.
 *
 * A change is committed by itself and flushed before its promise resolves. There are few of them: an item of a worklist, a
 * step of an examination.
 *
 * @module
 */

import { existsSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { bytesOfKey, keyOf } from "./keys.ts";
import { describe, isDamage, openDatabase, pragma } from "../sqlite/database.ts";
import type {
  DocumentCollection,
  DocumentEntry,
  DocumentListOptions,
  DocumentStore,
  DocumentValue,
} from "./document_store.ts";

/** `application_id` of our databases: "GDOC". */
const APPLICATION_ID = 0x47444f43;

/** `user_version`. */
const SCHEMA_VERSION = 1;

/** Keys are kept as the bytes of their UTF-8: a text would end at a NUL when it is read, which a key may have from a peer. */
const SCHEMA = `
create table document (
  collection text not null,
  key blob not null,
  text text not null,
  primary key (collection, key)
) without rowid;
pragma application_id = ${APPLICATION_ID};
pragma user_version = ${SCHEMA_VERSION};`;

/** Memory for pages of the database, in KiB. */
const CACHE = 2 * 1024;

/** How many keys are read at a time. */
const LISTED_AT_ONCE = 200;

/** How documents are kept. */
export interface SqliteDocumentsOptions {
  /** Whether a change survives the loss of power, not just the end of the process. Default: true. */
  readonly durable?: boolean;
}

/**
 * Opens the documents at `path`, or makes a file for them.
 *
 * @throws Error when the file is something else, damaged, of a later version, or opened by another process
 */
export function openSqliteDocuments(path: string, { durable = true }: SqliteDocumentsOptions = {}): DocumentStore {
  const isNew = !existsSync(path);
  let database: DatabaseSync | undefined;
  try {
    database = openDatabase(path, { flushed: durable, cache: CACHE });
    if (isNew || isEmpty(database)) database.exec(`begin; ${SCHEMA} commit`);
    check(database, path);
    return new SqliteDocuments(database);
  } catch (error) {
    database?.close();
    if (!isDamage(error)) throw error;
    throw new Error(`Cannot read the documents ${path}: ${describe(error)}`, { cause: error });
  }
}

/** A crash may come between the making of the file and its tables. */
function isEmpty(database: DatabaseSync): boolean {
  return database.prepare("select 1 from sqlite_schema limit 1").get() === undefined;
}

function check(database: DatabaseSync, path: string): void {
  if (pragma(database, "application_id") !== APPLICATION_ID) {
    throw new Error(`Cannot use ${path}: it holds no documents of Gantry`);
  }
  const version = pragma(database, "user_version");
  if (version !== SCHEMA_VERSION) {
    throw new Error(`Cannot use the documents ${path}: they have version ${version}, expected ${SCHEMA_VERSION}`);
  }
  // A page that can't be read shows here if it is the first.
  database.prepare("select * from document limit 1").get();
}

class SqliteDocuments implements DocumentStore {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  collection<Document extends DocumentValue>(name: string): DocumentCollection<Document> {
    const collection: DocumentCollection<DocumentValue> = new SqliteCollection(this.#database, name);
    return collection as DocumentCollection<Document>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#database.close();
  }
}

class SqliteCollection implements DocumentCollection {
  readonly #name: string;
  readonly #read;
  readonly #write;
  readonly #remove;
  readonly #first;
  readonly #next;
  readonly #count;

  constructor(database: DatabaseSync, name: string) {
    this.#name = name;
    this.#read = database.prepare("select text from document where collection = ? and key = ?");
    this.#write = database.prepare(
      "insert into document values (?, ?, ?) on conflict do update set text = excluded.text where text <> excluded.text",
    );
    this.#remove = database.prepare("delete from document where collection = ? and key = ?");
    const listed = (from: string) =>
      database.prepare(
        `select key from document where collection = ? and key ${from} order by key limit ${LISTED_AT_ONCE}`,
      );
    this.#first = listed(">= ?");
    this.#next = listed("> ?");
    this.#count = database.prepare("select count(*) as count from document where collection = ?");
  }

  async get(key: string): Promise<DocumentValue | undefined> {
    return this.#get(key);
  }

  async put(key: string, document: DocumentValue): Promise<void> {
    this.#write.run(this.#name, bytesOfKey(key), JSON.stringify(document));
  }

  /** Nothing else of this process runs in between, and no other process has the database. */
  async update(
    key: string,
    change: (document: DocumentValue | undefined) => DocumentValue | undefined,
  ): Promise<DocumentValue | undefined> {
    const document = change(this.#get(key));
    if (document === undefined) this.#remove.run(this.#name, bytesOfKey(key));
    else this.#write.run(this.#name, bytesOfKey(key), JSON.stringify(document));
    return document;
  }

  async delete(key: string): Promise<boolean> {
    return Number(this.#remove.run(this.#name, bytesOfKey(key)).changes) > 0;
  }

  /** One document at a time is in memory: each may be long. */
  async *list(options: DocumentListOptions = {}): AsyncGenerator<DocumentEntry<DocumentValue>> {
    for await (const key of this.keys(options)) {
      const document = this.#get(key);
      if (document !== undefined) yield { key, document };
    }
  }

  async *keys({ after }: DocumentListOptions = {}): AsyncGenerator<string> {
    let select = after === undefined ? this.#first : this.#next;
    for (let from = bytesOfKey(after ?? "");;) {
      const rows = select.all(this.#name, from) as { key: Uint8Array }[];
      for (const { key } of rows) yield keyOf(key);
      if (rows.length < LISTED_AT_ONCE) return;
      from = rows.at(-1)!.key;
      select = this.#next;
    }
  }

  async count(): Promise<number> {
    return Number(this.#count.get(this.#name)!.count);
  }

  #get(key: string): DocumentValue | undefined {
    const row = this.#read.get(this.#name, bytesOfKey(key));
    return row === undefined ? undefined : JSON.parse(String(row.text));
  }
}
