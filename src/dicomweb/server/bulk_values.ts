/**
 * Values that metadata replaces by a URI: which values these are, and the path of each.
 *
 * @module
 */

import { swappedReference } from "../../dicom/data_set/swapped_reference.ts";
import type { ValueReference } from "../../dicom/data_set/data_element.ts";
import type { DataElement, DataSet } from "../../dicom/data_set/data_set.ts";
import type { BulkData } from "../../dicom/models/bulk_data.ts";
import { inlineBytes } from "../../dicom/models/bulk_data.ts";
import { isPixelData } from "../../dicom/data_set/reading/data_set_head.ts";
import { tagDigits } from "../../dicom/tag.ts";
import { vrDefinition } from "../../dicom/vr.ts";
import type { Segment } from "./body.ts";

/** Whether a value of bytes is replaced by its URI: when it is long, and always for Pixel Data. */
export function isBulk({ element }: BulkData, above: number): boolean {
  return element.kind !== "value" || element.length > above || isPixelData(element.tag);
}

/** Where a value stands, as a path: `00420011`, or in an item `00081115/1/00400555`, items counted from 1. */
export function bulkPath({ dataSet, element }: BulkData): string {
  return itemPath(dataSet) + tagDigits(element.tag);
}

function itemPath(item: DataSet): string {
  const { parent } = item;
  if (parent === undefined) return "";
  for (const element of parent) {
    const index = element.kind === "sequence" ? element.items.indexOf(item) : -1;
    if (index >= 0) return `${itemPath(parent)}${tagDigits(element.tag)}/${index + 1}/`;
  }
  return itemPath(parent);
}

const TAG = /^[\da-fA-F]{8}$/;
const ITEM = /^[1-9]\d{0,8}$/;

/** Most segments of a path: sequences are nested no deeper. */
const MAXIMUM_SEGMENTS = 129;

/** A path as tags and numbers of items; undefined for any other text. */
export function readBulkPath(text: string): readonly number[] | undefined {
  const segments = text.split("/");
  if (segments.length % 2 === 0 || segments.length > MAXIMUM_SEGMENTS) return undefined;
  const numbers: number[] = [];
  for (const [index, segment] of segments.entries()) {
    if (!(index % 2 === 0 ? TAG : ITEM).test(segment)) return undefined;
    numbers.push(Number.parseInt(segment, index % 2 === 0 ? 16 : 10));
  }
  return numbers;
}

/** The element at a path; undefined if the data set has none there. */
export function elementAt(dataSet: DataSet, path: readonly number[]): DataElement | undefined {
  let place = dataSet;
  for (let index = 0; index < path.length - 1; index += 2) {
    const sequence = place.element(path[index]!);
    const item = sequence?.kind === "sequence" ? sequence.items[path[index + 1]! - 1] : undefined;
    if (item === undefined) return undefined;
    place = item;
  }
  return place.element(path.at(-1)!);
}

/** The bytes of a value in Little Endian; undefined for a sequence, and for encapsulated values. */
export function bytesOfValue(dataSet: DataSet, element: DataElement): Segment | undefined {
  if (element.kind === "value") return inlineBytes({ dataSet, element }, "bulk data");
  if (element.kind !== "referenced") return undefined;
  const { unit } = vrDefinition(element.vr);
  const swap = !element.littleEndian && unit > 1;
  return segmentOf(swap ? swappedReference(element.reference, unit) : element.reference);
}

/** Bytes that were left in their source, as a part of a body. */
export function segmentOf(reference: ValueReference): Segment {
  const { length } = reference;
  return {
    // A value that cannot be sliced has no ranges.
    length: reference.slice === undefined ? undefined : length,
    open: (start, end) =>
      reference.slice === undefined || (start === 0 && end >= length)
        ? reference.stream()
        : reference.slice(start, Math.min(end, length) - start).stream(),
  };
}
