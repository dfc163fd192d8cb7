/**
 * Attributes of one frame: those of an enhanced multi-frame image are in functional groups (PS3.3 C.7.6.16).
 *
 * @module
 */

import type { DataSet } from "../../dicom/data_set/data_set.ts";

/** Functional group macros that rendering needs. */
export type FrameMacro = "PixelValueTransformationSequence" | "FrameVOILUTSequence";

/**
 * The item that holds a macro's attributes for a frame, counted from 0: that of the frame, that of all frames, or the data
 * set itself.
 */
export function macroOf(dataSet: DataSet, frame: number, macro: FrameMacro): DataSet {
  const ofFrame = dataSet.get("PerFrameFunctionalGroupsSequence")?.[frame]?.get(macro)?.[0];
  return ofFrame ?? dataSet.get("SharedFunctionalGroupsSequence")?.[0]?.get(macro)?.[0] ?? dataSet;
}
