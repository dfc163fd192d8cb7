/**
 * What an instance says of its own de-identification (PS3.15 E.1.1, E.2 and E.3).
 *
 * @module
 */

import type { DataSet } from "../dicom/data_set/data_set.ts";
import { VERSION } from "../dicom/implementation.ts";
import { BASIC_PROFILE, type DeidentifyOption, PROFILE_OPTIONS } from "./options.ts";

/** The coding scheme of DICOM's own terms (PS3.16 Annex D). */
const SCHEME = "DCM";

/** Says that a data set is de-identified, by which method, and what became of its dates and pixels. */
export function attest(dataSet: DataSet, options: ReadonlySet<DeidentifyOption>, blanked: boolean): void {
  const carriedOut = (Object.keys(PROFILE_OPTIONS) as DeidentifyOption[])
    .filter((name) => name === "clean-pixel-data" ? blanked : options.has(name));
  const codes = [BASIC_PROFILE, ...carriedOut.map((name) => PROFILE_OPTIONS[name])];
  dataSet.set("PatientIdentityRemoved", "YES");
  dataSet.set("DeidentificationMethod", [`Gantry ${VERSION}`, "PS3.15 Basic Profile", ...carriedOut]);
  dataSet.set(
    "DeidentificationMethodCodeSequence",
    codes.map(({ code, meaning }) => ({ CodeValue: code, CodingSchemeDesignator: SCHEME, CodeMeaning: meaning })),
  );
  dataSet.set("LongitudinalTemporalInformationModified", dates(options));
  if (blanked) dataSet.set("BurnedInAnnotation", "NO");
}

function dates(options: ReadonlySet<DeidentifyOption>): "UNMODIFIED" | "MODIFIED" | "REMOVED" {
  if (options.has("retain-full-dates")) return "UNMODIFIED";
  return options.has("retain-modified-dates") ? "MODIFIED" : "REMOVED";
}
