/**
 * WADO-RS: frames (PS3.18 10.4, Table 10.4.1-4).
 *
 * @module
 */

import type { Context } from "hono";
import type { PixelFrame } from "../../dicom/data_set/frames/pixel_frame.ts";
import { isConvertible } from "../../dicom/conversion/convert_transfer_syntax.ts";
import type { FrameCodecs } from "../../pixel_data/frame_codecs.ts";
import { frameIn } from "../../pixel_data/instance_frames.ts";
import { streamOf } from "../../streams/stream_of.ts";
import { isInRange } from "../media_range.ts";
import { acceptedBy, notAcceptable } from "./accepted.ts";
import { isKnown, respond, type Segment } from "./body.ts";
import { segmentOf } from "./bulk_values.ts";
import { hexDigest } from "./digest.ts";
import type { DicomwebFace } from "./face.ts";
import { multipart, type Part } from "./multipart_body.ts";
import { type FoundFrames, type FrameFinder, imageOf, unreadable } from "./opened_instance.ts";
import { pathUids } from "./path_uids.ts";
import { RequestProblem, shown } from "./request_problem.ts";
import type { Resource } from "./resource.ts";
import { instanceOf } from "./selection.ts";
import { choiceOfFrame, type FrameChoice, frameTypesOf, OCTETS, possibleSyntaxes } from "./transfer_syntax_choice.ts";

/** Most frames of one request. */
const MAXIMUM_FRAMES = 10_000;

/** Frames of an instance. */
export function frameResources(face: DicomwebFace, finder: FrameFinder): readonly Resource[] {
  return [{
    method: "GET",
    path: "/studies/:study/series/:series/instances/:instance/frames/:frames",
    id: "retrieveFrames",
    summary: "Frames of an instance, each in a part, or a single one",
    answers: {
      200: {
        description: "The frames, as they are stored or in the requested transfer syntax.",
        content: { "multipart/related": {}, [OCTETS]: {} },
      },
      206: { description: "A range of the frame." },
      304: { description: "The client has them." },
    },
    problems: ["UnknownResource", "RangeNotSatisfiable", "SourceFailed", "TooManyRenderings"],
    handle: (c) => retrieve(c, face, finder),
  }];
}

async function retrieve(c: Context, face: DicomwebFace, finder: FrameFinder): Promise<Response> {
  const uids = pathUids(c);
  const numbers = readFrameNumbers(c.req.param("frames") ?? "");
  const found = await finder.framesOf(await instanceOf(face, uids, c.req.raw.signal));
  const indices = frameIndices(numbers, found.frames.count);
  const name = numbers.join("+");
  // Clients limit the length of headers.
  return await respondWithFrames(c, face, found, indices, name.length > LONGEST_NAME ? await hexDigest(name) : name);
}

/** Most characters of an entity tag for numbers of frames. */
const LONGEST_NAME = 64;

/** Numbers from 1 as indices from 0. Throws `RequestProblem` for one beyond the last. */
export function frameIndices(numbers: readonly number[], count: number): readonly number[] {
  const beyond = numbers.find((number) => number > count);
  if (beyond === undefined) return numbers.map((number) => number - 1);
  throw new RequestProblem("UnknownResource", `There is no frame ${beyond}: the instance has ${count}`);
}

/** The frame numbers of a path. Throws `RequestProblem` for anything else. */
export function readFrameNumbers(text: string): readonly number[] {
  const parts = text.split(",");
  const found = parts.find((part) => !/^0*[1-9]\d{0,8}$/.test(part.trim()));
  if (found !== undefined) {
    const expected = "numbers from 1 with commas between them";
    throw new RequestProblem(
      "InvalidRequest",
      `Cannot understand the frames: found ${shown(found, 20)}, expected ${expected}`,
    );
  }
  if (parts.length <= MAXIMUM_FRAMES) return parts.map(Number);
  throw new RequestProblem("InvalidRequest", `Cannot give ${parts.length} frames, expected at most ${MAXIMUM_FRAMES}`);
}

