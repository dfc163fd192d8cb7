/**
 * QIDO-RS: the Search transaction (PS3.18 10.6).
 *
 * @module
 */

import type { Context } from "hono";
import type { DataSet } from "../../dicom/data_set/data_set.ts";
import { nameTag } from "../../dicom/names.ts";
import { LimitError } from "../../errors.ts";
import { type CompiledQuery, compileQuery } from "../../query/compile.ts";
import type { Match, Page } from "../../query/instance_source.ts";
import { keysOf, tagInEntity } from "../../query/keys.ts";
import { UNIQUE_KEYS } from "../../query/levels.ts";
import { findPage } from "../../query/page.ts";
import { createQuery, type Query, RETRIEVE_URL } from "../../query/query.ts";
import { keyDataSet, type WrittenKey } from "../../query/written_keys.ts";
import { parseTag } from "../../dicom/dictionary.ts";
import { answerTypeFor, DICOM_XML, writeAnswers } from "./answers.ts";
import type { DicomwebFace } from "./face.ts";
import { isUid, type PathUids, pathUids } from "./path_uids.ts";
import { RequestProblem, shown } from "./request_problem.ts";
import type { Resource } from "./resource.ts";
import { RETURNED, returnedLevels, type SearchLevel } from "./returned_attributes.ts";
import { CURSOR, readSearch, type SearchParameters } from "./search_parameters.ts";
import { warningHeader } from "./warnings.ts";

const PATHS: readonly (readonly [path: string, level: SearchLevel, id: string, summary: string])[] = [
  ["/studies", "STUDY", "searchStudies", "Studies that match"],
  ["/studies/:study/series", "SERIES", "searchSeriesOfStudy", "Series of a study that match"],
  ["/series", "SERIES", "searchSeries", "Series of all studies that match"],
  [
    "/studies/:study/series/:series/instances",
    "IMAGE",
    "searchInstancesOfSeries",
    "Instances of a series that match",
  ],
  ["/studies/:study/instances", "IMAGE", "searchInstancesOfStudy", "Instances of a study that match"],
  [
    "/series/:series/instances",
    "IMAGE",
    "searchInstancesOfAnySeries",
    "Instances of a series that match, whatever its study",
  ],
  ["/instances", "IMAGE", "searchInstances", "Instances of all studies that match"],
];

/** The resources for searches, with the paths of PS3.18 Table 10.6.1-1. */
export function searchResources(face: DicomwebFace): readonly Resource[] {
  const list = { schema: { type: "array", items: { type: "object" } } };
  const answers = {
    200: {
      description: "The matches, the latest study first; an empty list without any.",
      content: { "application/dicom+json": list, "application/json": list, "multipart/related": {} },
    },
  };
  return PATHS.map(([path, level, id, summary]): Resource => ({
    method: "GET",
    path,
    id,
    summary,
    answers,
    problems: ["AddressTooLong", "TooManyAnswers", "SourceFailed"],
    handle: (c) => search(c, face, level),
  }));
}

async function search(c: Context, face: DicomwebFace, level: SearchLevel): Promise<Response> {
  const type = answerTypeFor(c);
  const uids = pathUids(c);
  const asked = readSearch(new URL(c.req.url).search);
  const question = questionOf(level, uids, asked);
  const source = face.source();
  const { offset, limit, after } = asked;
  const { signal } = c.req.raw;
  let page: Page = { total: 0, matches: noMatches() };
  if (source !== undefined) {
    try {
      page = await findPage(source, question.query, { offset, limit, after, signal });
    } catch (error) {
      throw error instanceof LimitError
        ? new RequestProblem("TooManyAnswers", `${error.message}; ask for fewer`)
        : error;
    }
  }
  const { first, rest } = await peek(page.matches);
  const warnings = [
    ...warningsOf(asked, source?.unheeded ?? [], first?.unmatched ?? []),
    ...(page.next === undefined ? [] : ["There are additional results that can be requested"]),
  ];
  const url = face.urlFor(c);
  const base = c.req.path.endsWith("/") ? c.req.path.slice(0, -1) : c.req.path;
  const headers = {
    "X-Total-Count": String(page.total),
    ...(page.next !== undefined &&
      { Link: `<${nextUrl(url + base.slice(face.root.length), c, page.next)}>; rel="next"` }),
    ...(warnings.length > 0 && { Warning: warningHeader(face, warnings) }),
  };
  if (first === undefined && face.emptyAs204) return c.body(null, 204, headers);
  return await writeAnswers(c, { type, isMultipart: type === DICOM_XML }, answersOf(rest, question, url), headers);
}

async function* noMatches(): AsyncGenerator<Match> {}

/** The first match, and all matches. */
async function peek(matches: AsyncIterable<Match>): Promise<{ first: Match | undefined; rest: AsyncIterable<Match> }> {
  const iterator = matches[Symbol.asyncIterator]();
  const next = await iterator.next();
  if (next.done === true) return { first: undefined, rest: noMatches() };
  const first = next.value;
  return {
    first,
    rest: (async function* () {
      try {
        yield first;
        yield* { [Symbol.asyncIterator]: () => iterator };
      } finally {
        await iterator.return?.();
      }
    })(),
  };
}

/** The query for the source, and how to make answers of its matches. */
interface Question {
  readonly level: SearchLevel;
  readonly query: Query;
  readonly compiled: CompiledQuery;
  readonly includeAll: boolean;
}

