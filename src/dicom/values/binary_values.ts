/**
 * Values of the VRs that are binary, as typed arrays over the bytes that they are encoded in.
 *
 * @module
 */

import { DataSetError } from "../../errors.ts";
import { tagAt, uint16, uint32 } from "../encoding/integers.ts";
import { type Vr, vrDefinition } from "../vr.ts";
import type { EncodedValue } from "./encoded_value.ts";

/** Values of a VR that is binary; AT gives tags, 0xGGGGEEEE. */
export type BinaryValues =
  | Uint8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigUint64Array
  | BigInt64Array
  | Float32Array
  | Float64Array;

type BinaryConstructor = new (buffer: ArrayBufferLike, offset: number, length: number) => BinaryValues;

const VIEWS: Partial<Record<Vr, BinaryConstructor>> = {
  AT: Uint32Array,
  FD: Float64Array,
  FL: Float32Array,
  OB: Uint8Array,
  OD: Float64Array,
  OF: Float32Array,
  OL: Uint32Array,
  OV: BigUint64Array,
  OW: Uint16Array,
  SL: Int32Array,
  SS: Int16Array,
  SV: BigInt64Array,
  UL: Uint32Array,
  UN: Uint8Array,
  US: Uint16Array,
  UV: BigUint64Array,
};

/** Whether this machine keeps the lowest byte first. */
export const HOST_LITTLE_ENDIAN: boolean = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/**
 * The values one by one, which for few is faster than a view of them; tags for AT. Throws `DataSetError` when the bytes are
 * no whole number of values.
 */
export function readNumbers(value: EncodedValue, vr: Vr, littleEndian: boolean): (number | bigint)[] {
  const { source, start, length } = value;
  const { size } = vrDefinition(vr);
  checkWhole(length, size, vr);
  if (length === size) return [numberAt(source, start, size, vr, littleEndian)];
  const numbers: (number | bigint)[] = [];
  for (let at = start; at < start + length; at += size) numbers.push(numberAt(source, at, size, vr, littleEndian));
  return numbers;
}

const scratch = new DataView(new ArrayBuffer(8));

function numberAt(bytes: Uint8Array, at: number, size: number, vr: Vr, littleEndian: boolean): number | bigint {
  switch (vr) {
    case "US":
      return uint16(bytes, at, littleEndian);
    case "SS":
      return uint16(bytes, at, littleEndian) << 16 >> 16;
    case "UL":
      return uint32(bytes, at, littleEndian);
    case "SL":
      return uint32(bytes, at, littleEndian) | 0;
    case "AT":
      return tagAt(bytes, at, littleEndian);
  }
  for (let index = 0; index < size; index++) scratch.setUint8(index, bytes[at + index]!);
  switch (vr) {
    case "FL":
      return scratch.getFloat32(0, littleEndian);
    case "FD":
      return scratch.getFloat64(0, littleEndian);
    case "SV":
      return scratch.getBigInt64(0, littleEndian);
    default:
      return scratch.getBigUint64(0, littleEndian);
  }
}

/**
 * The values that are encoded in `bytes`: a view of them where their place in memory and their byte ordering allow it, else
 * a copy. Throws `DataSetError` when the bytes are no whole number of values.
 */
export function binaryValues(bytes: Uint8Array, vr: Vr, littleEndian: boolean): BinaryValues {
  const { size, unit } = vrDefinition(vr);
  checkWhole(bytes.length, size, vr);
  const swap = unit > 1 && littleEndian !== HOST_LITTLE_ENDIAN;
  const inPlace = swap ? swapBytes(bytes, unit) : bytes.byteOffset % size === 0 ? bytes : bytes.slice();
  const values = new VIEWS[vr]!(inPlace.buffer, inPlace.byteOffset, bytes.length / size);
  // A tag is two numbers of 16 bits, the group first.
  return vr === "AT" ? Uint32Array.from(values as Uint32Array, HOST_LITTLE_ENDIAN ? swapHalves : Number) : values;
}

function checkWhole(length: number, size: number, vr: Vr): void {
  if (length % size === 0) return;
  const expected = `a multiple of ${size} bytes`;
  throw new DataSetError(`Cannot read ${length} bytes as ${vr}: expected ${expected}`, { expected });
}

/** A copy with the bytes of each unit of 2, 4 or 8 in the other order (PS3.5 7.3). Bytes beyond the last unit stay. */
export function swapBytes(bytes: Uint8Array, unit: number): Uint8Array<ArrayBuffer> {
  const swapped = new Uint8Array(bytes);
  if (unit === 2) {
    const words = new Uint16Array(swapped.buffer, 0, bytes.length >> 1);
    for (let index = 0; index < words.length; index++) words[index] = words[index]! << 8 | words[index]! >>> 8;
    return swapped;
  }
  const last = unit - 1;
  const end = bytes.length - bytes.length % unit;
  for (let start = 0; start < end; start += unit) {
    for (let index = 0; index < unit; index++) swapped[start + index] = bytes[start + last - index]!;
  }
  return swapped;
}

function swapHalves(tag: number): number {
  return (tag << 16 | tag >>> 16) >>> 0;
}
