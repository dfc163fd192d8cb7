/**
 * Answers of a search, one by one: rows are read in pieces, and others have their turn between them.
 *
 * @module
 */

import type { DataSet } from "../../dicom/data_set/data_set.ts";
import type { Match } from "../../query/instance_source.ts";
import type { QueryLevel } from "../../query/levels.ts";
import type { Query } from "../../query/query.ts";
import type { IndexedInstance, SearchOptions } from "../instance_index.ts";
import { planSearch, type SearchPlan } from "../search_plan.ts";
import type { Candidate, Search } from "./search.ts";
import type { Tables } from "./tables.ts";

/** Rows of the first piece, so that the first answer is soon there, and of the others. */
const FIRST_PIECE = 8;
const PIECE = 100;

/** How long is worked without a break, in milliseconds. */
const LONGEST_SLICE = 10;

/** Where to search, and how to ask it: `attempt` turns what SQLite throws into an error of the index. */
export interface Searched {
  readonly search: Search;
  readonly tables: Tables;
  readonly kept: ReadonlyMap<number, QueryLevel>;
  attempt<T>(work: () => T): T;
}

/** The entities that a query means. */
export async function* searchEntities(
  searched: Searched,
  query: Query,
  options: SearchOptions,
): AsyncGenerator<Match> {
  const { level } = query;
  const plan = planSearch(query, searched.kept, options);
  if (level === "WORKLIST") return;
  const { unmatched } = plan;
  for await (const { attributes } of meant(searched, plan, level, options, true)) {
    yield { attributes: attributes!, unmatched };
  }
}

/** The instances of what a query means. */
export async function* searchInstances(
  searched: Searched,
  selection: Query,
  options: SearchOptions,
): AsyncGenerator<IndexedInstance> {
  const { level } = selection;
  const plan = planSearch(selection, searched.kept, options);
  if (level === "WORKLIST") return;
  const { search, tables, attempt } = searched;
  const slice = new Slice(options.signal);
  for await (const { id } of meant(searched, plan, level, options, false)) {
    const ids = attempt(() => search.instancesOf(level, id));
    for (let at = 0; at < ids.length; at += PIECE) {
      if (slice.isOver) await slice.next();
      options.signal?.throwIfAborted();
      yield* attempt(() => tables.withIds(ids.slice(at, at + PIECE)));
    }
  }
}

/** Time to work in without a break. */
export class Slice {
  readonly #signal: AbortSignal | undefined;
  #began = performance.now();

  /** Begins now; ended by `signal`. */
  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  /** Whether others have to have their turn now. */
  get isOver(): boolean {
    return performance.now() - this.#began > LONGEST_SLICE;
  }

  /** Lets others have their turn. Throws the reason of the signal when it was aborted meanwhile. */
  async next(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve));
    this.#signal?.throwIfAborted();
    this.#began = performance.now();
  }
}

/** An entity that is meant, with its attributes where they were needed. */
interface Meant {
  readonly id: number;
  readonly attributes: DataSet | undefined;
}

async function* meant(
  { search, attempt }: Searched,
  plan: SearchPlan,
  level: QueryLevel,
  { offset = 0, limit = Infinity, signal }: SearchOptions,
  withAttributes: boolean,
): AsyncGenerator<Meant> {
  let found = 0;
  const slice = new Slice(signal);
  if (limit <= 0) return;
  for (const piece of piecesOf(search, plan, level, attempt)) {
    signal?.throwIfAborted();
    if (slice.isOver) await slice.next();
    // What is passed over for sure needn't be read.
    let first = 0;
    while (first < piece.length && found < offset && piece[first]!.sure) {
      first++;
      found++;
    }
    const needed = piece.slice(first).filter(({ sure }) => withAttributes || !sure).map(({ id }) => id);
    const rows = needed.length === 0 ? NO_ROWS : attempt(() => search.attributesOf(level, needed));
    for (const { id, sure } of piece.slice(first)) {
      // One look at an entity may take milliseconds: a key may have a thousand patterns.
      if (!sure && slice.isOver) await slice.next();
      const attributes = rows.get(id);
      if (attributes === undefined ? withAttributes || !sure : !sure && !plan.matches(attributes)) continue;
      if (found++ < offset) continue;
      yield { id, attributes };
      signal?.throwIfAborted();
      if (found >= offset + limit) return;
    }
  }
}

const NO_ROWS: ReadonlyMap<number, DataSet> = new Map();

/** Candidates by the piece: a small one, then larger ones. */
function* piecesOf(
  search: Search,
  plan: SearchPlan,
  level: QueryLevel,
  attempt: Searched["attempt"],
): Generator<readonly Candidate[]> {
  const lists = search.candidates(plan, level);
  let size = FIRST_PIECE;
  let waiting: Candidate[] = [];
  for (let list = attempt(() => lists.next()); !list.done; list = attempt(() => lists.next())) {
    for (const candidate of list.value) {
      waiting.push(candidate);
      if (waiting.length < size) continue;
      yield waiting;
      waiting = [];
      size = PIECE;
    }
  }
  if (waiting.length > 0) yield waiting;
}
