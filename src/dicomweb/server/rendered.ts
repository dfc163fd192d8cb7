/**
 * WADO-RS: instances as pictures, videos and documents that any browser shows (PS3.18 10.4.1.1.3, 8.7.4).
 *
 * @module
 */

import type { Context } from "hono";
import { hasFrames, type ImageInstance } from "../../pixel_data/instance_frames.ts";
import {
  middleFrame,
  type PictureType,
  type RenderedPicture,
  renderFrame,
  renderIcon,
} from "../../pixel_data/rendering/render.ts";
import type { HeldInstance } from "../../query/instance_source.ts";
import { isInRange, type MediaRange } from "../media_range.ts";
import { acceptedBy, notAcceptable } from "./accepted.ts";
import { isKnown, respond } from "./body.ts";
import type { DicomwebFace } from "./face.ts";
import { instanceUrl } from "./instance_url.ts";
import { multipart } from "./multipart_body.ts";
import { type FrameFinder, unreadable } from "./opened_instance.ts";
import { type PathUids, pathUids } from "./path_uids.ts";
import { type Playable, playableOf } from "./playable.ts";
import { type PicturePart, respondWithPictures } from "./rendered_parts.ts";
import { imageToRender } from "./rendering_image.ts";
import { PICTURE_TYPES, pictureTypeIn, type RenderingParameters, renderingParameters } from "./rendering_parameters.ts";
import { representativeOf } from "./representative.ts";
import { RequestProblem } from "./request_problem.ts";
import type { Resource } from "./resource.ts";
import { frameIndices, readFrameNumbers } from "./retrieve_frames.ts";
import { instanceOf, instancesOf } from "./selection.ts";
import { frameTypesOf } from "./transfer_syntax_choice.ts";
import { warningHeader } from "./warnings.ts";

const INSTANCE = "/studies/:study/series/:series/instances/:instance";

const PATHS = [
  ["/studies/:study/rendered", "retrieveRenderedStudy", "A study as pictures"],
  ["/studies/:study/series/:series/rendered", "retrieveRenderedSeries", "A series as pictures"],
  [`${INSTANCE}/rendered`, "retrieveRenderedInstance", "An instance as a picture, a video or a document"],
  [`${INSTANCE}/frames/:frames/rendered`, "retrieveRenderedFrames", "Frames of an instance as pictures"],
] as const;

/** What a request for pictures needs besides its path. */
export interface Rendering {
  readonly face: DicomwebFace;
  readonly finder: FrameFinder;
  readonly parameters: RenderingParameters;
  readonly signal: AbortSignal;
}

/** Rendered studies, series, instances and frames. */
export function renderedResources(face: DicomwebFace, finder: FrameFinder): readonly Resource[] {
  const content = {
    "image/jpeg": {},
    "image/png": {},
    "image/gif": {},
    "video/mp4": {},
    "application/pdf": {},
    "multipart/related": {},
  };
  const answers = {
    200: { description: "The picture, video or document; alone, or pictures in a part each.", content },
    206: { description: "A range of it." },
    304: { description: "The client has it." },
  };
  return PATHS.map(([path, id, summary]): Resource => ({
    ...{ method: "GET", path, id, summary, answers },
    problems: ["UnknownResource", "RangeNotSatisfiable", "SourceFailed", "TooManyRenderings"],
    handle: (c) => retrieve(c, { face, finder, parameters: renderingParameters(c), signal: c.req.raw.signal }),
  }));
}

/** A form that a request accepts. */
export interface Wish {
  /** Range of media types: of a part, or of the body if that is single. */
  readonly type: string;
  readonly isMultipart: boolean;
}

/** The forms that a request accepts, the preferred one first. Any type at all means a single body. */
function wishesOf(ranges: readonly MediaRange[]): readonly Wish[] {
  return ranges.map(({ type, parameters }) => {
    const isMultipart = type !== "*/*" && isInRange("multipart/related", type);
    return { type: isMultipart ? parameters.get("type")?.toLowerCase() ?? "*/*" : type, isMultipart };
  });
}

