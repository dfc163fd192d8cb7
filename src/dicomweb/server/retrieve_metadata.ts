/**
 * WADO-RS: metadata of studies, series and instances (PS3.18 10.4, Table 10.4.1-5).
 *
 * @module
 */

import type { Context } from "hono";
import { toXml } from "../../dicom/models/to_xml.ts";
import { findPage } from "../../query/page.ts";
import { streamOf } from "../../streams/stream_of.ts";
import { makeBoundary, partHead, partsEnd } from "../multipart_writer.ts";
import { answerTypeFor, DICOM_XML } from "./answers.ts";
import { respond, type Segment } from "./body.ts";
import { hexDigest } from "./digest.ts";
import type { DicomwebFace } from "./face.ts";
import type { SeriesMetadata } from "./kept_metadata.ts";
import { multipartType } from "./multipart_body.ts";
import { type PathUids, pathUids } from "./path_uids.ts";
import { RequestProblem } from "./request_problem.ts";
import type { Resource } from "./resource.ts";
import { instancesOf, selectionOf, sourceOf, unknown, whileSent } from "./selection.ts";
import { makeMetadata, metadataOf, type ReadyMetadata } from "./series_metadata.ts";
import { warningHeader } from "./warnings.ts";

const PATHS = [
  ["/studies/:study/metadata", "retrieveStudyMetadata", "All attributes of the instances of a study"],
  ["/studies/:study/series/:series/metadata", "retrieveSeriesMetadata", "All attributes of the instances of a series"],
  [
    "/studies/:study/series/:series/instances/:instance/metadata",
    "retrieveInstanceMetadata",
    "All attributes of an instance",
  ],
] as const;

/** The resources of metadata. */
export function metadataResources(face: DicomwebFace, series: SeriesMetadata): readonly Resource[] {
  const list = { schema: { type: "array", items: { type: "object" } } };
  const answers = {
    200: {
      description: "A data set for each instance; long values are at a BulkDataURI.",
      content: { "application/dicom+json": list, "application/json": list, "multipart/related": {} },
    },
    304: { description: "The client has it." },
  };
  return PATHS.map(([path, id, summary]): Resource => ({
    ...{ method: "GET", path, id, summary, answers, problems: ["UnknownResource", "TooManyAnswers", "SourceFailed"] },
    handle: (c) => retrieve(c, face, series),
  }));
}

async function retrieve(c: Context, face: DicomwebFace, series: SeriesMetadata): Promise<Response> {
  const type = answerTypeFor(c);
  const uids = pathUids(c);
  const { signal } = c.req.raw;
  const url = face.urlFor(c);
  if (type === DICOM_XML) return await respondInXml(c, face, uids, url);
  if (uids.instance !== undefined) {
    return await respondWith(c, face, type, uids, [await makeMetadata(face, url, uids, { signal })]);
  }
  if (uids.series !== undefined) return await respondWith(c, face, type, uids, [await series.get(url, uids, signal)]);
  return await respondWithStudy(c, face, type, uids, series);
}

async function respondWith(
  c: Context,
  face: DicomwebFace,
  type: string,
  uids: PathUids,
  [metadata]: readonly [ReadyMetadata],
): Promise<Response> {
  const { count, missing, etag } = metadata;
  if (count === 0) throw nothing(uids, missing);
  const isCompressed = acceptsGzip(c);
  return respond(c, {
    contentType: type,
    segments: [isCompressed ? await metadata.compressed() : metadata.bytes],
    etag: isCompressed ? `${etag}-gzip` : etag,
    headers: {
      "Vary": "Accept, Accept-Encoding",
      ...(isCompressed && { "Content-Encoding": "gzip" }),
      ...warningOf(face, missing),
    },
  });
}

function acceptsGzip(c: Context): boolean {
  const codings = (c.req.header("accept-encoding") ?? "").toLowerCase().split(",").map((coding) => coding.trim());
  return codings.some((coding) => /^gzip(\s*;\s*q\s*=\s*(1|0?\.\d*[1-9]\d*|1\.0*))?$/.test(coding));
}

function nothing(uids: PathUids, missing: number): RequestProblem {
  if (missing === 0) return unknown(uids);
  return new RequestProblem("SourceFailed", "None of the instances can be read; the log says why");
}

function warningOf(face: DicomwebFace, missing: number): Record<string, string> {
  return missing === 0
    ? {}
    : { Warning: warningHeader(face, [`${missing} instances can't be read, and are left out`]) };
}

