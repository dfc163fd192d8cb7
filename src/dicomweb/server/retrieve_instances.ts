/**
 * WADO-RS: studies, series and instances as files (PS3.18 10.4, Table 10.4.1-1).
 *
 * @module
 */

import type { Context } from "hono";
import type { FrameCodecs } from "../../pixel_data/frame_codecs.ts";
import type { HeldInstance } from "../../query/instance_source.ts";
import { concatenate } from "../../streams/concatenate.ts";
import { streamOf } from "../../streams/stream_of.ts";
import { isInRange, type MediaRange } from "../media_range.ts";
import { makeBoundary, partHead, partsEnd } from "../multipart_writer.ts";
import { acceptedBy, notAcceptable } from "./accepted.ts";
import { chunksOf, lengthOf, respond, type Segment } from "./body.ts";
import { retrieveBulkData } from "./retrieve_bulk_data.ts";
import type { DicomwebFace } from "./face.ts";
import { begun, DICOM, fileOf, fileType, type InstanceFile, respondWithFile } from "./instance_file.ts";
import { multipart, multipartType, type Part } from "./multipart_body.ts";
import { type PathUids, pathUids } from "./path_uids.ts";
import { RequestProblem } from "./request_problem.ts";
import type { Resource } from "./resource.ts";
import { instanceOf, instancesOf, sourceOf, unknown, whileSent } from "./selection.ts";
import { OCTETS, possibleSyntaxes, syntaxOfFile } from "./transfer_syntax_choice.ts";
import { warningHeader } from "./warnings.ts";

const PATHS = [
  ["/studies/:study", "retrieveStudy", "All instances of a study"],
  ["/studies/:study/series/:series", "retrieveSeries", "All instances of a series"],
  ["/studies/:study/series/:series/instances/:instance", "retrieveInstance", "An instance"],
] as const;

/** Studies, series and instances. */
export function instanceResources(face: DicomwebFace): readonly Resource[] {
  const answers = {
    200: { description: "The instances as files.", content: { "multipart/related": {}, [DICOM]: {} } },
    206: { description: "Some of the instances could not be read, and are left out; or a range of an instance." },
    304: { description: "The client has it." },
  };
  return PATHS.map(([path, id, summary]): Resource => ({
    method: "GET",
    path,
    id,
    summary,
    answers,
    problems: ["UnknownResource", "RangeNotSatisfiable", "SourceFailed"],
    handle: (c) => retrieve(c, face),
  }));
}

async function retrieve(c: Context, face: DicomwebFace): Promise<Response> {
  const uids = pathUids(c);
  const ranges = acceptedBy(c);
  const choice = ranges.map(fileChoice).find((choice) => choice !== undefined);
  if (choice === "bulk-data") return await retrieveBulkData(c, face, uids);
  if (choice === undefined) throw notAcceptableFile(c);
  const ofFiles = ranges.filter((range) => fileChoice(range) === "multipart" || fileChoice(range) === "single");
  if (uids.instance !== undefined) return await retrieveOne(c, face, uids, ofFiles);
  return await retrieveAll(c, face, uids, ofFiles);
}

/** What a range accepts here; any type at all means multipart, which is the default, too. */
function fileChoice({ type, parameters }: MediaRange): "multipart" | "single" | "bulk-data" | undefined {
  if (isInRange("multipart/related", type)) {
    const inner = parameters.get("type")?.toLowerCase() ?? DICOM;
    if (isInRange(DICOM, inner)) return "multipart";
    return inner === OCTETS ? "bulk-data" : undefined;
  }
  return isInRange(DICOM, type) ? "single" : undefined;
}

function notAcceptableFile(c: Context, stored?: string, codecs?: FrameCodecs): RequestProblem {
  const found = stored === undefined || codecs === undefined ? "" : `; ${possibleSyntaxes(stored, codecs)}`;
  const expected = `multipart/related; type="${DICOM}"; transfer-syntax=*, or ${DICOM}; transfer-syntax=*`;
  return notAcceptable(c, `${expected}${found}`);
}

async function retrieveOne(
  c: Context,
  face: DicomwebFace,
  uids: PathUids,
  ranges: readonly MediaRange[],
): Promise<Response> {
  const held = await instanceOf(face, uids, c.req.raw.signal);
  const { codecs } = face;
  const range = ranges.find((range) => syntaxOfFile(held.transferSyntax, range, codecs) !== undefined);
  if (range === undefined) throw notAcceptableFile(c, held.transferSyntax, codecs);
  await checkThere(face, held);
  const file = fileOf(held, syntaxOfFile(held.transferSyntax, range, codecs)!, codecs);
  if (fileChoice(range) === "single") return await respondWithFile(c, file);
  const isBodiless = c.req.raw.method === "HEAD";
  return respond(c, await multipart(DICOM, [partOf(isBodiless ? file : await begun(file))], file.etag));
}

/** Throws `RequestProblem` if the bytes of an instance are missing. */
export async function checkThere(face: DicomwebFace, held: HeldInstance): Promise<void> {
  try {
    await held.check?.();
  } catch (error) {
    face.onError(error);
    throw new RequestProblem("SourceFailed", "The instance is known, and its bytes can't be read; the log says why");
  }
}

function partOf(file: InstanceFile): Part {
  return { headers: { "Content-Type": fileType(file) }, segments: file.segments };
}

/** Most instances that are checked before the first is sent, so that the header can state how many are missing. */
const LOOKED_AT = 2_000;