async function retrieve(c: Context, rendering: Rendering): Promise<Response> {
  const { face, signal } = rendering;
  const uids = pathUids(c);
  const frames = c.req.param("frames");
  const numbers = frames === undefined ? undefined : readFrameNumbers(frames);
  const wishes = wishesOf(acceptedBy(c));
  if (uids.instance === undefined) {
    const [first] = wishes.filter(({ type }) => pictureTypeIn(type) !== undefined || PLAYABLE.has(type));
    const type = first?.isMultipart === true ? pictureTypeIn(first.type) : undefined;
    if (type !== undefined) return await respondWithAll(c, rendering, uids, type);
  }
  const chosen = uids.instance === undefined ? await representativeOf(face, uids, signal) : uids;
  const held = await instanceOf(face, chosen, signal);
  try {
    return await respondWithInstance(c, rendering, held, numbers, wishes);
  } catch (error) {
    throw unreadable(error);
  }
}

/** Media types that browsers play or show themselves, and the ranges that accept those. */
export const PLAYABLE: ReadonlySet<string> = new Set(["video/mp4", "application/pdf", "video/*", "application/*"]);

/** Every frame of every image of a study or series, in parts that are made while they are sent. */
async function respondWithAll(c: Context, rendering: Rendering, uids: PathUids, type: PictureType): Promise<Response> {
  const { face, finder, signal } = rendering;
  const url = face.urlFor(c);
  async function* pictures(): AsyncGenerator<PicturePart> {
    for await (const held of instancesOf(face, uids, signal)) {
      try {
        const image = await imageToRender(finder, held);
        if (image === undefined || !hasFrames(image)) continue;
        const indices = Array.from({ length: image.frames?.count ?? 0 }, (_, index) => index);
        const location = instanceUrl(url, image.dataSet, uids);
        for (const index of indices) yield partOf(await render(rendering, image, index, type, true), location, index);
      } catch (error) {
        signal.throwIfAborted();
        face.onError(error);
      }
    }
  }
  return await respondWithPictures(c, type, pictures(), headersOf(rendering));
}

/** An instance in the first possible form of those that the request accepts; `numbers` are of frames, from 1. */
export async function respondWithInstance(
  c: Context,
  rendering: Rendering,
  held: HeldInstance,
  numbers: readonly number[] | undefined,
  wishes: readonly Wish[],
): Promise<Response> {
  const playable = numbers === undefined ? await playableOf(held) : undefined;
  for (const { type, isMultipart } of wishes) {
    if (playable !== undefined && isInRange(playable.type, type)) {
      return await respondWithPlayable(c, held, playable, isMultipart);
    }
    const picture = pictureTypeIn(type);
    // Only parts can hold several frames.
    const isInParts = isMultipart || (type === "*/*" && (numbers?.length ?? 1) > 1);
    if (picture === undefined || (!isInParts && (numbers?.length ?? 1) > 1)) continue;
    return await respondWithFramesOf(c, rendering, held, { numbers, type: picture, isMultipart: isInParts });
  }
  const types = [...(playable === undefined ? [] : [playable.type]), ...PICTURE_TYPES];
  const expected = `${types.join(", ")}, or multipart/related with one of these as its type`;
  throw notAcceptable(c, expected);
}

async function respondWithPlayable(
  c: Context,
  { version }: HeldInstance,
  { type, segments }: Playable,
  isMultipart: boolean,
): Promise<Response> {
  const etag = version === undefined ? undefined : `${version}-${type.split("/")[1]}`;
  if (!isMultipart) return respond(c, { contentType: type, segments, etag });
  const part = { headers: { "Content-Type": type }, segments };
  return respond(c, await multipart(type, [part], etag && `${etag}-multipart`));
}

/** Which frames, and in which form. */
interface WantedFrames {
  /** From 1; undefined for all frames in parts, or for the one that represents the instance. */
  readonly numbers: readonly number[] | undefined;
  readonly type: PictureType;
  readonly isMultipart: boolean;
}

