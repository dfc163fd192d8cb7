/**
 * Search (QIDO-RS, PS3.18 10.6), page by page.
 *
 * @module
 */

import type { JsonDataSet } from "../../dicom/models/json_model.ts";
import { readDataSets } from "./bounded_answer.ts";
import type { WebCaller } from "./web_caller.ts";
import { type ResourcePath, resourcePath } from "./resource_path.ts";

/** What to search for. */
export interface Search extends Pick<ResourcePath, "study" | "series"> {
  /** The level of the answers. */
  readonly level: "studies" | "series" | "instances";
  /**
   * Keys to match by keyword, tag or path, such as `PatientName`, `00100010` or
   * `RequestAttributesSequence.ScheduledProcedureStepID`; a list of UIDs is joined. Default: none.
   */
  readonly match?: Readonly<Record<string, string | readonly string[]>>;
  /** Attributes to return besides those of the level, or all; default none. */
  readonly include?: readonly string[] | "all";
  /** Whether the server matches names by their sound or beginning; default as the server decides. */
  readonly fuzzyMatching?: boolean;
  /** Most answers; all by default. */
  readonly limit?: number;
  /** Number of answers to skip; 0 by default. */
  readonly offset?: number;
  /** Answers to request at a time; by default as many as the server gives. */
  readonly pageSize?: number;
}

/** Bounds of a search. */
export interface WebSearchOptions {
  /** Longest page in bytes. */
  readonly maxAnswerLength: number;
  /**
   * Called with warnings of the server, such as keys that it does not match (PS3.18 8.3.4), before the answers of that
   * page.
   */
  readonly onWarning?: ((warning: string) => void) | undefined;
  /** Gives up. */
  readonly signal?: AbortSignal | undefined;
}

const UNIQUE = { studies: "0020000D", series: "0020000E", instances: "00080018" } as const;

/**
 * The answers, one by one. The next page is the one that the server links to, or else the one behind the answers so far. The
 * last page is the one before an empty page, or the one that completes `X-Total-Count`. A server that gives the same page again
 * has no pages.
 */
export async function* search(
  caller: WebCaller,
  asked: Search,
  { maxAnswerLength, onWarning, signal }: WebSearchOptions,
): AsyncGenerator<JsonDataSet, void, void> {
  const what = `search for ${asked.level}`;
  const { limit = Infinity } = asked;
  let offset = asked.offset ?? 0;
  let url: string | undefined = searchUrl(asked, offset);
  let before = new Set<string>();
  for (let given = 0; url !== undefined && given < limit;) {
    const response = await caller.call({ what, url, headers: { Accept: "application/dicom+json" }, signal });
    const warning = response.headers.get("warning");
    if (warning !== null) onWarning?.(warning);
    const page = await readDataSets(what, response, maxAnswerLength);
    const unique = UNIQUE[asked.level];
    const keys = new Set(page.map((answer) => String(answer[unique]?.Value?.[0] ?? JSON.stringify(answer))));
    if ([...keys].every((key) => before.has(key))) return;
    for (const answer of page) {
      if (given === limit) return;
      yield answer;
      given++;
    }
    offset += page.length;
    before = keys;
    const total = Number(response.headers.get("x-total-count") ?? NaN);
    if (offset >= total) return;
    const linked = nextLink(response.headers.get("link"));
    url = linked === undefined ? searchUrl(asked, offset) : caller.resolve(linked, caller.base + searchUrl(asked, 0));
  }
}

function searchUrl(
  { level, match = {}, include = [], fuzzyMatching, limit, pageSize, ...within }: Search,
  offset: number,
) {
  const parameters = new URLSearchParams();
  for (const [key, value] of Object.entries(match)) {
    parameters.append(key, typeof value === "string" ? value : value.join("\\"));
  }
  for (const attribute of include === "all" ? ["all"] : include) parameters.append("includefield", attribute);
  if (fuzzyMatching !== undefined) parameters.set("fuzzymatching", String(fuzzyMatching));
  const size = pageSize ?? (limit !== undefined && limit <= SMALL ? limit : undefined);
  if (size !== undefined) parameters.set("limit", String(size));
  if (offset > 0) parameters.set("offset", String(offset));
  // Some servers do not take a plus sign for a space.
  const query = parameters.toString().replaceAll("+", "%20");
  const path = level === "studies" ? "/studies" : `${resourcePath(within, "any")}/${level}`;
  return query === "" ? path : `${path}?${query}`;
}

/** Answers that every server gives at a time: some refuse requests for more than 200. */
const SMALL = 100;

/** The target of `rel="next"` (RFC 8288). */
function nextLink(header: string | null): string | undefined {
  for (const [, target, parameters = ""] of (header ?? "").matchAll(/<([^>]*)>((?:\s*;(?:[^,;"]|"[^"]*")*)*)/g)) {
    if (/;\s*rel\s*=\s*"?(?:[^"]*\s)?next(?:\s|"|;|$)/i.test(parameters)) return target;
  }
  return undefined;
}
