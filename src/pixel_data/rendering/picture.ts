/**
 * Pictures: images in the form that a screen shows.
 *
 * @module
 */

/** A picture of 8 bits. */
export interface Picture {
  /** Columns. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** Samples of a pixel: 1 for gray, 3 for RGB. */
  readonly samples: 1 | 3;
  /** Pixel by pixel, row by row. */
  readonly pixels: Uint8Array;
}
