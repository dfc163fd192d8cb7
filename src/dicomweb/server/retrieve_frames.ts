/**
 * WADO-RS: frames (PS3.18 10.4, Table 10.4.1-4).
 *
 * @module
 */

import type { Context } from "hono";
import type { PixelFrame } from "../../dicom/data_set/pixel_frame.ts";
import { isInRange, type MediaRange } from "../media_range.ts";
import { acceptedBy } from "./accepted.ts";
import { respond, type Segment } from "./body.ts";
import { segmentOf } from "./bulk_values.ts";
import { hexDigest } from "./digest.ts";
import type { DicomwebFace } from "./face.ts";
import { multipart, type Part } from "./multipart_body.ts";
import { FrameFinder, type OpenedInstance, unreadable } from "./opened_instance.ts";
import { pathUids } from "./path_uids.ts";
import { RequestProblem, type Resource } from "./resource.ts";
import { instanceOf } from "./selection.ts";
import { choiceOfFrame, type FrameChoice, frameTypesOf, OCTETS } from "./transfer_syntax_choice.ts";

/** Most frames of one request. */
const MAXIMUM_FRAMES = 10_000;

/** Frames of an instance. */
export function frameResources(face: DicomwebFace): readonly Resource[] {
  const finder = new FrameFinder();
  return [{
    method: "GET",
    path: "/studies/:study/series/:series/instances/:instance/frames/:frames",
    id: "retrieveFrames",
    summary: "Frames of an instance, each in a part, or a single one",
    answers: {
      200: { description: "The frames, as they are stored.", content: { "multipart/related": {}, [OCTETS]: {} } },
      206: { description: "A range of the frame." },
      304: { description: "The client has them." },
    },
    problems: ["UnknownResource", "RangeNotSatisfiable", "SourceFailed"],
    handle: (c) => retrieve(c, face, finder),
  }];
}

async function retrieve(c: Context, face: DicomwebFace, finder: FrameFinder): Promise<Response> {
  const uids = pathUids(c);
  const numbers = readNumbers(c.req.param("frames") ?? "");
  const held = await instanceOf(face, uids, c.req.raw.signal);
  const { opened, frames } = await finder.framesOf(held);
  const beyond = numbers.find((number) => number > frames.count);
  if (beyond !== undefined) {
    throw new RequestProblem("UnknownResource", `There is no frame ${beyond}: the instance has ${frames.count}`);
  }
  const wanted = await Promise.all(numbers.map((number) => frames.frame(number - 1))).catch((error) => {
    throw unreadable(error);
  });
  const name = numbers.join("+");
  // Clients take so many bytes of headers, and no more.
  return await respondWithFrames(c, opened, wanted, name.length > LONGEST_NAME ? await hexDigest(name) : name);
}

/** Characters of an entity tag that numbers of frames may take. */
const LONGEST_NAME = 64;

function readNumbers(text: string): readonly number[] {
  const parts = text.split(",");
  const found = parts.find((part) => !/^0*[1-9]\d{0,8}$/.test(part.trim()));
  if (found !== undefined) {
    const expected = "numbers from 1 with commas between them";
    throw new RequestProblem(
      "InvalidRequest",
      `Cannot understand the frames: found ${JSON.stringify(found.slice(0, 20))}, expected ${expected}`,
    );
  }
  if (parts.length <= MAXIMUM_FRAMES) return parts.map(Number);
  throw new RequestProblem("InvalidRequest", `Cannot give ${parts.length} frames, expected at most ${MAXIMUM_FRAMES}`);
}

/** How a request gets frames: with what choice of media type, and in how many parts. */
interface Form extends FrameChoice {
  readonly isMultipart: boolean;
}

/** Frames as the request wants them; `name` tells them from others of the instance. Throws `RequestProblem` where it can't be. */
export async function respondWithFrames(
  c: Context,
  { held, head }: OpenedInstance,
  frames: readonly PixelFrame[],
  name: string,
): Promise<Response> {
  const form = formOf(acceptedBy(c), head.transferSyntax, frames.length);
  const contentType = `${form.type}; transfer-syntax=${form.transferSyntax}`;
  const etag = held.version === undefined ? undefined : `${held.version}-${name}-${form.type.split("/")[1]}`;
  if (!form.isMultipart) return respond(c, { contentType, segments: segmentsOf(frames[0]!), etag });
  const parts = frames.map((frame): Part => ({
    headers: { "Content-Type": contentType },
    segments: segmentsOf(frame),
  }));
  return respond(c, await multipart(form.type, parts, etag && `${etag}-multipart`));
}

function segmentsOf(frame: PixelFrame): readonly Segment[] {
  return frame.parts.map((part): Segment => part instanceof Uint8Array ? part : segmentOf(part));
}

function formOf(ranges: readonly MediaRange[], stored: string, count: number): Form {
  for (const range of ranges) {
    if (range.type === "*/*") {
      const choice = choiceOfFrame(stored, "*/*", range);
      if (choice !== undefined) return { ...choice, isMultipart: true };
    }
    const isMultipart = isInRange("multipart/related", range.type);
    if (!isMultipart && count > 1) continue;
    const type = isMultipart ? range.parameters.get("type")?.toLowerCase() ?? "*/*" : range.type;
    const choice = choiceOfFrame(stored, type, range);
    if (choice !== undefined) return { ...choice, isMultipart };
  }
  const types = [OCTETS, ...frameTypesOf(stored)].map((type) => `"${type}"`).join(" or ");
  throw new RequestProblem(
    "NotAcceptable",
    `Expected Accept to have multipart/related; type=${types}; transfer-syntax=*, since the frames are stored in ${stored}`,
  );
}
