/**
 * Options of a data set and its methods.
 *
 * @module
 */

import type { DataSetError } from "../../errors.ts";
import type { CharacterSet } from "../charsets/character_set.ts";
import type { Vr } from "../vr.ts";
import { declarable } from "./specific_character_set.ts";

/** Settings for text that a data set itself does not state. */
export interface TextOptions {
  /**
   * Defined terms of the character set to read text in where the data set declares none, such as `ISO_IR 100`; the default
   * repertoire by default. Items have that of the data set around them. What is written declares it no more than before:
   * `declareCharacterSet()` does that.
   */
  readonly assumedCharacterSet?: string | readonly string[] | undefined;
  /**
   * Called whenever text that does not match the declared character set is read, with its path; items use the callback
   * of the data set around them.
   */
  readonly onWarning?: ((warning: DataSetError) => void) | undefined;
}

/** How to set a value. */
export interface SetOptions {
  /** The VR: needed where the dictionary has none, as for private attributes. */
  readonly vr?: Vr;
}

/** How to read a value. */
export interface GetOptions {
  /**
   * The VR of a value that was read without one (UN), as private values are in Implicit VR Little Endian. Others keep the VR
   * that they have.
   */
  readonly vr?: Vr | undefined;
  /** Called for text that does not match the declared character set; by default the data set's own `onWarning`. */
  readonly onWarning?: ((warning: DataSetError) => void) | undefined;
}

/** Settings of a data set and all its items, where the caller has given any. */
export interface Circumstances {
  /** The character set where none is declared. */
  readonly assumed: CharacterSet | undefined;
  /** Called for text that does not match the declared character set. */
  readonly onWarning: TextOptions["onWarning"];
}

/**
 * The settings by options; undefined where these are empty. Throws `DataSetError` for an assumed character set that does not
 * exist.
 */
export function circumstancesOf({ assumedCharacterSet: terms, onWarning }: TextOptions): Circumstances | undefined {
  if (terms === undefined && onWarning === undefined) return undefined;
  return { assumed: terms === undefined ? undefined : declarable(terms), onWarning };
}
