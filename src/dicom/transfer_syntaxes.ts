/**
 * The transfer syntaxes of PS3.6 that encode data sets, and how they do it.
 *
 * @module
 */

import { TRANSFER_SYNTAXES } from "./generated/uid_kinds.ts";

/** How a transfer syntax encodes data sets (PS3.5 section 10 and Annex A); `findUid` knows its name. */
export interface TransferSyntax {
  /** The transfer syntax UID. */
  readonly uid: string;
  /** Whether elements state their VR (PS3.5 7.1.2). */
  readonly explicitVr: boolean;
  /** The byte ordering (PS3.5 7.3). */
  readonly littleEndian: boolean;
  /** Whether the data set as a whole is deflated (PS3.5 A.5). */
  readonly deflated: boolean;
  /** Whether Pixel Data is encapsulated (PS3.5 A.4). */
  readonly encapsulated: boolean;
}

let known: ReadonlyMap<string, TransferSyntax> | undefined;

/** The properties of a transfer syntax of PS3.6 that encodes data sets, retired ones included, or undefined. */
export function findTransferSyntax(uid: string): TransferSyntax | undefined {
  return (known ??= parseTable()).get(uid);
}

/** Every transfer syntax of PS3.6 that encodes data sets, retired ones included. */
export function transferSyntaxes(): readonly TransferSyntax[] {
  return [...(known ??= parseTable()).values()];
}

function parseTable(): ReadonlyMap<string, TransferSyntax> {
  return new Map(
    TRANSFER_SYNTAXES.split(",").map((entry) => {
      const uid = `1.2.840.10008.1.2${entry.replace(/[A-Z]*$/, "")}`;
      const has = (flag: string) => entry.includes(flag);
      const transferSyntax = {
        uid,
        explicitVr: !has("I"),
        littleEndian: !has("B"),
        deflated: has("D"),
        encapsulated: has("C"),
      };
      return [uid, Object.freeze(transferSyntax)];
    }),
  );
}
