/**
 * WADO-RS: thumbnails of studies, series, instances and frames (PS3.18 10.4.1.1.5). Instances without images get an icon.
 *
 * @module
 */

import type { Context } from "hono";
import { hasFrames, type ImageInstance } from "../../pixel_data/instance_frames.ts";
import { PixelDataError } from "../../pixel_data/pixel_data_error.ts";
import {
  type PictureType,
  type RenderedPicture,
  renderIcon,
  renderThumbnail,
} from "../../pixel_data/rendering/render.ts";
import type { HeldInstance } from "../../query/instance_source.ts";
import { acceptedBy, notAcceptable } from "./accepted.ts";
import { isKnown, respond } from "./body.ts";
import type { DicomwebFace } from "./face.ts";
import type { FrameFinder } from "./opened_instance.ts";
import { pathUids } from "./path_uids.ts";
import { imageToRender } from "./rendering_image.ts";
import { PICTURE_TYPES, pictureTypeIn, type RenderingParameters, renderingParameters } from "./rendering_parameters.ts";
import { representativeOf } from "./representative.ts";
import { RequestProblem } from "./request_problem.ts";
import type { Resource } from "./resource.ts";
import { frameIndices, readFrameNumbers } from "./retrieve_frames.ts";
import { instanceOf } from "./selection.ts";
import { KeptPictures } from "./kept_pictures.ts";
import { warningHeader } from "./warnings.ts";

const INSTANCE = "/studies/:study/series/:series/instances/:instance";

const PATHS = [
  ["/studies/:study/thumbnail", "retrieveStudyThumbnail", "A small picture of a study"],
  ["/studies/:study/series/:series/thumbnail", "retrieveSeriesThumbnail", "A small picture of a series"],
  [`${INSTANCE}/thumbnail`, "retrieveInstanceThumbnail", "A small picture of an instance"],
  [`${INSTANCE}/frames/:frames/thumbnail`, "retrieveFrameThumbnail", "A small picture of a frame"],
] as const;

/** The resources of thumbnails. The latest ones are kept. */
export function thumbnailResources(face: DicomwebFace, finder: FrameFinder): readonly Resource[] {
  const kept = new KeptPictures(face.memoryShare);
  const answers = {
    200: {
      description: "The picture, or an icon for an instance that is no image.",
      content: { "image/jpeg": {}, "image/png": {}, "image/gif": {} },
    },
    206: { description: "A range of it." },
    304: { description: "The client has it." },
  };
  return PATHS.map(([path, id, summary]): Resource => ({
    ...{ method: "GET", path, id, summary, answers },
    problems: ["UnknownResource", "RangeNotSatisfiable", "SourceFailed", "TooManyRenderings"],
    handle: (c) => retrieve(c, face, finder, kept),
  }));
}

async function retrieve(
  c: Context,
  face: DicomwebFace,
  finder: FrameFinder,
  kept: KeptPictures,
): Promise<Response> {
  const { signal } = c.req.raw;
  const uids = pathUids(c);
  const parameters = renderingParameters(c);
  const frame = frameOf(c);
  const type = typeFor(c);
  const chosen = uids.instance === undefined ? await representativeOf(face, uids, signal) : uids;
  const held = await instanceOf(face, chosen, signal);
  const name = `thumbnail-${type.slice("image/".length)}-${frame ?? ""}-${parameters.key}`;
  const etag = held.version === undefined ? undefined : `${held.version}-${name}`;
  const { warnings } = parameters;
  const headers = warnings.length === 0 ? {} : { Warning: warningHeader(face, warnings) };
  if (isKnown(c, etag)) return respond(c, { contentType: type, segments: [], etag, headers });
  const key = etag && `${held.sopInstanceUid} ${etag}`;
  const known = key === undefined ? undefined : kept.get(key);
  if (known !== undefined) return respond(c, { contentType: type, segments: [known], etag, headers });
  const { picture, isLasting } = await draw(face, finder, held, { parameters, type, frame, signal });
  const { bytes } = picture;
  if (key !== undefined && isLasting) kept.put(key, bytes);
  return respond(c, { contentType: type, segments: [bytes], etag: isLasting ? etag : undefined, headers });
}

/** The frame in the path, from 1; undefined if the path names none. */
function frameOf(c: Context): number | undefined {
  const text = c.req.param("frames");
  const numbers = text === undefined ? [] : readFrameNumbers(text);
  if (numbers.length <= 1) return numbers[0];
  throw new RequestProblem("InvalidRequest", `Cannot give ${numbers.length} frames as one thumbnail, expected one`);
}

function typeFor(c: Context): PictureType {
  const types = acceptedBy(c).flatMap(({ type }) => pictureTypeIn(type) ?? []);
  if (types[0] !== undefined) return types[0];
  throw notAcceptable(c, `${PICTURE_TYPES.join(" or ")}`);
}

/** The thumbnail to make. */
interface Wanted {
  readonly parameters: RenderingParameters;
  readonly type: PictureType;
  readonly frame: number | undefined;
  readonly signal: AbortSignal;
}

/** A picture; an icon that only stands in for the moment is not lasting. */
interface Drawn {
  readonly picture: RenderedPicture;
  readonly isLasting: boolean;
}

async function draw(
  { codecs, turns, onError }: DicomwebFace,
  finder: FrameFinder,
  held: HeldInstance,
  { parameters: { viewport, quality }, type, frame, signal }: Wanted,
): Promise<Drawn> {
  const options = { type, viewport, quality, signal };
  const image = await imageOrNone(finder, held, onError);
  const icon = () => renderIcon(held.sopClassUid, codecs, options);
  if (image === undefined || !hasFrames(image)) return { picture: await turns.run(icon, { signal }), isLasting: true };
  const index = frame === undefined ? undefined : frameIndices([frame], image.frames?.count ?? 0)[0];
  let isLasting = true;
  const onProblem = (error: unknown) => {
    isLasting = error instanceof PixelDataError && LASTING.has(error.reason);
    // An instance that no codec here decodes, such as a video, is not reported to the operator.
    if (!isLasting) onError(error);
  };
  const picture = await turns.run(() => renderThumbnail(image, codecs, { ...options, frame: index, onProblem }), {
    signal,
  });
  return { picture, isLasting };
}

/** Reasons for which a frame can never be rendered. */
const LASTING: ReadonlySet<string> = new Set(["malformed", "unsupported"]);

/** The image, or undefined if the instance has none or cannot be read as one. */
async function imageOrNone(
  finder: FrameFinder,
  held: HeldInstance,
  onError: (error: unknown) => void,
): Promise<ImageInstance | undefined> {
  try {
    return await imageToRender(finder, held);
  } catch (error) {
    if (!(error instanceof RequestProblem && error.problem === "NotAcceptable")) throw error;
    onError(error);
    return undefined;
  }
}
