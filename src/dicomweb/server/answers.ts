/**
 * Lists of data sets as the body of an answer: DICOM JSON (PS3.18 F.2), XML, or a part for each (8.7.3).
 *
 * @module
 */

import type { Context } from "hono";
import type { DataSet } from "../../dicom/data_set/data_set.ts";
import { toJsonText } from "../../dicom/models/to_json.ts";
import { toXml } from "../../dicom/models/to_xml.ts";
import { streamOf } from "../../streams/stream_of.ts";
import { isInRange, type MediaRange } from "../media_range.ts";
import { makeBoundary, partHead, partsEnd } from "../multipart_writer.ts";
import { acceptedBy, notAcceptable } from "./accepted.ts";
import { multipartType } from "./multipart_body.ts";

const DICOM_JSON = "application/dicom+json";
const JSON_TYPE = "application/json";
/** Media type of data sets in XML. */
export const DICOM_XML = "application/dicom+xml";

/** Media types of a list of data sets. */
export type AnswerType = typeof DICOM_JSON | typeof JSON_TYPE | typeof DICOM_XML;

/** A form of a body: one document, or a part for each data set. */
export interface AnswerForm {
  /** Of the document, or of each part. */
  readonly type: AnswerType;
  /** Whether there are parts. */
  readonly isMultipart: boolean;
}

/** The type that a request prefers; XML is always multipart. Throws `RequestProblem` if it accepts none. */
export function answerTypeFor(c: Context): AnswerType {
  const form = likedForm(c, ({ type, isMultipart }) => !isMultipart || type === DICOM_XML);
  if (form !== undefined) return form.type;
  const expected = `${DICOM_JSON}, ${JSON_TYPE} or multipart/related; type="${DICOM_XML}"`;
  throw notAcceptable(c, expected);
}

/** The form that a request prefers of all possible ones (PS3.18 Table 14.1.3-1). Throws as `answerTypeFor()` does. */
export function answerFormFor(c: Context): AnswerForm {
  const form = likedForm(c, () => true);
  if (form !== undefined) return form;
  const expected = `${DICOM_JSON}, ${JSON_TYPE}, ${DICOM_XML}, or multipart/related with one of these as its type`;
  throw notAcceptable(c, expected);
}

function likedForm(c: Context, isOffered: (form: AnswerForm) => boolean): AnswerForm | undefined {
  return acceptedBy(c).map(formOf).find((form) => form !== undefined && isOffered(form));
}

function formOf({ type, parameters }: MediaRange): AnswerForm | undefined {
  if (isInRange(DICOM_JSON, type)) return { type: DICOM_JSON, isMultipart: false };
  if (type === JSON_TYPE || type === DICOM_XML) return { type, isMultipart: false };
  if (!isInRange("multipart/related", type)) return undefined;
  const inner = parameters.get("type")?.toLowerCase() ?? DICOM_XML;
  const isKnown = inner === DICOM_JSON || inner === JSON_TYPE || inner === DICOM_XML;
  return isKnown ? { type: inner, isMultipart: true } : undefined;
}

/** Characters that are collected for one chunk of a body. */
const CHUNK = 0x1_0000;

/** The answer with these data sets; a short one states its length. A single document in XML holds only the first of them. */
export async function writeAnswers(
  c: Context,
  { type, isMultipart }: AnswerForm,
  dataSets: AsyncIterable<DataSet>,
  headers: Record<string, string> = {},
): Promise<Response> {
  const boundary = isMultipart ? makeBoundary() : "";
  const pieces = isMultipart
    ? parts(dataSets, type, boundary)
    : type === DICOM_XML
    ? xmlDocument(dataSets)
    : jsonPieces(dataSets);
  const contentType = isMultipart ? multipartType(type, boundary) : type;
  const chunks = gathered(pieces);
  const first = await chunks.next();
  // A server in front would compress it, which takes longer than everything else.
  const all = { "Cache-Control": "no-store, no-transform", ...headers, "Content-Type": contentType, "Vary": "Accept" };
  if (first.done === true) return c.body("", 200, all);
  if (first.value.isLast) return c.body(first.value.text, 200, all);
  return c.body(streamOf(encoded(first.value.text, chunks), { held: [chunks] }), 200, all);
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

async function* xmlDocument(dataSets: AsyncIterable<DataSet>): AsyncGenerator<string, void> {
  for await (const dataSet of dataSets) return yield toXml(dataSet);
}

async function* parts(
  dataSets: AsyncIterable<DataSet>,
  type: AnswerType,
  boundary: string,
): AsyncGenerator<string, void> {
  let first = true;
  for await (const dataSet of dataSets) {
    // DICOM JSON is a list even for one data set (PS3.18 F.2.1).
    const text = type === DICOM_XML ? toXml(dataSet) : `[${toJsonText(dataSet)}]`;
    yield partHead(boundary, { "Content-Type": type }, first) + text;
    first = false;
  }
  yield partsEnd(boundary, first);
}
