/**
 * What those who clean sequences of a kind ask of the work on an instance: it can't be known to them, since it knows them.
 *
 * @module
 */

import type { DataSet } from "../dicom/data_set/data_set.ts";
import type { Plan } from "./plan.ts";

/** The work on one instance; `Deidentification` says what each does. */
export interface AttributeWork {
  /** The plan of all instances. */
  readonly plan: Plan;
  /** Does to a data set and its items what the plan says. */
  run(dataSet: DataSet): void;
  /** Does it to all of an item but some attributes. */
  runExcept(item: DataSet, excepted: ReadonlySet<number>): void;
  /** A UID in place of another. */
  renamed(uid: string): string;
  /** Dates as the options say; undefined where they are to be dummies. */
  date(texts: readonly string[], vr: "DA" | "DT" | "TM"): readonly string[] | undefined;
  /** What is left of a text that was cleaned. */
  cleaned(text: string): string;
}
