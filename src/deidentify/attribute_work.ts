/**
 * The work on an instance, as an interface for the modules that clean sequences of a kind: `Deidentification` imports these
 * modules, so they can't import it.
 *
 * @module
 */

import type { DataSet } from "../dicom/data_set/data_set.ts";
import type { Plan } from "./plan.ts";

/** The work on one instance; `Deidentification` says what each does. */
export interface AttributeWork {
  /** The plan of all instances. */
  readonly plan: Plan;
  /** Treats a data set and its items as the plan says. */
  run(dataSet: DataSet): void;
  /** Treats an item so, except for some attributes. */
  runExcept(item: DataSet, excepted: ReadonlySet<number>): void;
  /** A UID in place of another. */
  renamed(uid: string): string;
  /** Dates as the options say; undefined where they are to be dummies. */
  date(texts: readonly string[], vr: "DA" | "DT" | "TM"): readonly string[] | undefined;
  /** A text without the words that must not stay. */
  cleaned(text: string): string;
}
