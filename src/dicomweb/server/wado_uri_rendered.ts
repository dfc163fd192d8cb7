/**
 * Pictures by WADO-URI (PS3.18 9.5), whose parameters have other names than those of WADO-RS.
 *
 * @module
 */

import type { Context } from "hono";
import { hasFrames, type ImageInstance } from "../../pixel_data/instance_frames.ts";
import type { Viewport } from "../../pixel_data/rendering/viewport.ts";
import type { HeldInstance } from "../../query/instance_source.ts";
import type { DicomwebFace } from "./face.ts";
import { type FrameFinder, unreadable } from "./opened_instance.ts";
import { respondWithInstance } from "./rendered.ts";
import { imageToRender } from "./rendering_image.ts";
import { isSide, type ParameterOf, readRendering, warningsOf, withKey } from "./rendering_parameters.ts";
import { RequestProblem, wrongParameter } from "./request_problem.ts";
import { readFrameNumbers } from "./retrieve_frames.ts";

/** What rendering needs besides the request. */
export interface UriRendering {
  readonly face: DicomwebFace;
  readonly finder: FrameFinder;
  /** Parameters by their names in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** Whether an instance is an image of one frame, which is a picture unless the request says otherwise (PS3.18 8.7.4). */
export async function isSingleFrame(finder: FrameFinder, held: HeldInstance): Promise<boolean> {
  const image = await imageToRender(finder, held).catch(() => undefined);
  return image !== undefined && hasFrames(image) && image.frames?.count === 1;
}

/**
 * The answer with one frame of an instance, or with its video or document, as `type` says. Throws `RequestProblem` for
 * parameters that are invalid, and for frames that cannot be rendered.
 */
export async function respondWithPicture(
  c: Context,
  held: HeldInstance,
  type: string,
  { face, finder, parameters }: UriRendering,
): Promise<Response> {
  const of: ParameterOf = (name) => parameters.get(name);
  refuse(of);
  const frame = of("framenumber") || undefined;
  const numbers = frame === undefined ? undefined : readFrameNumbers(frame);
  if (numbers !== undefined && numbers.length !== 1) throw wrongParameter("frameNumber", frame, "one frame number");
  try {
    const image = await imageToRender(finder, held);
    const read = readRendering((name) => rsValueOf(name, of), (name) => uriNameOf(name, of));
    const viewport = read.viewport ?? (image && viewportOf(image, of));
    const wanted = { ...read, ...(viewport !== undefined && { viewport }) };
    const rendering = { face, finder, parameters: withKey(wanted, warningsOf(of)), signal: c.req.raw.signal };
    return await respondWithInstance(c, rendering, held, numbers, [{ type, isMultipart: false }]);
  } catch (error) {
    throw unreadable(error);
  }
}

/** Refuses parameters that must not be ignored: the picture would show something else, or more, than the client wants. */
function refuse(of: ParameterOf): void {
  if (of("presentationuid")) {
    throw new RequestProblem("NotAcceptable", "Presentation states are not applied: expected no presentationUID");
  }
}

/** The value of the WADO-RS parameter with the same meaning. */
function rsValueOf(name: string, of: ParameterOf): string | undefined {
  if (name === "quality") return of("imagequality") || of(name);
  if (name !== "window") return of(name);
  const [center, width] = [of("windowcenter") || undefined, of("windowwidth") || undefined];
  if (center === undefined && width === undefined) return of(name);
  if (center === undefined) throw wrongParameter("windowCenter", undefined, "one beside windowWidth");
  if (width === undefined) throw wrongParameter("windowWidth", undefined, "one beside windowCenter");
  return `${center},${width},linear`;
}

/** The name that the request uses for a parameter of WADO-RS. */
function uriNameOf(name: string, of: ParameterOf): string {
  if (name === "quality" && of("imagequality")) return "imageQuality";
  return name === "window" && of("windowcenter") ? "windowCenter,windowWidth" : name;
}

/** The part that `region` names, no larger than `rows` and `columns` allow. */
function viewportOf({ dataSet }: ImageInstance, of: ParameterOf): Viewport | undefined {
  const [rows, columns] = [sideOf("rows", of), sideOf("columns", of)];
  const region = regionOf(of("region") || undefined);
  if (rows === undefined && columns === undefined && region === undefined) return undefined;
  const { Rows = 1, Columns = 1 } = dataSet.attributes;
  const [left, top, right, bottom] = region ?? [0, 0, 1, 1];
  const part = { left: Math.floor(left * Columns), top: Math.floor(top * Rows) };
  const partWidth = Math.max(1, Math.round((right - left) * Columns));
  const partHeight = Math.max(1, Math.round((bottom - top) * Rows));
  // If the request gives one side, the other follows from the part's shape.
  const width = columns ?? (rows === undefined ? partWidth : Math.max(1, Math.ceil(partWidth * rows / partHeight)));
  const height = rows ??
    (columns === undefined ? partHeight : Math.max(1, Math.ceil(partHeight * columns / partWidth)));
  if (!isSide(width) || !isSide(height)) {
    const name = rows === undefined ? "columns" : "rows";
    throw wrongParameter(name, of(name), `what makes at most 16384 rows and columns, not ${height} by ${width}`);
  }
  return { width, height, ...part, partWidth, partHeight };
}

function sideOf(name: "rows" | "columns", of: ParameterOf): number | undefined {
  const text = of(name) || undefined;
  if (text === undefined) return undefined;
  if (/^\d{1,5}$/.test(text) && isSide(Number(text))) return Number(text);
  throw wrongParameter(name, text, "a whole number from 1 to 16384");
}

/** The ends of a part, each from 0 to 1 (PS3.18 9.5.1.2.3). */
function regionOf(text: string | undefined): readonly [number, number, number, number] | undefined {
  if (text === undefined) return undefined;
  const numbers = text.split(",").map((part) =>
    /^\s*(\d{1,9}(\.\d{0,9})?|\.\d{1,9})\s*$/.test(part) ? Number(part) : NaN
  );
  const [left = NaN, top = NaN, right = NaN, bottom = NaN] = numbers;
  if (numbers.length === 4 && left < right && top < bottom && right <= 1 && bottom <= 1) {
    return [left, top, right, bottom];
  }
  throw wrongParameter("region", text, "xmin,ymin,xmax,ymax: numbers from 0 to 1, each lesser than its greater one");
}
