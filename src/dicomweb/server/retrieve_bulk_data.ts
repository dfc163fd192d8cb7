/**
 * WADO-RS: bulk data (PS3.18 10.4, Table 10.4.1-2 and 10.4.1-3): values that are too long for metadata.
 *
 * @module
 */

import type { Context } from "hono";
import type { DataSet } from "../../dicom/data_set/data_set.ts";
import { isPixelData } from "../../dicom/data_set/reading/data_set_head.ts";
import { locateFrames } from "../../dicom/data_set/frames/located_frames.ts";
import { referenceInto } from "../../dicom/data_set/reading/byte_source.ts";
import { ReferencedElement } from "../../dicom/data_set/data_element.ts";
import type { BulkData } from "../../dicom/models/bulk_data.ts";
import { tagDigits } from "../../dicom/tag.ts";
import { vrDefinition } from "../../dicom/vr.ts";
import { streamOf } from "../../streams/stream_of.ts";
import { isInRange } from "../media_range.ts";
import { makeBoundary, partHead, partsEnd } from "../multipart_writer.ts";
import { acceptedBy, notAcceptable } from "./accepted.ts";
import { respond, type Segment, streamSegments } from "./body.ts";
import { bulkPath, bytesOfValue, elementAt, isBulk, readBulkPath, segmentOf } from "./bulk_values.ts";
import { type Document, documentOf, ENCAPSULATED_DOCUMENT, withoutPadding } from "./encapsulated_document.ts";
import type { DicomwebFace } from "./face.ts";
import { instanceUrl } from "./instance_url.ts";
import { multipart, multipartType } from "./multipart_body.ts";
import { type OpenedInstance, openInstance, unreadable } from "./opened_instance.ts";
import { type PathUids, pathUids } from "./path_uids.ts";
import { RequestProblem, shown } from "./request_problem.ts";
import type { Resource } from "./resource.ts";
import { respondWithFrames } from "./retrieve_frames.ts";
import { instanceOf, instancesOf, unknown, whileSent } from "./selection.ts";
import { OCTETS } from "./transfer_syntax_choice.ts";

const INSTANCE = "/studies/:study/series/:series/instances/:instance";

const PATHS = [
  ["/studies/:study/bulkdata", "retrieveStudyBulkData", "All bulk data of a study"],
  ["/studies/:study/series/:series/bulkdata", "retrieveSeriesBulkData", "All bulk data of a series"],
  [`${INSTANCE}/bulkdata`, "retrieveInstanceBulkData", "All bulk data of an instance"],
] as const;

/** Bulk data: one value, or all values. */
export function bulkDataResources(face: DicomwebFace): readonly Resource[] {
  const content = { [OCTETS]: {}, "multipart/related": {} };
  const problems = ["UnknownResource", "RangeNotSatisfiable", "SourceFailed"] as const;
  const one = { 200: { description: "The value.", content }, 206: { description: "A range of it." } };
  const all = { 200: { description: "The values, each in a part.", content: { "multipart/related": {} } } };
  return [
    ...PATHS.map(([path, id, summary]): Resource => ({
      ...{ method: "GET", path, id, summary, answers: all, problems },
      handle: (c) => retrieveBulkData(c, face, pathUids(c)),
    })),
    {
      ...{ method: "GET", path: `${INSTANCE}/bulkdata/:attribute{.+}`, id: "retrieveBulkData", answers: one, problems },
      summary: "A value, at the URI that metadata have for it",
      handle: (c) => retrieveOne(c, face, c.req.param("attribute") ?? ""),
    },
    {
      ...{ method: "GET", path: `${INSTANCE}/pixeldata`, id: "retrievePixelData", answers: one, problems },
      summary: "Pixel Data of an instance",
      handle: (c) => retrieveOne(c, face, "7FE00010"),
    },
  ];
}

async function retrieveOne(c: Context, face: DicomwebFace, written: string): Promise<Response> {
  const uids = pathUids(c);
  const path = readBulkPath(written);
  if (path === undefined) {
    const expected = "a tag of 8 hexadecimal digits, or tags and numbers of items with slashes between them";
    const found = shown(written);
    throw new RequestProblem(
      "InvalidRequest",
      `Cannot understand the path of the value: found ${found}, expected ${expected}`,
    );
  }
  const held = await instanceOf(face, uids, c.req.raw.signal);
  try {
    const opened = await openInstance(held);
    const { pixelData } = opened.head;
    if (path.length === 1 && pixelData?.tag === path[0]) return await respondWithPixelData(c, face, opened);
    const element = elementAt(opened.head.dataSet, path);
    const segment = element && bytesOfValue(opened.head.dataSet, element);
    if (element === undefined || segment === undefined) {
      throw new RequestProblem("UnknownResource", "There is no value of bytes at this path in the instance");
    }
    const etag = held.version && `${held.version}-${path.map((part) => part.toString(16)).join(".")}`;
    return await respondWithValue(
      c,
      segment,
      path.length === 1 && path[0] === ENCAPSULATED_DOCUMENT ? documentOf(opened) : undefined,
      etag,
    );
  } catch (error) {
    throw unreadable(error);
  }
}

async function respondWithPixelData(c: Context, face: DicomwebFace, opened: OpenedInstance): Promise<Response> {
  const { source, head, held } = opened;
  if (head.pixelData!.length === undefined) {
    const frames = await locateFrames(source, head);
    const all = Array.from({ length: frames.count }, (_, index) => index);
    return await respondWithFrames(c, face, { opened, frames }, all, "all");
  }
  const etag = held.version && `${held.version}-pixels`;
  return await respondWithValue(c, nativePixelData(opened), undefined, etag);
}

