/** One attribute of each VR: what it means, and its value field in Little and Big Endian. */

import type { Vr } from "../../../src/dicom/vr.ts";
import { hex } from "../encoding/elements.ts";

export interface Golden {
  readonly vr: Vr;
  readonly tag: number;
  /** What `get()` gives. */
  readonly value: unknown;
  /** What is set, where that isn't `value`. */
  readonly given?: unknown;
  readonly little: Uint8Array;
  readonly big: Uint8Array;
}

function same(vr: Vr, tag: number, value: unknown, bytes: string, given = value): Golden {
  return { vr, tag, value, given, little: hex(bytes), big: hex(bytes) };
}

function both(vr: Vr, tag: number, value: unknown, little: string, big: string): Golden {
  return { vr, tag, value, little: hex(little), big: hex(big) };
}

const name = { familyName: "Adams", givenName: "J", middleName: "", namePrefix: "", nameSuffix: "" };

export const GOLDEN: readonly Golden[] = [
  // "PACS\CT1"
  same("AE", 0x0008_0054, ["PACS", "CT1"], "504143535c435431"),
  same("AS", 0x0010_1010, "018M", "3031384d"),
  // (0018,1063) (0028,0010): each half is a number of its own
  both("AT", 0x0028_0009, [0x0018_1063, 0x0028_0010], "1800631028001000", "0018106300280010"),
  same("CS", 0x0008_0008, ["ORIGINAL", "PRIMARY"], "4f524947494e414c5c5052494d415259"),
  same("DA", 0x0008_0020, { year: 2024, month: 2, day: 29 }, "3230323430323239"),
  // "0.5\-1e3" and no padding
  same("DS", 0x0028_0030, [0.5, -1000], "302e355c2d316533", ["0.5", "-1e3"]),
  same("DT", 0x0008_002a, { year: 2024, month: 2, offset: 60 }, "3230323430322b3031303020"),
  // 1.5 is 3FF8000000000000H
  both("FD", 0x0018_9073, 1.5, "000000000000f83f", "3ff8000000000000"),
  // -2 is C0000000H
  both("FL", 0x0008_9459, -2, "000000c0", "c0000000"),
  same("IS", 0x0020_0013, -12, "2d313220"),
  same("LO", 0x0010_0020, "ID 1", "49442031"),
  // "a" LF "b" and a space
  same("LT", 0x0010_4000, "a\nb", "610a6220"),
  same("OB", 0x0028_2000, Uint8Array.of(1, 2, 3, 0), "01020300"),
  both("OD", 0x7fe0_0009, Float64Array.of(1.5), "000000000000f83f", "3ff8000000000000"),
  both("OF", 0x7fe0_0008, Float32Array.of(-2, 0), "000000c000000000", "c000000000000000"),
  both("OL", 0x0066_0040, Uint32Array.of(0x01020304), "04030201", "01020304"),
  both("OV", 0x7fe0_0001, BigUint64Array.of(0x0102030405060708n), "0807060504030201", "0102030405060708"),
  both("OW", 0x0028_1201, Uint16Array.of(0x0102, 0xfffe), "0201feff", "0102fffe"),
  // "Adams^J" and a space
  same("PN", 0x0010_0010, { alphabetic: name }, "4164616d735e4a20"),
  same("SH", 0x0008_0050, "A1", "4131"),
  both("SL", 0x0018_6020, -2, "feffffff", "fffffffe"),
  both("SS", 0x0018_9219, -2, "feff", "fffe"),
  same("ST", 0x0008_0081, "Street 1", "5374726565742031"),
  both("SV", 0x0072_0082, BigInt64Array.of(-2n), "feffffffffffffff", "fffffffffffffffe"),
  // "235959.5" has 8 characters
  same("TM", 0x0008_0030, { hour: 23, minute: 59, second: 59, fraction: "5" }, "3233353935392e35"),
  same("UC", 0x0008_0119, " code", "20636f646520"),
  // "1.2.3" and NUL
  same("UI", 0x0008_0018, "1.2.3", "312e322e3300"),
  both("UL", 0x0008_0000, 0x01020304, "04030201", "01020304"),
  same("UN", 0x0072_006d, Uint8Array.of(9, 8), "0908"),
  same("UR", 0x0008_1190, "http://a/", "687474703a2f2f612f20"),
  both("US", 0x0028_0010, 0x0102, "0201", "0102"),
  same("UT", 0x0040_a160, "text", "74657874"),
  both("UV", 0x0008_040c, 0x0102030405060708n, "0807060504030201", "0102030405060708"),
];
