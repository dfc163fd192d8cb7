/**
 * The compressed transfer syntaxes whose frames can be decoded, and those that frames can be encoded in (PS3.5 A.4).
 *
 * @module
 */

import * as UID from "../dicom/generated/uid.ts";
import { findTransferSyntax } from "../dicom/transfer_syntaxes.ts";

/** Families of codestreams, each with a codec of its own. */
export type CodecName = "rle" | "jpeg" | "jpeg-ls" | "jpeg-2000" | "htj2k";

/** How frames are compressed. */
export interface Compression {
  /** The codec that decodes them. */
  readonly codec: CodecName;
  /** Whether frames can be encoded, which is always done without loss. */
  readonly encodes: boolean;
  /** Whether what is compressed has always lost something. */
  readonly lossy: boolean;
}

const decodes = (codec: CodecName): Compression => ({ codec, encodes: false, lossy: false });
const encodes = (codec: CodecName): Compression => ({ codec, encodes: true, lossy: false });
const lossy = (codec: CodecName): Compression => ({ codec, encodes: false, lossy: true });

/** By transfer syntax UID. Those that allow loss and don't demand it are not lossy. */
const COMPRESSIONS: Readonly<Record<string, Compression>> = {
  [UID.RLELossless]: encodes("rle"),
  [UID.JPEGBaseline8Bit]: lossy("jpeg"),
  [UID.JPEGExtended12Bit]: lossy("jpeg"),
  [UID.JPEGLossless]: decodes("jpeg"),
  [UID.JPEGLosslessSV1]: decodes("jpeg"),
  [UID.JPEGLSLossless]: encodes("jpeg-ls"),
  [UID.JPEGLSNearLossless]: decodes("jpeg-ls"),
  [UID.JPEG2000Lossless]: encodes("jpeg-2000"),
  [UID.JPEG2000]: decodes("jpeg-2000"),
  [UID.HTJ2KLossless]: encodes("htj2k"),
  [UID.HTJ2KLosslessRPCL]: decodes("htj2k"),
  [UID.HTJ2K]: decodes("htj2k"),
};

/** How a transfer syntax compresses frames; undefined for one that doesn't, or that no codec here knows. */
export function compressionOf(transferSyntax: string): Compression | undefined {
  return Object.hasOwn(COMPRESSIONS, transferSyntax) ? COMPRESSIONS[transferSyntax] : undefined;
}

/** Whether Pixel Data is native in a transfer syntax: frames need no codec. */
export function isNative(transferSyntax: string): boolean {
  return findTransferSyntax(transferSyntax)?.encapsulated === false;
}

/** Transfer syntaxes that frames can be encoded in without loss; what most peers take comes first. */
export const ENCODABLE: readonly string[] = [
  ...[UID.JPEGLSLossless, UID.JPEG2000Lossless, UID.RLELossless, UID.HTJ2KLossless],
];