async function retrieveAll(
  c: Context,
  face: DicomwebFace,
  uids: PathUids,
  ranges: readonly MediaRange[],
): Promise<Response> {
  const { signal, onCancel } = whileSent(c);
  const found = instancesOf(face, uids, signal)[Symbol.asyncIterator]();
  const gathered = await gather(face, found, ranges);
  // A client reads no body in answer to HEAD, whose end would end the source.
  if (c.req.method === "HEAD") await found.return?.();
  const { files, refused, missing, isAll } = gathered;
  if (files.length === 0 && isAll) {
    if (refused !== undefined) throw notAcceptableFile(c, refused, face.codecs);
    if (missing > 0) throw new RequestProblem("SourceFailed", "None of the instances can be read; the log says why");
    throw unknown(uids);
  }
  const left = missing + gathered.refusedCount;
  const warnings = left === 0 ? [] : [`${left} instances can't be given, and are left out`];
  const boundary = makeBoundary();
  const headers: Record<string, string> = {
    "Content-Type": multipartType(DICOM, boundary),
    "Cache-Control": "private, no-cache, no-transform",
    "Vary": "Accept",
    ...(warnings.length > 0 && { Warning: warningHeader(face, warnings) }),
  };
  const rest = isAll ? undefined : laterFiles(c, face, found, ranges);
  const length = isAll ? lengthOf(wholeOf(boundary, files)) : undefined;
  const parts = partsOf(face, boundary, { files, rest, isPromised: length !== undefined });
  const body = streamOf(parts, { onCancel, held: [found] });
  if (length !== undefined) headers["Content-Length"] = String(length);
  return c.body(body, left > 0 ? 206 : 200, headers);
}

interface Gathered {
  readonly files: readonly InstanceFile[];
  /** Transfer syntax of an instance that is not acceptable as it is stored. */
  readonly refused: string | undefined;
  readonly refusedCount: number;
  /** Number of instances whose bytes are missing. */
  readonly missing: number;
  /** Whether these are all instances. */
  readonly isAll: boolean;
}

/** The first instances: those that can be read at any time, or a single one of a source that gives them in turn. */
async function gather(
  face: DicomwebFace,
  found: AsyncIterator<HeldInstance>,
  ranges: readonly MediaRange[],
): Promise<Gathered> {
  const files: InstanceFile[] = [];
  let [refused, refusedCount, missing] = [undefined as string | undefined, 0, 0];
  for (let count = 0; count < LOOKED_AT; count++) {
    const next = await found.next();
    if (next.done === true) return { files, refused, refusedCount, missing, isAll: true };
    const held = next.value;
    const file = acceptableFile(held, ranges, face.codecs);
    if (file === undefined) {
      refused = held.transferSyntax;
      refusedCount++;
      continue;
    }
    try {
      await held.check?.();
      files.push(file);
    } catch (error) {
      face.onError(error);
      missing++;
    }
    // Once the client can get one, it does not wait for later ones.
    if (files.length > 0 && (held.part === undefined || sourceOf(face).arriving)) break;
  }
  return { files, refused, refusedCount, missing, isAll: false };
}

function acceptableFile(
  held: HeldInstance,
  ranges: readonly MediaRange[],
  codecs: FrameCodecs,
): InstanceFile | undefined {
  for (const range of ranges) {
    const syntax = syntaxOfFile(held.transferSyntax, range, codecs);
    if (syntax !== undefined) return fileOf(held, syntax, codecs);
  }
  return undefined;
}

async function* laterFiles(
  c: Context,
  face: DicomwebFace,
  found: AsyncIterator<HeldInstance>,
  ranges: readonly MediaRange[],
): AsyncGenerator<InstanceFile> {
  try {
    for (let next = await found.next(); next.done !== true; next = await found.next()) {
      const file = acceptableFile(next.value, ranges, face.codecs);
      if (file !== undefined) yield file;
      else face.onError(notAcceptableFile(c, next.value.transferSyntax));
    }
  } finally {
    await found.return?.();
  }
}

const encoder = new TextEncoder();

function wholeOf(boundary: string, files: readonly InstanceFile[]): Segment[] {
  const heads = files.map((file, index) => encoder.encode(partHead(boundary, partOf(file).headers, index === 0)));
  return [...heads, ...files.flatMap(({ segments }) => segments), encoder.encode(partsEnd(boundary))];
}

/** The parts of an answer. */
interface Parts {
  readonly files: readonly InstanceFile[];
  readonly rest: AsyncGenerator<InstanceFile> | undefined;
  /** Whether the answer has stated its length. */
  readonly isPromised: boolean;
}

/**
 * The parts one after the other. A part that cannot be opened is left out, since none of it was sent. The body ends with an
 * error if a part cannot be read to its end, or if the stated length does not hold any more.
 */
async function* partsOf(
  face: DicomwebFace,
  boundary: string,
  { files, rest, isPromised }: Parts,
): AsyncGenerator<Uint8Array, void> {
  let isFirst = true;
  const all = async function* () {
    yield* files;
    if (rest !== undefined) yield* rest;
  };
  for await (const wanted of all()) {
    let file: InstanceFile;
    try {
      file = await begun(wanted);
    } catch (error) {
      face.onError(error);
      continue;
    }
    const [head, ...segments] = file.segments;
    const chunks = chunksOf(segments);
    try {
      let next: IteratorResult<Uint8Array, void>;
      try {
        next = await chunks.next();
      } catch (error) {
        face.onError(error);
        if (isPromised) throw error;
        continue;
      }
      yield concatenate([encoder.encode(partHead(boundary, partOf(file).headers, isFirst)), head as Uint8Array]);
      isFirst = false;
      for (; next.done !== true; next = await chunks.next()) yield next.value;
    } finally {
      await chunks.return().catch(() => {}); // It may have failed.
    }
  }
  yield encoder.encode(partsEnd(boundary, isFirst));
}
