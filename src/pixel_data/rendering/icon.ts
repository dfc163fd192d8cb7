/**
 * Icons for instances that are no images: drawn, not stored.
 *
 * @module
 */

import type { Picture } from "./picture.ts";

/** What there is an icon for. */
export type IconKind = "document" | "waveform" | "video" | "audio" | "unknown";

/** Shades of the ground, the sheet, and what is on it. */
const GROUND = 32;
const SHEET = 208;
const INK = 96;

/** Sides of icons, in pixels. */
const SMALLEST = 16;
const LARGEST = 1024;

/** A square gray picture for a kind of instance; its side is brought within 16 and 1,024 pixels. */
export function drawIcon(kind: IconKind, side = 128): Picture {
  const length = Math.max(SMALLEST, Math.min(LARGEST, Math.floor(side) || SMALLEST));
  const shape = SHAPES[kind];
  const pixels = Uint8Array.from({ length: length * length }, (_, index) => {
    const x = (index % length + 0.5) / length;
    const y = (Math.floor(index / length) + 0.5) / length;
    const isSheet = x > 0.2 && x < 0.8 && y > 0.12 && y < 0.88;
    return isSheet ? (shape(x, y) ? INK : SHEET) : GROUND;
  });
  return { width: length, height: length, samples: 1, pixels };
}

/** Whether a point, from 0 to 1 both ways, has ink. */
const SHAPES: Readonly<Record<IconKind, (x: number, y: number) => boolean>> = {
  document: (x, y) => x > 0.28 && x < 0.72 && y > 0.24 && y < 0.78 && Math.floor((y - 0.24) / 0.06) % 2 === 0,
  waveform: (x, y) => x > 0.26 && x < 0.74 && Math.abs(y - 0.5 - 0.18 * Math.sin((x - 0.26) * 26)) < 0.025,
  video: (x, y) => x > 0.38 && x < 0.66 && Math.abs(y - 0.5) < (0.66 - x) * 0.7,
  audio: (x, y) => {
    const distance = Math.hypot(x - 0.36, y - 0.5);
    return x > 0.34 && Math.abs(y - 0.5) < x - 0.3 && (distance < 0.1 || Math.floor(distance / 0.06) % 2 === 1);
  },
  unknown: (x, y) => Math.abs(Math.hypot(x - 0.5, y - 0.5) - 0.16) < 0.03,
};

/** Storage SOP classes that are no images (PS3.4 B.5), by the end of their UIDs, behind the part that all share. */
const KINDS: readonly (readonly [RegExp, IconKind])[] = [
  [/^(88|104)\./, "document"],
  [/^9\.4\./, "audio"],
  [/^9\./, "waveform"],
  [/^77\.1\.[124]\.1$/, "video"],
];

const STORAGE = "1.2.840.10008.5.1.4.1.1.";

/** What the instances of a SOP class are shown as. */
export function iconKindOf(sopClassUid: string): IconKind {
  if (!sopClassUid.startsWith(STORAGE)) return "unknown";
  const own = sopClassUid.slice(STORAGE.length);
  return KINDS.find(([pattern]) => pattern.test(own))?.[1] ?? "unknown";
}
