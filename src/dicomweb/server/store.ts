/**
 * The Store transaction (STOW-RS, PS3.18 10.5).
 *
 * @module
 */

import type { Context } from "hono";
import type { DataSet } from "../../dicom/data_set/data_set.ts";
import { toJsonText } from "../../dicom/models/to_json.ts";
import { toXml } from "../../dicom/models/to_xml.ts";
import { InstanceNotKeptError, LimitError } from "../../errors.ts";
import { isInRange, type MediaRange, parseMediaRange } from "../media_range.ts";
import { requestTooLong } from "../store/request_body.ts";
import { type StoredRequest, storeInstances, type StoreSink } from "../store/store_instances.ts";
import type { StoreOutcome } from "../store/store_outcome.ts";
import { isStorable } from "../store/store_request.ts";
import { storeResponse, type StoreStatus, storeStatus } from "../store/store_response.ts";
import { acceptedBy } from "./accepted.ts";
import { bodyTooLong, decodedBody, wrongPart } from "./body_problems.ts";
import type { DicomwebFace } from "./face.ts";
import { noUidInPath, RequestProblem, wrongHeader } from "./request_problem.ts";
import type { Resource } from "./resource.ts";
import { warningHeader } from "./warnings.ts";

const JSON_TYPE = "application/dicom+json";
const XML_TYPE = "application/dicom+xml";
/** Seconds after which a client may try again if the archive had no room. */
const RETRY_AFTER = "60";
const STUDY_UID = /^[0-9.]{1,64}$/;

/** `POST` of studies, if the server takes instances. */
export function storeResources(face: DicomwebFace): readonly Resource[] {
  const { sink } = face;
  if (sink === undefined) return [];
  const module = { schema: { type: "object" } };
  const content = { [JSON_TYPE]: module, [XML_TYPE]: { schema: { type: "string" } } };
  const answers = {
    200: { description: "All instances are stored.", content },
    202: { description: "Some instances are stored, or all of them with a warning.", content },
    409: { description: "No instance is stored; the answer says why for each.", content },
  };
  const problems = ["BodyTooLarge", "UnsupportedMediaType", "OutOfResources"] as const;
  const handle = (c: Context) => store(c, face, sink);
  const about = { method: "POST", answers, problems, handle } as const;
  return [
    { ...about, path: "/studies", id: "storeInstances", summary: "Store instances" },
    { ...about, path: "/studies/:study", id: "storeInstancesOfStudy", summary: "Store instances of one study" },
  ];
}

async function store(c: Context, face: DicomwebFace, sink: StoreSink): Promise<Response> {
  const studyInstanceUid = c.req.param("study");
  if (studyInstanceUid !== undefined && !STUDY_UID.test(studyInstanceUid)) {
    throw noUidInPath("store instances of the study", studyInstanceUid);
  }
  const mediaType = storableType(c);
  const body = storableBody(c, face);
  const shortage = sink.shortage?.();
  if (shortage !== undefined) {
    throw new RequestProblem("OutOfResources", "The archive is short of room", { "Retry-After": RETRY_AFTER });
  }
  const sender = face.senderOf(c);
  const ended = sink.begin?.(sender);
  const limits = { maxRequestLength: face.maxRequestLength };
  const stored = await storeInstances(body, mediaType, {
    ...{ sink, studyInstanceUid, sender, limits },
    origin: { way: "STOW-RS", ...face.clientOf(c) },
    onError: face.onError,
  }).finally(ended);
  throwWhereNothingIsStored(stored, face);
  const { outcomes, error } = stored;
  const status = storeStatus(outcomes, { complete: error === undefined });
  const failures = failuresInWords(outcomes);
  const headers = failures.length === 0 ? {} : { Warning: warningHeader(face, failures) };
  return answer(c, storeResponse(outcomes, face.urlFor(c), { complete: error === undefined }), status, headers);
}

function storableType(c: Context): MediaRange {
  const mediaType = parseMediaRange(c.req.header("content-type") ?? "");
  if (mediaType !== undefined && isStorable(mediaType)) return mediaType;
  const expected = `multipart/related with a boundary, application/dicom, ${JSON_TYPE} or ${XML_TYPE}`;
  throw wrongHeader("Content-Type", c.req.header("content-type"), expected);
}

function storableBody(c: Context, { maxRequestLength, sink }: DicomwebFace): ReadableStream<Uint8Array> {
  const { body, headers } = c.req.raw;
  const length = Number(headers.get("content-length") ?? 0);
  if (length > maxRequestLength) {
    sink?.limitPassed?.(requestTooLong(maxRequestLength));
    throw bodyTooLong(length, maxRequestLength);
  }
  if (body === null) throw new RequestProblem("MalformedBody", "Cannot read the body: found none, expected instances");
  return decodedBody(body, headers.get("content-encoding"));
}

/** If a request stored no instance, the answer states the problem with the request instead of an empty list. */
function throwWhereNothingIsStored({ outcomes, unsupported, error }: StoredRequest, face: DicomwebFace): void {
  if (outcomes.some(({ type }) => type === "stored")) return;
  if (error instanceof LimitError) {
    throw error.limit === "maxRequestLength"
      ? bodyTooLong(undefined, error.maximum)
      : new RequestProblem("BodyTooLarge", error.message);
  }
  if (error instanceof InstanceNotKeptError) {
    throw new RequestProblem("OutOfResources", "The archive is short of room", { "Retry-After": RETRY_AFTER });
  }
  if (error instanceof SyntaxError) throw new RequestProblem("MalformedBody", error.message);
  if (error !== undefined) {
    face.onError(error);
    throw new RequestProblem("InternalError", "The request could not be read; the log says why");
  }
  if (unsupported !== undefined) throw wrongPart(unsupported, `application/dicom, ${JSON_TYPE} or ${XML_TYPE}`);
  if (outcomes.length === 0) {
    throw new RequestProblem("MalformedBody", "Cannot read the body: found no part, expected at least one instance");
  }
}

/** Most failures that a warning describes, and most characters of each. */
const MOST_IN_WORDS = 10;
const LONGEST_WORDS = 250;

/** Failures in words, since the module has only codes (PS3.18 Table I.1-1). */
function failuresInWords(outcomes: readonly StoreOutcome[]): string[] {
  const words: string[] = [];
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome.type === "stored") continue;
    if (words.length === MOST_IN_WORDS) return [...words, "More instances were not stored"];
    words.push(`Instance ${index + 1} was not stored: ${outcome.why.slice(0, LONGEST_WORDS)}`);
  }
  return words;
}

/** Whatever else the client accepts, it learns what became of its instances. */
function answer(c: Context, module: DataSet, status: StoreStatus, more: Record<string, string>): Response {
  const headers = { Vary: "Accept", ...more };
  for (const { type } of acceptedBy(c)) {
    if (isInRange(JSON_TYPE, type)) break;
    if (type === XML_TYPE || type === "application/xml" || type === "text/xml") {
      return c.body(toXml(module), status, { ...headers, "Content-Type": XML_TYPE });
    }
  }
  return c.body(toJsonText(module), status, { ...headers, "Content-Type": JSON_TYPE });
}
