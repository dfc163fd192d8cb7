/**
 * Lists of data sets as the body of an answer: DICOM JSON (PS3.18 F.2), or a part of XML for each (8.7.3.3).
 *
 * @module
 */

import type { Context } from "hono";
import type { DataSet } from "../../dicom/data_set/data_set.ts";
import { toJsonText } from "../../dicom/models/to_json.ts";
import { toXml } from "../../dicom/models/to_xml.ts";
import { streamOf } from "../../streams/stream_of.ts";
import { isInRange } from "../media_range.ts";
import { makeBoundary, partHead, partsEnd } from "../multipart_writer.ts";
import { acceptedBy } from "./accepted.ts";
import { RequestProblem } from "./request_problem.ts";

const DICOM_JSON = "application/dicom+json";
const JSON_TYPE = "application/json";
/** Media type of data sets in XML. */
export const DICOM_XML = "application/dicom+xml";

/** What a list of data sets may be written as. */
export type AnswerType = typeof DICOM_JSON | typeof JSON_TYPE | typeof DICOM_XML;

/** The type that a request likes best; XML is always multipart. Throws `RequestProblem` where it likes none. */
export function answerTypeFor(c: Context): AnswerType {
  for (const { type, parameters } of acceptedBy(c)) {
    if (isInRange(DICOM_JSON, type)) return DICOM_JSON;
    if (type === JSON_TYPE) return JSON_TYPE;
    if (type === DICOM_XML) return DICOM_XML;
    const inner = parameters.get("type")?.toLowerCase() ?? DICOM_XML;
    if (isInRange("multipart/related", type) && inner === DICOM_XML) return DICOM_XML;
  }
  const expected = `${DICOM_JSON}, ${JSON_TYPE} or multipart/related; type="${DICOM_XML}"`;
  throw new RequestProblem("NotAcceptable", `Expected Accept to have ${expected}`);
}

/** Characters that are gathered to a chunk of a body. */
const CHUNK = 0x1_0000;

/** The answer of these data sets; a short one says how long it is. */
export async function writeAnswers(
  c: Context,
  type: AnswerType,
  dataSets: AsyncIterable<DataSet>,
  headers: Record<string, string>,
): Promise<Response> {
  const boundary = type === DICOM_XML ? makeBoundary() : "";
  const pieces = type === DICOM_XML ? xmlParts(dataSets, boundary) : jsonPieces(dataSets);
  const contentType = type === DICOM_XML ? `multipart/related; type="${DICOM_XML}"; boundary=${boundary}` : type;
  const chunks = gathered(pieces);
  const first = await chunks.next();
  // Servers would compress it, which takes longer than all the rest.
  const all = { "Cache-Control": "no-store, no-transform", ...headers, "Content-Type": contentType, "Vary": "Accept" };
  if (first.done === true) return c.body("", 200, all);
  if (first.value.isLast) return c.body(first.value.text, 200, all);
  return c.body(streamOf(encoded(first.value.text, chunks), chunks), 200, all);
}

interface Chunk {
  readonly text: string;
  readonly isLast: boolean;
}

async function* gathered(pieces: AsyncIterable<string>): AsyncGenerator<Chunk, void> {
  let text: string[] = [];
  let length = 0;
  for await (const piece of pieces) {
    text.push(piece);
    length += piece.length;
    if (length < CHUNK) continue;
    yield { text: text.join(""), isLast: false };
    text = [];
    length = 0;
  }
  yield { text: text.join(""), isLast: true };
}

async function* encoded(first: string, chunks: AsyncGenerator<Chunk, void>): AsyncGenerator<Uint8Array, void> {
  const encoder = new TextEncoder();
  try {
    yield encoder.encode(first);
    for await (const { text } of chunks) yield encoder.encode(text);
  } finally {
    await chunks.return();
  }
}

async function* jsonPieces(dataSets: AsyncIterable<DataSet>): AsyncGenerator<string, void> {
  let before = "[";
  for await (const dataSet of dataSets) {
    yield before + toJsonText(dataSet);
    before = ",";
  }
  yield before === "[" ? "[]" : "]";
}

async function* xmlParts(dataSets: AsyncIterable<DataSet>, boundary: string): AsyncGenerator<string, void> {
  let first = true;
  for await (const dataSet of dataSets) {
    yield partHead(boundary, { "Content-Type": DICOM_XML }, first) + toXml(dataSet);
    first = false;
  }
  yield partsEnd(boundary, first);
}
