/**
 * The forms in which data sets are written.
 *
 * @module
 */

/**
 * The form to write where the standard leaves a choice. `defined` and `undefined` are the lengths of sequences and items;
 * group lengths, which are retired, are left out, what came as UN is written with the VR that it was given, and odd values
 * are padded. `original` keeps all that as it was read, also where it isn't right, and the order of the elements and what came
 * behind them. No form has groups 0000 and 0002, which stand in no data set (PS3.5 7.1).
 */
export type WrittenForm = "defined" | "undefined" | "original";
