/**
 * Steps that have the instance go out in another transfer syntax.
 *
 * @module
 */

import * as UID from "../../dicom/generated/uid.ts";
import { findTransferSyntax } from "../../dicom/transfer_syntaxes.ts";
import { DataSetError } from "../../errors.ts";
import type { ChangeFunction } from "../change.ts";

/** Transfer syntaxes that steps may name by their keywords (PS3.6 Table A-1). */
const BY_KEYWORD: Readonly<Record<string, string>> = {
  JPEGLSLossless: UID.JPEGLSLossless,
  JPEG2000Lossless: UID.JPEG2000Lossless,
  RLELossless: UID.RLELossless,
  HTJ2KLossless: UID.HTJ2KLossless,
  ExplicitVRLittleEndian: UID.ExplicitVRLittleEndian,
  ImplicitVRLittleEndian: UID.ImplicitVRLittleEndian,
};

/**
 * Compresses pixel data without loss, or compresses them in another way; an instance without pixel data stays as it is.
 * `encodable` are the transfer syntaxes that can be compressed into. Throws `DataSetError` for one that isn't among them.
 */
export function compressPixels(transferSyntax: string, encodable: readonly string[]): ChangeFunction {
  const to = chosen(transferSyntax, encodable);
  return (instance) => {
    if (instance.hasPixelData) instance.outputTransferSyntax = to;
  };
}

/**
 * Decompresses pixel data. With `true` what is not compressed stays as it is; with the keyword or UID of a transfer syntax that
 * doesn't compress, everything goes out in that. Throws `DataSetError` for anything else.
 */
export function decompressPixels(transferSyntax: string | true): ChangeFunction {
  const to = transferSyntax === true
    ? undefined
    : chosen(transferSyntax, [UID.ExplicitVRLittleEndian, UID.ImplicitVRLittleEndian]);
  return (instance) => {
    const now = instance.outputTransferSyntax ?? instance.transferSyntax;
    const isCompressed = findTransferSyntax(now)?.encapsulated ?? false;
    if (isCompressed || to !== undefined) instance.outputTransferSyntax = to ?? UID.ExplicitVRLittleEndian;
  };
}

function chosen(named: string, allowed: readonly string[]): string {
  const uid = Object.hasOwn(BY_KEYWORD, named) ? BY_KEYWORD[named]! : named;
  if (allowed.includes(uid)) return uid;
  const names = Object.keys(BY_KEYWORD).filter((keyword) => allowed.includes(BY_KEYWORD[keyword]!));
  const expected = names.length === 0 ? "no such step, since nothing here compresses" : names.join(", ");
  throw new DataSetError(`Cannot choose a transfer syntax: found ${JSON.stringify(named)}, expected ${expected}`, {
    expected,
  });
}
