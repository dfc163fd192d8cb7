/**
 * Parameters of a picture, from the query of a request (PS3.18 8.3.5).
 *
 * @module
 */

import type { Context } from "hono";
import { PixelDataError } from "../../pixel_data/pixel_data_error.ts";
import type { PictureType } from "../../pixel_data/rendering/render.ts";
import { parseViewport, type Viewport } from "../../pixel_data/rendering/viewport.ts";
import type { Window, WindowFunction } from "../../pixel_data/rendering/window.ts";
import { isInRange } from "../media_range.ts";
import { wrongParameter } from "./request_problem.ts";

/** The parameters that a request has; those that it lacks are absent. */
export interface RenderingParameters {
  /** Part of the image, and size of the picture. */
  readonly viewport?: Viewport;
  /** The window, in values of the modality. */
  readonly window?: Window;
  /** Quality of a JPEG, 1 to 100. */
  readonly quality?: number;
  /** Whether overlays are drawn. */
  readonly overlays?: boolean;
  /** Whether display shutters cover their areas. */
  readonly shutters?: boolean;
  /** Whether the picture has the ICC profile of its image. */
  readonly iccProfile?: boolean;
  /** What the request asks for and the server does not do, as sentences for the header Warning. */
  readonly warnings: readonly string[];
  /** Distinguishes pictures of the same frame; without a comma or a quote. */
  readonly key: string;
}

/** Most columns, and rows. */
const MAXIMUM_SIDE = 16_384;

/** Reads the parameters. Throws `RequestProblem` for an invalid one. */
export function renderingParameters(c: Context): RenderingParameters {
  return withKey(readRendering((name) => c.req.query(name)), warningsOf((name) => c.req.query(name)));
}

/** The value of a parameter; undefined if the request lacks it. */
export type ParameterOf = (name: string) => string | undefined;

/** The parameters without those that follow from them. */
export type WantedRendering = Omit<RenderingParameters, "warnings" | "key">;

/**
 * Reads the parameters of a picture; `nameOf` gives the client's name of one. Throws `RequestProblem` for an invalid
 * one.
 */
export function readRendering(of: ParameterOf, nameOf = (name: string) => name): WantedRendering {
  const [viewport, window, quality] = ["viewport", "window", "quality"].map((name) => of(name) || undefined);
  return {
    ...(viewport !== undefined && { viewport: viewportOf(viewport) }),
    ...(window !== undefined && { window: windowOf(window, nameOf("window")) }),
    ...(quality !== undefined && { quality: qualityOf(quality, nameOf("quality")) }),
    ...(flagOf("overlays", of) && { overlays: true }),
    ...(flagOf("shutters", of) && { shutters: true }),
    ...(profileFrom(of) === "yes" && { iccProfile: true }),
  };
}

/** The parameters with a key that distinguishes their pictures from others. */
export function withKey(read: WantedRendering, warnings: readonly string[]): RenderingParameters {
  const { width, height, left = "", top = "", partWidth = "", partHeight = "" } = read.viewport ?? {};
  const key = [
    ...(width === undefined ? [] : [`v${width}x${height}x${left}x${top}x${partWidth}x${partHeight}`]),
    ...(read.window === undefined ? [] : [`w${read.window.center}x${read.window.width}x${read.window.function}`]),
    ...(read.quality === undefined ? [] : [`q${read.quality}`]),
    ...(read.overlays ? ["o"] : []),
    ...(read.shutters ? ["s"] : []),
    ...(read.iccProfile ? ["i"] : []),
  ].join("_");
  return { ...read, warnings, key };
}

/** What the request asks for and the server does not do, as sentences. */
export function warningsOf(of: ParameterOf): string[] {
  const annotation = of("annotation");
  const profile = profileFrom(of);
  const isKnown = profile === "no" || profile === "yes";
  return [
    ...(annotation ? ["The parameter annotation is not supported: nothing is written into pictures"] : []),
    ...(isKnown ? [] : ["The parameter iccprofile is not supported with this value: expected yes or no"]),
  ];
}

/** Colours stay as they are: an image has its own profile, or none. */
function profileFrom(of: ParameterOf): string {
  return of("iccprofile")?.toLowerCase() || "no";
}

function flagOf(name: string, of: ParameterOf): boolean {
  const text = of(name)?.toLowerCase() ?? "";
  if (["", "false", "no", "true", "yes"].includes(text)) return text === "true" || text === "yes";
  throw wrongParameter(name, of(name), "true or false");
}

/** Whether a picture may have so many columns, or rows. */
export function isSide(number: number): boolean {
  return number >= 1 && number <= MAXIMUM_SIDE;
}

function viewportOf(text: string): Viewport {
  try {
    const viewport = parseViewport(text);
    const isRight = [viewport.width, viewport.height].every(isSide);
    const { left = 0, top = 0, partWidth = 1, partHeight = 1 } = viewport;
    if (isRight && left >= 0 && top >= 0 && partWidth !== 0 && partHeight !== 0) return viewport;
  } catch (error) {
    if (!(error instanceof PixelDataError)) throw error;
  }
  throw wrongParameter("viewport", text, `vw,vh or vw,vh,sx,sy,sw,sh with vw and vh from 1 to ${MAXIMUM_SIDE}`);
}

const FUNCTIONS: ReadonlyMap<string, WindowFunction> = new Map([
  ["linear", "LINEAR"],
  ["linear-exact", "LINEAR_EXACT"],
  ["sigmoid", "SIGMOID"],
]);

const NUMBER = /^[+-]?(\d{1,20}(\.\d{0,20})?|\.\d{1,20})(e[+-]?\d{1,2})?$/i;

function windowOf(text: string, parameter: string): Window {
  // A plus sign that wasn't escaped has become a space.
  const [center = "", width = "", name = "linear", ...more] = text.split(",").map((part) => part.trim());
  const chosen = FUNCTIONS.get(name.toLowerCase());
  const isRight = NUMBER.test(center) && NUMBER.test(width) && chosen !== undefined && more.length === 0 &&
    Number(width) >= (chosen === "LINEAR" ? 1 : Number.MIN_VALUE);
  if (isRight) return { center: Number(center), width: Number(width), function: chosen };
  throw wrongParameter(
    parameter,
    text,
    `center,width,function: numbers, and one of ${[...FUNCTIONS.keys()].join(", ")}`,
  );
}

function qualityOf(text: string, parameter: string): number {
  if (/^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= 100) return Number(text);
  throw wrongParameter(parameter, text, "a whole number from 1 to 100");
}

/** The media type of pictures in a range: JPEG if the range has all; undefined if it has none. */
export function pictureTypeIn(range: string): PictureType | undefined {
  return PICTURE_TYPES.find((type) => type === PICTURE_TYPES[0] ? isInRange(type, range) : type === range);
}

/** Media types of pictures (PS3.18 Table 8.7.4-1), the default first. */
export const PICTURE_TYPES: readonly PictureType[] = ["image/jpeg", "image/png", "image/gif"];
