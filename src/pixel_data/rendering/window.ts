/**
 * Windows, which say what values are shown from black to white (PS3.3 C.11.2.1.2 and C.11.2.1.3).
 *
 * @module
 */

import type { DataSet } from "../../dicom/data_set/data_set.ts";
import { malformed } from "../pixel_data_error.ts";

/** VOI LUT Function (0028,1056). */
export type WindowFunction = "LINEAR" | "LINEAR_EXACT" | "SIGMOID";

/** A window. */
export interface Window {
  /** Window Center (0028,1050). */
  readonly center: number;
  /** Window Width (0028,1051): at least 1 for LINEAR, above 0 for the others. */
  readonly width: number;
  /** LINEAR where it isn't given. */
  readonly function?: WindowFunction | undefined;
}

/** The first window of a data set or item; undefined where it has none. */
export function windowOf(dataSet: DataSet): Window | undefined {
  const [center, width] = [dataSet.get("WindowCenter")?.[0], dataSet.get("WindowWidth")?.[0]];
  if (center === undefined || width === undefined || !(width > 0)) return undefined;
  const name = dataSet.getText("VOILUTFunction")?.trim();
  const chosen = name === "LINEAR_EXACT" || name === "SIGMOID" ? name : "LINEAR";
  return { center, width: chosen === "LINEAR" ? Math.max(1, width) : width, function: chosen };
}

/** What a window makes of a value, from 0 to 255. Throws `PixelDataError` for a width that is none. */
export function windowed({ center, width, function: chosen = "LINEAR" }: Window): (value: number) => number {
  const least = chosen === "LINEAR" ? 1 : Number.MIN_VALUE;
  if (!(width >= least) || !Number.isFinite(center) || !Number.isFinite(width)) {
    throw malformed(
      `Cannot use a window of width ${width}, expected ${chosen === "LINEAR" ? "1 or more" : "more than 0"}`,
    );
  }
  if (chosen === "SIGMOID") return (value) => 255 / (1 + Math.exp(-4 * (value - center) / width));
  const [middle, range] = chosen === "LINEAR" ? [center - 0.5, width - 1] : [center, width];
  const lowest = middle - range / 2;
  const highest = middle + range / 2;
  return (value) => value <= lowest ? 0 : value > highest ? 255 : ((value - middle) / range + 0.5) * 255;
}