/** Bytes of series that are made before the first is sent, so that the header can state how many are missing. */
const MADE_FIRST = 32 * 1024 * 1024;

const encoder = new TextEncoder();

async function respondWithStudy(
  c: Context,
  face: DicomwebFace,
  type: string,
  uids: PathUids,
  series: SeriesMetadata,
): Promise<Response> {
  const { signal, onCancel } = whileSent(c);
  const url = face.urlFor(c);
  const selections = await seriesOf(face, uids, signal);
  const made: ReadyMetadata[] = [];
  let [size, missing, count] = [0, 0, 0];
  while (made.length < selections.length && size < MADE_FIRST) {
    const one = await series.get(url, selections[made.length]!, signal);
    made.push(one);
    [size, missing, count] = [size + one.bytes.length, missing + one.missing, count + one.count];
  }
  if (count === 0 && made.length === selections.length) throw nothing(uids, missing);
  const pieces = async function* () {
    let before = "[";
    for (const [index, selection] of selections.entries()) {
      const one = made[index] ?? await series.get(url, selection, signal);
      if (one.count === 0) continue;
      yield encoder.encode(before);
      yield one.bytes.subarray(1, -1);
      before = ",";
    }
    yield encoder.encode(before === "[" ? "[]" : "]");
  };
  const isAll = made.length === selections.length;
  const segments: Segment[] = isAll
    ? joined(made)
    : [{ length: undefined, open: () => streamOf(pieces(), { onCancel }) }];
  return respond(c, {
    contentType: type,
    segments,
    etag: isAll ? await hexDigest(made.map(({ etag }) => etag).join()) : undefined,
    headers: warningOf(face, missing),
  });
}

/** Several arrays as one. */
function joined(made: readonly ReadyMetadata[]): Segment[] {
  const filled = made.filter(({ count }) => count > 0);
  const segments = filled.flatMap(({ bytes }, index) => [
    encoder.encode(index === 0 ? "[" : ","),
    bytes.subarray(1, -1),
  ]);
  return [...segments, encoder.encode("]")];
}

/** Most series of a study. */
const MAXIMUM_SERIES = 10_000;

async function seriesOf(face: DicomwebFace, uids: PathUids, signal: AbortSignal): Promise<readonly PathUids[]> {
  const selection = selectionOf(uids);
  const keys = selection.keys.copy().set("SeriesInstanceUID", null);
  const { matches } = await findPage(sourceOf(face), { ...selection, level: "SERIES", keys }, {
    signal,
    limit: MAXIMUM_SERIES,
  });
  const series: PathUids[] = [];
  for await (const { attributes } of matches) {
    const uid = attributes.getText("SeriesInstanceUID") ?? "";
    if (uid !== "") series.push({ ...uids, series: uid });
  }
  return series;
}

/** XML is made while it is sent, with a part for each instance. */
async function respondInXml(c: Context, face: DicomwebFace, uids: PathUids, url: string): Promise<Response> {
  const { signal, onCancel } = whileSent(c);
  const documents = documentsOf(face, uids, url, signal);
  const first = await documents.next();
  if (first.done === true) throw nothing(uids, first.value);
  const boundary = makeBoundary();
  const parts = async function* () {
    let isFirst = true;
    for (let next = first as IteratorResult<string, number>; next.done !== true; next = await documents.next()) {
      yield encoder.encode(partHead(boundary, { "Content-Type": DICOM_XML }, isFirst) + next.value);
      isFirst = false;
    }
    yield encoder.encode(partsEnd(boundary, isFirst));
  };
  return c.body(streamOf(parts(), { onCancel, held: [documents] }), 200, {
    "Content-Type": multipartType(DICOM_XML, boundary),
    "Cache-Control": "private, no-cache, no-transform",
    "Vary": "Accept",
  });
}

/** The documents of all instances; returns at the end how many could not be read. */
async function* documentsOf(
  face: DicomwebFace,
  uids: PathUids,
  url: string,
  signal: AbortSignal,
): AsyncGenerator<string, number> {
  let missing = 0;
  for await (const held of instancesOf(face, uids, signal)) {
    let text: string;
    try {
      const { dataSet, bulkDataUri } = await metadataOf(face, held, url, uids);
      text = toXml(dataSet, { bulkDataUri, onWarning: () => {} });
    } catch (error) {
      missing++;
      face.onError(error);
      continue;
    }
    yield text;
  }
  return missing;
}