/** The form in which a request gets frames: media type, and number of parts. */
interface Form extends FrameChoice {
  readonly isMultipart: boolean;
}

/**
 * Frames in the form that the request accepts, by their indices; `name` distinguishes them from others of the instance. Throws
 * `RequestProblem` if no form is possible.
 */
export async function respondWithFrames(
  c: Context,
  face: DicomwebFace,
  { opened, frames }: FoundFrames,
  indices: readonly number[],
  name: string,
): Promise<Response> {
  const { held: { version }, head } = opened;
  const form = formOf(c, head.transferSyntax, indices.length, face.codecs);
  const contentType = `${form.type}; transfer-syntax=${form.transferSyntax}`;
  const suffix = form.isStored ? "" : `-${form.transferSyntax}`;
  const etag = version === undefined ? undefined : `${version}-${name}-${form.type.split("/")[1]}${suffix}`;
  // Frames that the client has are not decoded once more.
  if (c.req.header("if-none-match") !== undefined) {
    const known = form.isMultipart ? (await multipart(form.type, [], etag && `${etag}-multipart`)).etag : etag;
    if (isKnown(c, known)) return respond(c, { contentType, segments: [], etag: known });
  }
  try {
    const segments = form.isStored
      ? await Promise.all(indices.map(async (index) => segmentsOf(await frames.frame(index))))
      : await transcodedSegments(face, { opened, frames }, form.transferSyntax, indices, c.req.raw.signal);
    if (!form.isMultipart) return respond(c, { contentType, segments: segments[0]!, etag });
    const parts = segments.map((one): Part => ({ headers: { "Content-Type": contentType }, segments: one }));
    return respond(c, await multipart(form.type, parts, etag && `${etag}-multipart`));
  } catch (error) {
    throw unreadable(error);
  }
}

/** Frames in another transfer syntax: the first is made at once, so that its errors reach the client; the others later. */
async function transcodedSegments(
  { codecs, turns }: DicomwebFace,
  found: FoundFrames,
  transferSyntax: string,
  indices: readonly number[],
  signal: AbortSignal,
): Promise<readonly (readonly Segment[])[]> {
  const image = imageOf(found);
  const bytesOf = (index: number, isBegun: boolean) =>
    turns.run(async () => (await frameIn(transferSyntax, image, index, codecs, { signal })).bytes, { signal, isBegun });
  const first = await bytesOf(indices[0]!, false);
  // Native frames have the same length; the length of others is unknown.
  const length = isConvertible(transferSyntax) ? first.length : undefined;
  const later = (index: number): Segment => ({
    length,
    open: (start, end) =>
      streamOf((async function* () {
        yield (await bytesOf(index, true)).subarray(start, end);
      })()),
  });
  return indices.map((index, place) => [place === 0 ? first : later(index)]);
}

function segmentsOf(frame: PixelFrame): readonly Segment[] {
  return frame.parts.map((part): Segment => part instanceof Uint8Array ? part : segmentOf(part));
}

function formOf(c: Context, stored: string, count: number, codecs: FrameCodecs): Form {
  for (const range of acceptedBy(c)) {
    if (range.type === "*/*") {
      const choice = choiceOfFrame(stored, "*/*", range, codecs);
      if (choice !== undefined) return { ...choice, isMultipart: true };
    }
    const isMultipart = isInRange("multipart/related", range.type);
    if (!isMultipart && count > 1) continue;
    const type = isMultipart ? range.parameters.get("type")?.toLowerCase() ?? "*/*" : range.type;
    const choice = choiceOfFrame(stored, type, range, codecs);
    if (choice !== undefined) return { ...choice, isMultipart };
  }
  const types = [OCTETS, ...frameTypesOf(stored)].map((type) => `"${type}"`).join(" or ");
  const expected = `multipart/related; type=${types}; transfer-syntax=*; ${possibleSyntaxes(stored, codecs)}`;
  throw notAcceptable(c, expected);
}
