/**
 * Answers by the page, the latest study first.
 *
 * Where SQL says all that is demanded, it counts the answers, and reads no more of them than the page has. Otherwise every
 * candidate is looked at, in pieces, to be counted.
 *
 * @module
 */

import type { Match, Page, PageRequest } from "../../query/instance_source.ts";
import type { QueryLevel } from "../../query/levels.ts";
import type { MatcherOptions } from "../../query/matcher.ts";
import { readCursor, writeCursor } from "../../query/page.ts";
import type { Query } from "../../query/query.ts";
import { planSearch, type SearchPlan } from "../search_plan.ts";
import { type Conditions, conditionsOf } from "./conditions.ts";
import { ORDERS, pageSql } from "./page_sql.ts";
import { type Searched, Slice } from "./searches.ts";

/** Rows that are read at a time. */
const PIECE = 200;

/** A row's place in the order. */
type Place = readonly (number | null)[];

/** Something that a query may mean, and where it stands. */
interface Row {
  readonly id: number;
  readonly odd: number;
  readonly place: Place;
}

/** A page of the entities that a query means. */
export async function searchPage(
  searched: Searched,
  query: Query,
  request: PageRequest & MatcherOptions,
): Promise<Page> {
  const { level } = query;
  const plan = planSearch(query, searched.kept, request);
  if (level === "WORKLIST") return { total: 0, matches: noMatches() };
  const pages = new Pages(searched, plan, level);
  return await (pages.isExact ? pages.counted(request) : pages.lookedAt(request));
}

async function* noMatches(): AsyncGenerator<Match> {}

class Pages {
  readonly #searched: Searched;
  readonly #plan: SearchPlan;
  readonly #level: QueryLevel;
  readonly #conditions: Conditions;
  readonly #hasOdd: boolean;

  constructor(searched: Searched, plan: SearchPlan, level: QueryLevel) {
    this.#searched = searched;
    this.#plan = plan;
    this.#level = level;
    this.#conditions = conditionsOf(plan.criteria.all, level);
    this.#hasOdd = searched.attempt(() => searched.search.hasOdd(level));
  }

  /** Whether SQL finds exactly the matches, and counts them without a condition on instances. */
  get isExact(): boolean {
    const { exact, instance } = this.#conditions;
    return exact && instance.length === 0 && !this.#hasOdd;
  }

  /** A page whose answers SQL counts. */
  async counted({ offset = 0, limit = Infinity, after, signal }: PageRequest): Promise<Page> {
    const { attempt, search } = this.#searched;
    const begin = after === undefined ? undefined : this.#readCursor(after);
    const { sql, parameters } = pageSql(this.#level, this.#conditions, { counted: true });
    const [row] = attempt(() => search.rows<{ total: number | null }>(sql, parameters));
    const total = row?.total ?? 0;
    if (limit === Infinity) {
      return { total, matches: this.#matches(this.#rows(begin, offset, Infinity), signal) };
    }
    // One more tells whether there is a next page.
    const rows = limit <= 0 ? [] : await this.#read(begin, offset, limit + 1, signal);
    return this.#page(total, rows, limit, signal);
  }

  /** A page of answers each of which has to be looked at. */
  async lookedAt({ offset = 0, limit = Infinity, after, signal }: PageRequest): Promise<Page> {
    const { attempt, search } = this.#searched;
    const behind = after === undefined ? undefined : this.#readCursor(after);
    const slice = new Slice(signal);
    const rows: Row[] = [];
    let [total, passed] = [0, 0];
    for (const piece of this.#rows(undefined, 0, Infinity)) {
      const unsure = piece.filter((row) => !this.#isSure(row)).map(({ id }) => id);
      const attributes = unsure.length === 0 ? undefined : attempt(() => search.attributesOf(this.#level, unsure));
      for (const row of piece) {
        if (slice.isOver) await slice.next();
        const entity = attributes?.get(row.id);
        if (!this.#isSure(row) && (entity === undefined || !this.#plan.matches(entity))) continue;
        total++;
        if (behind !== undefined && comparePlaces(row.place, behind, this.#level) <= 0) continue;
        if (passed++ >= offset && rows.length <= limit) rows.push(row);
      }
      if (slice.isOver) await slice.next();
    }
    return this.#page(total, rows, limit, signal);
  }

  #isSure({ odd }: Row): boolean {
    return this.#conditions.exact && odd === 0;
  }

  #page(total: number, rows: readonly Row[], limit: number, signal: AbortSignal | undefined): Page {
    const page = rows.slice(0, limit);
    const last = rows.length > limit ? page.at(-1) : undefined;
    return {
      total,
      ...(last !== undefined && { next: writeCursor(last.place) }),
      matches: this.#matches([page], signal),
    };
  }

  #readCursor(text: string): Place {
    return readCursor(text, ORDERS[this.#level].map(() => "number" as const)) as Place;
  }

  /** So many rows, with turns for others in between. */
  async #read(
    after: Place | undefined,
    offset: number,
    count: number,
    signal: AbortSignal | undefined,
  ): Promise<Row[]> {
    const slice = new Slice(signal);
    const rows: Row[] = [];
    for (const piece of this.#rows(after, offset, count)) {
      rows.push(...piece);
      if (slice.isOver) await slice.next();
    }
    return rows;
  }

  /** Rows in their order, by the piece. */
  *#rows(after: Place | undefined, offset: number, count: number): Generator<readonly Row[]> {
    const { attempt, search } = this.#searched;
    let [begin, passOver, left] = [after, offset, count];
    while (left > 0) {
      const size = Math.min(PIECE, left);
      const { sql, parameters } = pageSql(this.#level, this.#conditions, {
        hasOdd: this.#hasOdd,
        after: begin,
        offset: passOver,
        limit: size,
      });
      const found = attempt(() => search.rows<Record<string, number | null>>(sql, parameters)).map((row): Row => ({
        id: row.id!,
        odd: row.odd!,
        place: ORDERS[this.#level].map(({ name }) => row[name] ?? null),
      }));
      if (found.length > 0) yield found;
      if (found.length < size) return;
      begin = found.at(-1)!.place;
      passOver = 0;
      left -= found.length;
    }
  }

  async *#matches(pieces: Iterable<readonly Row[]>, signal: AbortSignal | undefined): AsyncGenerator<Match> {
    const { attempt, search } = this.#searched;
    const { unmatched } = this.#plan;
    const slice = new Slice(signal);
    for (const piece of pieces) {
      for (let at = 0; at < piece.length; at += PIECE) {
        const rows = piece.slice(at, at + PIECE);
        const entities = attempt(() => search.attributesOf(this.#level, rows.map(({ id }) => id)));
        for (const { id } of rows) {
          const attributes = entities.get(id);
          if (attributes !== undefined) yield { attributes, unmatched };
        }
        if (slice.isOver) await slice.next();
      }
    }
  }
}

function comparePlaces(one: Place, other: Place, level: QueryLevel): number {
  for (const [index, { descending }] of ORDERS[level].entries()) {
    const [left, right] = [one[index] ?? -Infinity, other[index] ?? -Infinity];
    if (left !== right) return (left < right) === descending ? 1 : -1;
  }
  return 0;
}
