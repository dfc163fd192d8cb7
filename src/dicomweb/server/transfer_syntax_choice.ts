/**
 * The transfer syntax of an instance in an answer, and the media types of its frames (PS3.18 8.7.3 and 8.7.5 to 8.7.8).
 *
 * @module
 */

import { isConvertible } from "../../dicom/conversion/convert_transfer_syntax.ts";
import * as UID from "../../dicom/generated/uid.ts";
import { ENCODABLE } from "../../pixel_data/compression.ts";
import type { FrameCodecs } from "../../pixel_data/frame_codecs.ts";
import { canTranscode, transcodableInto } from "../../pixel_data/transcoding/transcode.ts";
import { isInRange, type MediaRange } from "../media_range.ts";

/** Transfer syntaxes by the media types of their frames (PS3.18 Table 8.7.3-5), and names that some clients use for them. */
const MEDIA_TYPES: readonly (readonly [syntax: string, types: readonly string[]])[] = [
  ["1.2.840.10008.1.2.5", ["image/dicom-rle", "image/x-dicom-rle"]],
  ["1.2.840.10008.1.2.4.50", ["image/jpeg"]],
  ["1.2.840.10008.1.2.4.51", ["image/jpeg"]],
  ["1.2.840.10008.1.2.4.57", ["image/jpeg"]],
  ["1.2.840.10008.1.2.4.70", ["image/jpeg"]],
  ["1.2.840.10008.1.2.4.80", ["image/jls", "image/x-jls"]],
  ["1.2.840.10008.1.2.4.81", ["image/jls", "image/x-jls"]],
  ["1.2.840.10008.1.2.4.90", ["image/jp2"]],
  ["1.2.840.10008.1.2.4.91", ["image/jp2"]],
  ["1.2.840.10008.1.2.4.92", ["image/jpx"]],
  ["1.2.840.10008.1.2.4.93", ["image/jpx"]],
  ["1.2.840.10008.1.2.4.100", ["video/mpeg", "video/mpeg2"]],
  ["1.2.840.10008.1.2.4.101", ["video/mpeg", "video/mpeg2"]],
  ...["102", "103", "104", "105", "106", "107", "108"].map((last) =>
    [`1.2.840.10008.1.2.4.${last}`, ["video/mp4"]] as const
  ),
  ...["110", "111", "112"].map((last) => [`1.2.840.10008.1.2.4.${last}`, ["image/jxl"]] as const),
  ...["201", "202", "203"].map((last) => [`1.2.840.10008.1.2.4.${last}`, ["image/jphc", "image/jhc"]] as const),
];

const TYPES: ReadonlyMap<string, readonly string[]> = new Map(MEDIA_TYPES);

/** Media types that the frames of a transfer syntax may be called by, besides `application/octet-stream`. */
export function frameTypesOf(transferSyntax: string): readonly string[] {
  return TYPES.get(transferSyntax) ?? [];
}

/** Transfer syntaxes that a range names: `*` for any, the default where it names none. */
function wantedBy({ parameters }: MediaRange): "any" | "default" | string {
  const wanted = parameters.get("transfer-syntax")?.trim();
  return wanted === undefined || wanted === "" ? "default" : wanted === "*" ? "any" : wanted;
}

/**
 * The transfer syntax for an instance that is stored in `stored`; undefined if the range accepts none that is possible. A client
 * that names none gets Explicit VR Little Endian (PS3.18 8.7.8.2), but compressed instances as they are: a file states its own
 * transfer syntax, and a client that decodes files itself should not have to load a study uncompressed.
 */
export function syntaxOfFile(stored: string, range: MediaRange, codecs: FrameCodecs): string | undefined {
  const wanted = wantedBy(range);
  if (wanted === "any" || wanted === stored) return stored;
  if (wanted === "default") return isConvertible(stored) ? UID.ExplicitVRLittleEndian : stored;
  return canTranscode(stored, wanted, codecs) ? wanted : undefined;
}

/** Native frames are the same in all of these, since they are given in Little Endian. */
const NATIVE = UID.ExplicitVRLittleEndian;

/** The form in which frames are given. */
export interface FrameChoice {
  /** Media type of a frame, without parameters. */
  readonly type: string;
  /** Transfer syntax of its bytes. */
  readonly transferSyntax: string;
  /** Whether its bytes are given as they are stored; otherwise they are decoded, and encoded anew without loss. */
  readonly isStored: boolean;
}

/**
 * The form of frames of an instance that is stored in `stored`, for a request that accepts `type`, a range within or beside
 * multipart; undefined if none is possible. Frames are given as they are stored wherever the request accepts that.
 */
export function choiceOfFrame(
  stored: string,
  type: string,
  range: MediaRange,
  codecs: FrameCodecs,
): FrameChoice | undefined {
  const transferSyntax = isConvertible(stored) ? NATIVE : stored;
  const wanted = wantedBy(range);
  const isWanted = wanted === "any" || wanted === transferSyntax ||
    (transferSyntax === NATIVE && (wanted === "default" || wanted === UID.ImplicitVRLittleEndian));
  if (type === "*/*" && (wanted === "default" || isWanted)) return { type: OCTETS, transferSyntax, isStored: true };
  if (isInRange(OCTETS, type)) {
    if (isWanted) return { type: OCTETS, transferSyntax, isStored: true };
    const other = wanted === "default" || wanted === UID.ImplicitVRLittleEndian ? NATIVE : wanted;
    // Native frames have one form, whatever native syntax a data set would have them in.
    const isPossible = (other === NATIVE || !isConvertible(other)) && canTranscode(stored, other, codecs);
    return isPossible ? { type: OCTETS, transferSyntax: other, isStored: false } : undefined;
  }
  const named = frameTypesOf(stored).find((one) => isInRange(one, type));
  // A media type of its own suffices, unless the request names another transfer syntax with it.
  if (named !== undefined && (isWanted || wanted === "default")) return { type: named, transferSyntax, isStored: true };
  // Only for a request that names the type: an element of a page that takes any picture shows none of these.
  const made = ENCODABLE.find((syntax) =>
    frameTypesOf(syntax).includes(type) && (wanted === "any" || wanted === "default" || wanted === syntax) &&
    canTranscode(stored, syntax, codecs)
  );
  return made === undefined ? undefined : { type, transferSyntax: made, isStored: false };
}

/** Transfer syntaxes that are possible for an instance, for the text of an error. */
export function possibleSyntaxes(stored: string, codecs: FrameCodecs): string {
  const others = transcodableInto(stored, codecs);
  const found = `it is stored in ${stored}`;
  return others.length === 0
    ? `${found}, which can't be brought into another`
    : `${found}, and can be had in ${others.join(", ")}`;
}

/** Media type of bytes without a more specific one. */
export const OCTETS = "application/octet-stream";