async function respondWithFramesOf(
  c: Context,
  rendering: Rendering,
  held: HeldInstance,
  { numbers, type, isMultipart }: WantedFrames,
): Promise<Response> {
  const { face, finder } = rendering;
  const image = await imageToRender(finder, held);
  const isImage = image !== undefined && hasFrames(image) && !isVideo(face, image);
  if (!isImage && numbers !== undefined) {
    throw new RequestProblem("UnknownResource", "There are no frames that can be rendered: the instance is no image");
  }
  if (!isImage) return await respondWithIcon(c, rendering, held, type);
  const count = image.frames?.count ?? 0;
  const all = Array.from({ length: count }, (_, index) => index);
  const indices = numbers !== undefined ? frameIndices(numbers, count) : isMultipart ? all : [middleFrame(image)];
  if (!isMultipart) {
    const index = indices[0]!;
    return await respondWithOne(c, rendering, held, `${type}-${index}`, () => render(rendering, image, index, type));
  }
  const location = instanceUrl(face.urlFor(c), image.dataSet, {});
  async function* pictures(): AsyncGenerator<PicturePart> {
    for (const [place, index] of indices.entries()) {
      try {
        yield partOf(await render(rendering, image!, index, type, place > 0), location, index);
      } catch (error) {
        if (place === 0) throw error;
        rendering.signal.throwIfAborted();
        face.onError(error);
      }
    }
  }
  return await respondWithPictures(c, type, pictures(), headersOf(rendering));
}

/** Whether the frames are those of a video, which no codec here decodes. */
function isVideo({ codecs }: DicomwebFace, { transferSyntax }: ImageInstance): boolean {
  return !codecs.canDecode(transferSyntax) && frameTypesOf(transferSyntax).some((type) => type.startsWith("video/"));
}

async function respondWithIcon(
  c: Context,
  rendering: Rendering,
  held: HeldInstance,
  type: PictureType,
): Promise<Response> {
  const { face: { codecs, turns }, parameters, signal } = rendering;
  const draw = () => renderIcon(held.sopClassUid, codecs, { ...parameters, type, signal });
  return await respondWithOne(c, rendering, held, `${type}-icon`, () => turns.run(draw, { signal }));
}

async function respondWithOne(
  c: Context,
  rendering: Rendering,
  { version }: HeldInstance,
  name: string,
  render: () => Promise<RenderedPicture>,
): Promise<Response> {
  const etag = version === undefined ? undefined : `${version}-${name.replace("/", "-")}-${rendering.parameters.key}`;
  const headers = headersOf(rendering);
  const contentType = PICTURE_TYPES.find((type) => name.startsWith(type)) ?? "image/jpeg";
  if (isKnown(c, etag)) return respond(c, { contentType, segments: [], etag, headers });
  const { type, bytes } = await render();
  return respond(c, { contentType: type, segments: [bytes], etag, headers });
}

async function render(
  { face: { codecs, turns }, parameters, signal }: Rendering,
  image: ImageInstance,
  index: number,
  type: PictureType,
  isBegun = false,
): Promise<RenderedPicture> {
  checkPart(image, parameters);
  const work = () => renderFrame(image, index, codecs, { ...parameters, type, signal });
  return await turns.run(work, { signal, isBegun });
}

/** If the part lies outside the image, the request is at fault. */
function checkPart(
  { dataSet }: ImageInstance,
  { viewport: { left = 0, top = 0 } = { width: 1, height: 1 } }: RenderingParameters,
): void {
  const { Rows = 0, Columns = 0 } = dataSet.attributes;
  if (left < Columns && top < Rows) return;
  const detail = `The viewport begins at ${left},${top}, outside of the ${Columns} by ${Rows} pixels of the frame`;
  throw new RequestProblem("InvalidRequest", detail);
}

function partOf({ bytes }: RenderedPicture, location: string, index: number): PicturePart {
  return { bytes, location: `${location}/frames/${index + 1}/rendered` };
}

function headersOf({ face, parameters: { warnings } }: Rendering): Record<string, string> {
  return warnings.length === 0 ? {} : { Warning: warningHeader(face, warnings) };
}
