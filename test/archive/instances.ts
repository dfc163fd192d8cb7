/** Instances for the archive's tests. */

import type { IncomingInstance } from "../../src/archive/archive.ts";
import { pattern, streamOf } from "./support.ts";

export const CT_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.2";
export const EXPLICIT_VR_LITTLE_ENDIAN = "1.2.840.10008.1.2.1";

/** How a data set is encoded. */
export interface Syntax {
  readonly explicit: boolean;
  readonly little: boolean;
}

export const EXPLICIT: Syntax = { explicit: true, little: true };
export const IMPLICIT: Syntax = { explicit: false, little: true };
export const BIG_ENDIAN: Syntax = { explicit: true, little: false };

/** The UIDs of a data set; undefined leaves the element out. */
export interface Uids {
  readonly sopClass?: string | undefined;
  readonly sopInstance?: string | undefined;
  readonly study?: string | undefined;
  readonly series?: string | undefined;
}

export const UIDS = { sopClass: CT_IMAGE_STORAGE, sopInstance: "1.2.3.4", study: "1.2.3", series: "1.2.3.1" } as const;

/** A data set with these UIDs, a sequence and pixel data. */
export function dataSetOf(uids: Uids = {}, { pixels = 64, seed = 1, syntax = EXPLICIT }: {
  pixels?: number;
  seed?: number;
  syntax?: Syntax;
} = {}): Uint8Array<ArrayBuffer> {
  const { sopClass, sopInstance, study, series } = { ...UIDS, ...uids };
  const uid = (tag: number, value: string | undefined) =>
    value === undefined ? [] : [...element(syntax, tag, "UI", value.length % 2 === 0 ? value : `${value}\0`)];
  const tagOfItem = syntax.little ? [0xfe, 0xff, 0x00, 0xe0] : [0xff, 0xfe, 0xe0, 0x00];
  return Uint8Array.from([
    ...uid(0x0008_0016, sopClass),
    ...uid(0x0008_0018, sopInstance),
    ...element(syntax, 0x0008_1115, "SQ", Uint8Array.of(...tagOfItem, 0, 0, 0, 0)),
    ...element(syntax, 0x0010_0010, "PN", "DOE^JANE"),
    ...uid(0x0020_000d, study),
    ...uid(0x0020_000e, series),
    ...element(syntax, 0x7fe0_0010, "OW", pattern(pixels, seed)),
  ]);
}

/** An element; text is Latin-1. */
function element(syntax: Syntax, tag: number, vr: string, value: string | Uint8Array): Uint8Array {
  const bytes = typeof value === "string" ? Uint8Array.from(value, (c) => c.charCodeAt(0)) : value;
  const long = syntax.explicit && (vr === "SQ" || vr === "OW");
  const header = new DataView(new ArrayBuffer(long ? 12 : 8));
  header.setUint16(0, tag >>> 16, syntax.little);
  header.setUint16(2, tag & 0xffff, syntax.little);
  if (syntax.explicit) header.setUint16(4, vr.charCodeAt(0) << 8 | vr.charCodeAt(1));
  if (!syntax.explicit) header.setUint32(4, bytes.length, syntax.little);
  else if (long) header.setUint32(8, bytes.length, syntax.little);
  else header.setUint16(6, bytes.length, syntax.little);
  const whole = new Uint8Array(header.byteLength + bytes.length);
  whole.set(new Uint8Array(header.buffer));
  whole.set(bytes, header.byteLength);
  return whole;
}

/** What a C-STORE-RQ would say of a data set. */
export function incoming(
  dataSet: Uint8Array | ReadableStream<Uint8Array>,
  rest: Partial<IncomingInstance> = {},
): IncomingInstance {
  return {
    sopClassUid: UIDS.sopClass,
    sopInstanceUid: UIDS.sopInstance,
    transferSyntax: EXPLICIT_VR_LITTLE_ENDIAN,
    sourceAeTitle: "CT1",
    dataSet: dataSet instanceof Uint8Array ? streamOf(dataSet) : dataSet,
    ...rest,
  };
}
