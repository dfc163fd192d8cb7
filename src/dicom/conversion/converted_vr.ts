/**
 * The VR of what comes without one, in a data set that isn't held (PS3.5 6.2.2 and Annex A).
 *
 * @module
 */

import { dictionaryVr } from "../implied_vr.ts";
import { type Vr, vrDefinition } from "../vr.ts";

/** Pixel Representation (0028,0103), on which the choice between US and SS depends. */
export const PIXEL_REPRESENTATION = 0x0028_0103;

/** The longest value of a VR with a 16-bit length (PS3.5 7.1.2). */
const LONGEST_SHORT_VALUE = 0xfffe;

/** `vr` where a value of `length` bytes can have it, else UN (PS3.5 6.2.2). */
export function fittingVr(vr: Vr, length: number): Vr {
  return length > LONGEST_SHORT_VALUE && !vrDefinition(vr).longForm ? "UN" : vr;
}

/** What is known of one data set on the way to the present element. */
interface Level {
  /** Whether its pixels are signed, where it has said so. */
  signed: boolean | undefined;
  /** The last tag that was met. */
  tag: number;
}

/** Chooses VRs on a walk through a data set and the items in it. */
export class VrChooser {
  readonly #levels: Level[] = [{ signed: undefined, tag: 0 }];

  /** Says that the walk goes into an item. */
  enter(): void {
    this.#levels.push({ signed: undefined, tag: 0 });
  }

  /** Says that it comes out again. */
  leave(): void {
    this.#levels.pop();
  }

  /** Says which element the walk has come to. */
  meet(tag: number): void {
    this.#levels.at(-1)!.tag = tag;
  }

  /** Says that the pixels of the present data set are signed or not, and those of items that don't say it. */
  settle(signed: boolean): void {
    this.#levels.at(-1)!.signed = signed;
  }

  /**
   * The VR of the element that was just met, by the dictionary: OW for OB or OW; US for US or OW unless that is too short;
   * US or SS by Pixel Representation. UN where the dictionary has no VR, where the value is too long for it, and where
   * Pixel Representation has not been read yet; with the whole data set it can be told.
   */
  choose(tag: number, length: number): Vr {
    const vr = dictionaryVr(tag);
    switch (vr) {
      case undefined:
      case "NONE":
        return "UN";
      case "OB or OW":
        return "OW";
      case "US or OW":
        return length > LONGEST_SHORT_VALUE ? "OW" : "US";
      case "US or SS or OW":
        return length > LONGEST_SHORT_VALUE ? "OW" : this.#usOrSs();
      case "US or SS":
        return fittingVr(this.#usOrSs(), length);
      default:
        return fittingVr(vr, length);
    }
  }

  #usOrSs(): Vr {
    const said = this.#levels.findLast(({ signed }) => signed !== undefined);
    if (said !== undefined) return said.signed ? "SS" : "US";
    return this.#levels.some(({ tag }) => tag < PIXEL_REPRESENTATION) ? "UN" : "US";
  }
}
