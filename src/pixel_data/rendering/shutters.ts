/**
 * Display shutters, which cover what is around the part that counts (PS3.3 C.7.6.11).
 *
 * @module
 */

import type { DataSet } from "../../dicom/data_set/data_set.ts";
import { inPieces, type Pause } from "../../scheduling/time_slices.ts";
import type { Picture } from "./picture.ts";

/** Whether a pixel, counted from 1, is seen through a shutter. */
type Opening = (row: number, column: number) => boolean;

/** Few: each may be compared with all sides of a polygon. */
const PIXELS_AT_A_TIME = 2048;

/** Covers what is outside of the shutters of a data set, in the shade that it names, or black. The picture is changed. */
export async function applyShutters(picture: Picture, dataSet: DataSet, pause: Pause): Promise<void> {
  const openings = openingsOf(dataSet);
  if (openings.length === 0) return;
  const { width, height, samples, pixels } = picture;
  const shade = (dataSet.get("ShutterPresentationValue") ?? 0) >> 8;
  await inPieces(width * height, PIXELS_AT_A_TIME, pause, (start, end) => {
    for (let pixel = start; pixel < end; pixel++) {
      const [row, column] = [Math.floor(pixel / width) + 1, pixel % width + 1];
      if (!openings.every((isOpen) => isOpen(row, column))) pixels.fill(shade, pixel * samples, (pixel + 1) * samples);
    }
  });
}

function openingsOf(dataSet: DataSet): Opening[] {
  return dataSet.getTexts("ShutterShape").flatMap((shape): Opening[] => {
    switch (shape.trim()) {
      case "RECTANGULAR":
        return [rectangle(dataSet)];
      case "CIRCULAR":
        return circle(dataSet);
      case "POLYGONAL":
        return polygon(dataSet);
      default:
        return [];
    }
  });
}

function rectangle(dataSet: DataSet): Opening {
  const left = dataSet.get("ShutterLeftVerticalEdge") ?? -Infinity;
  const right = dataSet.get("ShutterRightVerticalEdge") ?? Infinity;
  const upper = dataSet.get("ShutterUpperHorizontalEdge") ?? -Infinity;
  const lower = dataSet.get("ShutterLowerHorizontalEdge") ?? Infinity;
  return (row, column) => row >= upper && row <= lower && column >= left && column <= right;
}

function circle(dataSet: DataSet): Opening[] {
  const [row, column] = dataSet.get("CenterOfCircularShutter") ?? [];
  const radius = dataSet.get("RadiusOfCircularShutter");
  if (row === undefined || column === undefined || radius === undefined) return [];
  return [(y, x) => (y - row) ** 2 + (x - column) ** 2 <= radius ** 2];
}

/** Most corners of a polygon: each costs time for each pixel. */
const MOST_CORNERS = 1000;

function polygon(dataSet: DataSet): Opening[] {
  const values = dataSet.get("VerticesOfThePolygonalShutter") ?? [];
  const corners = Array.from(
    { length: Math.min(MOST_CORNERS, values.length >> 1) },
    (_, index): [row: number, column: number] => [values[2 * index]!, values[2 * index + 1]!],
  );
  if (corners.length < 3) return [];
  return [(row, column) => {
    let inside = false;
    for (let index = 0, last = corners.length - 1; index < corners.length; last = index++) {
      const [y1, x1] = corners[index]!;
      const [y2, x2] = corners[last]!;
      if (row === y1 && column === x1) return true;
      if (y1 > row !== y2 > row && column <= x1 + (row - y1) * (x2 - x1) / (y2 - y1)) inside = !inside;
    }
    return inside;
  }];
}
