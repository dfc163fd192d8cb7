/**
 * Rules for pixels that may show text: which images they cover, and what to do with them.
 *
 * @module
 */

import * as UID from "../dicom/generated/uid.ts";
import type { DataSet } from "../dicom/data_set/data_set.ts";
import { itemsOf } from "../dicom/data_set/items.ts";
import { DataSetError } from "../errors.ts";
import { parseTarget, placesOf } from "../transform/attribute_target.ts";
import { about } from "../transform/set_value.ts";

/** A rectangle of pixels; `x` and `y` count from 0 at the top left. */
export interface Rectangle {
  /** Columns left of it. */
  readonly x: number;
  /** Rows above it. */
  readonly y: number;
  /** Columns. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
}

/**
 * What to do with the pixels of some images: keep them, because you know that they identify no patient; blank
 * rectangles; or blank all that lies outside of the regions that an ultrasound image declares (0018,6011).
 */
export type PixelTreatment = "keep" | "ultrasound-regions" | { readonly blank: readonly Rectangle[] };

/** A treatment and the images that it is for. */
export interface PixelRule {
  /** Attributes by their paths and the values that they have to have, each or one of a list; none for all images. */
  readonly when?: Readonly<Record<string, string | readonly string[]>>;
  /** What to do. */
  readonly treatment: PixelTreatment;
}

/** Throws `SyntaxError` for a rule whose paths name no attribute, and for an unknown treatment. */
export function checkPixelRules(rules: readonly PixelRule[]): void {
  for (const { when = {}, treatment } of rules) {
    Object.keys(when).forEach(parseTarget);
    const isKnown = treatment === "keep" || treatment === "ultrasound-regions" ||
      (typeof treatment === "object" && treatment !== null && Array.isArray(treatment.blank) &&
        treatment.blank.length > 0);
    if (isKnown) continue;
    throw new SyntaxError("Cannot treat pixels: expected keep, ultrasound-regions, or rectangles to blank");
  }
}

/** SOP Classes whose images mostly show text, or may be the picture of anything (PS3.4 Annex B). */
const LIKELY_CLASSES: ReadonlySet<string> = new Set([
  UID.UltrasoundImageStorage,
  UID.UltrasoundImageStorageRetired,
  UID.UltrasoundMultiFrameImageStorage,
  UID.UltrasoundMultiFrameImageStorageRetired,
  UID.EnhancedUSVolumeStorage,
  UID.SecondaryCaptureImageStorage,
  UID.MultiFrameSingleBitSecondaryCaptureImageStorage,
  UID.MultiFrameGrayscaleByteSecondaryCaptureImageStorage,
  UID.MultiFrameGrayscaleWordSecondaryCaptureImageStorage,
  UID.MultiFrameTrueColorSecondaryCaptureImageStorage,
  UID.VLEndoscopicImageStorage,
  UID.VideoEndoscopicImageStorage,
  UID.VLMicroscopicImageStorage,
  UID.VideoMicroscopicImageStorage,
  UID.VLSlideCoordinatesMicroscopicImageStorage,
  UID.VLPhotographicImageStorage,
  UID.VideoPhotographicImageStorage,
  UID.DermoscopicPhotographyImageStorage,
  UID.OphthalmicPhotography8BitImageStorage,
  UID.OphthalmicPhotography16BitImageStorage,
]);

/** Modalities of the same kinds, whatever class their images have (PS3.3 C.7.3.1.1.1). */
const LIKELY_MODALITIES: ReadonlySet<string> = new Set([
  "US",
  "IVUS",
  "ES",
  "GM",
  "XC",
  "OP",
  "SC",
  "OT",
  "DMS",
  "DOC",
]);

/** Values of Image Type that say that an image is a picture of a screen or of a label. */
const LIKELY_TYPES: ReadonlySet<string> = new Set(["SCREEN SAVE", "SCREENSHOT", "DOSE REPORT", "LABEL", "OVERVIEW"]);

/**
 * What to do with the pixels of an image. Undefined where no rule covers it and it isn't likely to show text. Throws
 * `DataSetError` where it may show text and no rule covers it.
 */
export function treatmentOf(dataSet: DataSet, rules: readonly PixelRule[]): PixelTreatment | undefined {
  const stated = rules.find((rule) => applies(rule, dataSet));
  if (stated !== undefined) return stated.treatment;
  const reason = reasonToSuspect(dataSet);
  if (reason === undefined) return undefined;
  const expected = "a treatment of the pixels for it";
  throw new DataSetError(`Cannot de-identify the pixels: ${reason}, expected ${expected}`, { expected });
}

function applies({ when = {} }: PixelRule, dataSet: DataSet): boolean {
  return Object.entries(when).every(([path, wanted]) => {
    const values = textsAt(dataSet, path);
    return [wanted].flat().some((value) => values.includes(value));
  });
}

/** The texts of an attribute; numbers as they are written. */
function textsAt(dataSet: DataSet, path: string): readonly string[] {
  const target = parseTarget(path);
  return placesOf(dataSet, target).flatMap(({ dataSet: around, tag }) =>
    tag === undefined || !around.has(tag) ? [] : about("read", path, () => around.getAll(tag).map(String))
  );
}

function reasonToSuspect(dataSet: DataSet): string | undefined {
  if (textsAt(dataSet, "BurnedInAnnotation").includes("YES")) return "BurnedInAnnotation is YES";
  if (LIKELY_CLASSES.has(textsAt(dataSet, "SOPClassUID")[0] ?? "")) return "images of its SOP class mostly show text";
  const [modality = ""] = textsAt(dataSet, "Modality");
  if (LIKELY_MODALITIES.has(modality)) return `images of its modality, ${modality}, mostly show text`;
  const type = textsAt(dataSet, "ImageType").find((value) => LIKELY_TYPES.has(value));
  return type === undefined ? undefined : `its image type is ${type}`;
}

/** The regions of an ultrasound image as rectangles (PS3.3 C.8.5.5). Throws `DataSetError` where there are none. */
export function ultrasoundRegions(dataSet: DataSet): readonly Rectangle[] {
  const regions = itemsOf<DataSet>(dataSet, 0x0018_6011).map((item) => {
    const [left, top, right, bottom] = [0x0018_6018, 0x0018_601a, 0x0018_601c, 0x0018_601e].map((tag) => {
      const value = item.getAll(tag)[0];
      if (typeof value === "number") return value;
      throw new DataSetError("Cannot de-identify the pixels: an ultrasound region has no bounds", { tag });
    });
    return { x: left!, y: top!, width: right! - left! + 1, height: bottom! - top! + 1 };
  });
  if (regions.length > 0) return regions;
  const expected = "SequenceOfUltrasoundRegions (0018,6011)";
  throw new DataSetError(`Cannot de-identify the pixels: the image declares no regions, expected ${expected}`, {
    expected,
  });
}