function questionOf(level: SearchLevel, uids: PathUids, asked: SearchParameters): Question {
  const ofPath = Object.entries(uids).map(([name, value]) =>
    keyOf(name === "study" ? "StudyInstanceUID" : "SeriesInstanceUID", value)
  );
  const isOfPath = (key: WrittenKey) =>
    ofPath.some(({ path }) => key.path.length === 1 && path[0]!.tag === key.path[0]!.tag);
  const levels = returnedLevels(level, { study: uids.study !== undefined, series: uids.series !== undefined });
  const returned = levels.flatMap((one) => RETURNED_KEYS[one]);
  // Attributes of lower levels are not returned (PS3.18 10.6.3.3).
  const include = asked.include.filter(({ path: [first] }) => tagInEntity(first!.tag, level) !== undefined);
  const keys = [...ofPath, ...asked.match.filter((key) => !isOfPath(key)), ...include, ...returned];
  const dataSet = keyDataSet(keys, keyProblem);
  const matching = { relational: true, ...asked.matching };
  const compiled = compileQuery(createQuery({ level, keys: dataSet, matching }), { statesLevel: false });
  return {
    level,
    query: asked.includeAll ? withAllKeys(compiled.query, level) : compiled.query,
    compiled,
    includeAll: asked.includeAll,
  };
}

/** A key by its keywords with dots between them; without a value it is to be returned. */
export function keyOf(name: string, value?: string): WrittenKey {
  return { name, path: name.split(".").map((part) => ({ tag: parseTag(part)!, item: 0 })), value };
}

/** Keys of the attributes that a search returns for each level. */
const RETURNED_KEYS: Readonly<Record<keyof typeof RETURNED, readonly WrittenKey[]>> = {
  STUDY: RETURNED.STUDY.map((name) => keyOf(name)),
  SERIES: RETURNED.SERIES.map((name) => keyOf(name)),
  IMAGE: RETURNED.IMAGE.map((name) => keyOf(name)),
};

/** The value is the client's own, and may be a patient's: the message does not repeat it. */
export function keyProblem(written: string, expected: string): RequestProblem {
  const [name = "", ...value] = written.split("=");
  const found = value.length === 0 ? "another attribute" : `a value of ${value.join("=").length} characters`;
  return new RequestProblem(
    "InvalidRequest",
    `Cannot understand the parameter ${shown(name)}: found ${found}, expected ${expected}`,
  );
}

/** Adds the keys of all attributes: a peer returns those that it is asked for, and no more. */
function withAllKeys(query: Query, level: SearchLevel): Query {
  const keys = query.keys.copy();
  for (const one of level === "STUDY" ? ["PATIENT", "STUDY"] as const : [level]) {
    for (const { tag } of keysOf(one)) if (!keys.has(tag)) keys.set(tag, null);
  }
  return { ...query, keys };
}

const NAMES_OF_OPTIONS = {
  fuzzyNames: "fuzzymatching",
  emptyValue: "emptyvaluematching",
  multipleValue: "multiplevaluematching",
} as const;

/** Warnings about parts of the request that were not done (PS3.18 8.3.4.2, 8.3.4.5, 8.3.4.6). */
export function warningsOf(
  { matching, ignored }: SearchParameters,
  unheeded: readonly string[],
  unmatched: readonly number[],
): string[] {
  const warnings: string[] = [];
  for (const [option, name] of Object.entries(NAMES_OF_OPTIONS)) {
    if (!matching[option as keyof typeof matching] || !unheeded.includes(option)) continue;
    const literal = option === "fuzzyNames" ? ". Only literal matching has been performed" : "";
    warnings.push(`The ${name} parameter is not supported${literal}`);
  }
  if (unmatched.length > 0) {
    warnings.push(`These attributes were not matched: ${unmatched.slice(0, MAXIMUM_TOLD).map(nameTag).join(", ")}`);
  }
  if (ignored.length > 0) {
    warnings.push(`These parameters were ignored: ${ignored.map((name) => shown(name)).join(", ")}`);
  }
  return warnings;
}

/** Most attributes that a warning names. */
const MAXIMUM_TOLD = 20;

/** The URL of the next page: the same search, with a cursor instead of an offset. */
function nextUrl(url: string, c: Context, cursor: string): string {
  const parameters = new URLSearchParams(new URL(c.req.url).search);
  for (const name of [...parameters.keys()]) if (/^(offset|cursor)$/i.test(name)) parameters.delete(name);
  parameters.set(CURSOR, cursor);
  return `${url}?${parameters}`;
}

/** The data sets of the answers. */
async function* answersOf(matches: AsyncIterable<Match>, question: Question, url: string): AsyncGenerator<DataSet> {
  const { compiled, includeAll, level } = question;
  for await (const match of matches) {
    const retrieveUrl = urlOf(match.attributes, level, url);
    const answer = compiled.answer(match.attributes, { ...match, retrieveUrl });
    if (includeAll) addAll(answer, match.attributes);
    if (retrieveUrl === undefined) answer.delete(RETRIEVE_URL);
    yield answer;
  }
}

/** Adds the attributes of the entity that the answer lacks. */
export function addAll(answer: DataSet, attributes: DataSet): void {
  for (const element of attributes) {
    const own = answer.element(element.tag);
    if (own === undefined || (own.kind === "value" && own.length === 0)) answer.setElement(element);
  }
}

/** The URL of an entity; undefined if it lacks a UID that would be in the path (type 1C of PS3.18 10.6.3.3). */
function urlOf(attributes: DataSet, level: SearchLevel, url: string): string | undefined {
  let path = url;
  for (const [of, name] of PATH_OF_LEVELS) {
    const uid = attributes.getText(UNIQUE_KEYS[of]) ?? "";
    if (!isUid(uid)) return undefined;
    path += `/${name}/${encodeURIComponent(uid)}`;
    if (of === level) break;
  }
  return path;
}

const PATH_OF_LEVELS = [["STUDY", "studies"], ["SERIES", "series"], ["IMAGE", "instances"]] as const;
