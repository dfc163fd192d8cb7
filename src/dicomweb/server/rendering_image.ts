/**
 * Makes instances ready for rendering: their frames stay in the source, and their lookup tables are in memory.
 *
 * @module
 */

import { ValueElement } from "../../dicom/data_set/data_element.ts";
import type { DataSet } from "../../dicom/data_set/data_set.ts";
import type { ImageInstance } from "../../pixel_data/instance_frames.ts";
import { ICC_PROFILE } from "../../pixel_data/rendering/icc_profile.ts";
import type { HeldInstance } from "../../query/instance_source.ts";
import { concatenate } from "../../streams/concatenate.ts";
import { type FrameFinder, imageOf } from "./opened_instance.ts";
import { RequestProblem } from "./request_problem.ts";

/** Most pixels of a rendered frame: 64 million. Larger frames would take too much time from other clients. */
const MAXIMUM_PIXELS = 0x400_0000;

/** Values for rendering that are too long to be read with the rest: LUTs, palettes, overlays, and profiles. */
const TABLES: ReadonlySet<number> = new Set([
  ICC_PROFILE,
  ...[0x0028_3006, 0x0028_1201, 0x0028_1202, 0x0028_1203, 0x0028_1221, 0x0028_1222, 0x0028_1223],
]);
/** Overlay Data of any overlay. */
const OVERLAY_DATA = 0x6000_3000;

function isNeeded(tag: number): boolean {
  return TABLES.has(tag) || ((tag & 0xff01_ffff) >>> 0) === OVERLAY_DATA;
}

/** Most bytes of one table: 65,536 entries of 16 bits, and what a segmented one may have. */
const MAXIMUM_TABLE = 1024 * 1024;
/** Most bytes of all tables of an instance, which may have one for each frame: further ones stay in the source. */
const MAXIMUM_TABLES = 64 * 1024 * 1024;

/** An instance for rendering; undefined without Pixel Data. Throws `RequestProblem` if it cannot be rendered. */
export async function imageToRender(finder: FrameFinder, held: HeldInstance): Promise<ImageInstance | undefined> {
  const found = await finder.framesOf(held).catch((error) => {
    if (error instanceof RequestProblem && error.problem === "UnknownResource") return undefined;
    throw error;
  });
  if (found === undefined) return undefined;
  const image = imageOf(found);
  const { Rows = 0, Columns = 0 } = image.dataSet.attributes;
  if (Rows * Columns > MAXIMUM_PIXELS) {
    throw new RequestProblem(
      "NotAcceptable",
      `A frame has ${Rows * Columns} pixels, expected at most ${MAXIMUM_PIXELS}`,
    );
  }
  await loadTables(image.dataSet, { left: MAXIMUM_TABLES });
  return image;
}

/** Reads tables that stayed in the source into the data set. */
async function loadTables(dataSet: DataSet, room: { left: number }): Promise<void> {
  for (const element of dataSet) {
    if (element.kind === "sequence") {
      for (const item of element.items) await loadTables(item, room);
    } else if (
      element.kind === "referenced" && isNeeded(element.tag) &&
      element.reference.length <= Math.min(MAXIMUM_TABLE, room.left)
    ) {
      room.left -= element.reference.length;
      const { tag, vr, littleEndian, reference } = element;
      const chunks: Uint8Array[] = [];
      for await (const chunk of reference.stream()) chunks.push(chunk.slice());
      const bytes = concatenate(chunks);
      dataSet.setElement(new ValueElement(tag, vr, bytes, { littleEndian }));
    }
  }
}