function nativePixelData({ source, head }: OpenedInstance): Segment {
  const { tag, vr, littleEndian, offset, length } = head.pixelData!;
  const element = new ReferencedElement(tag, vr, referenceInto(source, offset, length!), { littleEndian });
  return bytesOfValue(head.dataSet, element)!;
}

/** A value in the first possible form that the request accepts: as a document if it is one, or as bytes, single or in a part. */
async function respondWithValue(
  c: Context,
  segment: Segment,
  document: Document | undefined,
  etag: string | undefined,
): Promise<Response> {
  for (const { type, parameters } of acceptedBy(c)) {
    if (document !== undefined && type === document.type) {
      return respond(c, {
        contentType: type,
        segments: [withoutPadding(segment, document)],
        etag: etag && `${etag}-document`,
      });
    }
    if (
      isInRange("multipart/related", type) && type !== "*/*" &&
      isInRange(OCTETS, parameters.get("type")?.toLowerCase() ?? OCTETS)
    ) {
      const part = { headers: { "Content-Type": VALUE_TYPE }, segments: [segment] };
      return respond(c, await multipart(OCTETS, [part], etag && `${etag}-multipart`));
    }
    if (isInRange(OCTETS, type)) return respond(c, { contentType: VALUE_TYPE, segments: [segment], etag });
  }
  const expected = `${
    document === undefined ? "" : `${document.type}, `
  }${OCTETS} or multipart/related; type="${OCTETS}"`;
  throw notAcceptable(c, expected);
}

/** Values are in Little Endian, as this type states. */
const VALUE_TYPE = `${OCTETS}; transfer-syntax=1.2.840.10008.1.2.1`;

/** All bulk data below a path, each value in a part that states its location. */
export async function retrieveBulkData(c: Context, face: DicomwebFace, uids: PathUids): Promise<Response> {
  const isAccepted = acceptedBy(c).some(({ type, parameters }) =>
    isInRange("multipart/related", type) && isInRange(OCTETS, parameters.get("type")?.toLowerCase() ?? OCTETS)
  );
  if (!isAccepted) {
    throw notAcceptable(c, `multipart/related; type="${OCTETS}"`);
  }
  const { signal, onCancel } = whileSent(c);
  const values = valuesOf(face, uids, face.urlFor(c), signal);
  const first = await values.next();
  if (first.done === true && first.value === 0) throw unknown(uids);
  const boundary = makeBoundary();
  const body = streamOf(partsOf(boundary, first, values), { onCancel, held: [values] });
  return c.body(body, 200, {
    "Content-Type": multipartType(OCTETS, boundary),
    "Cache-Control": "private, no-cache, no-transform",
    "Vary": "Accept",
  });
}

/** A value, and the headers of its part. */
interface BulkValue {
  readonly url: string;
  readonly type: string;
  readonly segments: readonly Segment[];
}

const encoder = new TextEncoder();

async function* partsOf(
  boundary: string,
  first: IteratorResult<BulkValue, number>,
  values: AsyncGenerator<BulkValue, number>,
): AsyncGenerator<Uint8Array, void> {
  let isFirst = true;
  for (let next = first; next.done !== true; next = await values.next()) {
    const { url, type, segments } = next.value;
    yield encoder.encode(partHead(boundary, { "Content-Type": type, "Content-Location": url }, isFirst));
    isFirst = false;
    yield* streamSegments(segments);
  }
  yield encoder.encode(partsEnd(boundary, isFirst));
}

/** The values of all instances; returns the number of instances at the end. Leaves out instances that cannot be read. */
async function* valuesOf(
  face: DicomwebFace,
  uids: PathUids,
  url: string,
  signal: AbortSignal,
): AsyncGenerator<BulkValue, number> {
  let count = 0;
  for await (const held of instancesOf(face, uids, signal)) {
    count++;
    let opened: OpenedInstance;
    try {
      opened = await openInstance(held);
    } catch (error) {
      face.onError(error);
      continue;
    }
    const base = `${instanceUrl(url, opened.head.dataSet, uids)}/bulkdata/`;
    for (const value of bulkValues(opened.head.dataSet, face.bulkDataAbove)) {
      const segment = bytesOfValue(value.dataSet, value.element);
      if (segment !== undefined) yield { url: base + bulkPath(value), type: VALUE_TYPE, segments: [segment] };
    }
    yield* pixelValues(face, opened, base);
  }
  return count;
}

async function* pixelValues(face: DicomwebFace, opened: OpenedInstance, base: string): AsyncGenerator<BulkValue> {
  const { source, head } = opened;
  if (head.pixelData === undefined) return;
  const url = base + tagDigits(head.pixelData.tag);
  if (head.pixelData.length !== undefined) {
    yield { url, type: VALUE_TYPE, segments: [nativePixelData(opened)] };
    return;
  }
  try {
    const frames = await locateFrames(source, head);
    const type = `${OCTETS}; transfer-syntax=${head.transferSyntax}`;
    for (let index = 0; index < frames.count; index++) {
      const { parts } = await frames.frame(index);
      const segments = parts.map((part): Segment => part instanceof Uint8Array ? part : segmentOf(part));
      yield { url: frames.count === 1 ? url : `${url}#${index + 1}`, type, segments };
    }
  } catch (error) {
    face.onError(error);
  }
}

/** Values that metadata would replace by a URI. */
function* bulkValues(dataSet: DataSet, above: number): Generator<BulkData> {
  for (const element of dataSet) {
    if (element.kind === "sequence") {
      for (const item of element.items) yield* bulkValues(item, above);
    } else if (element.kind === "encapsulated" || isPixelData(element.tag)) continue;
    else if (
      element.kind === "referenced" ||
      (vrDefinition(element.vr).kind === "bytes" && isBulk({ dataSet, element }, above))
    ) {
      yield { dataSet, element };
    }
  }
}
