/**
 * What an instance says of its own de-identification (PS3.15 E.1.1, E.2 and E.3).
 *
 * @module
 */

import { type DataElement, DataSet } from "../dicom/data_set/data_set.ts";
import { VERSION } from "../dicom/implementation.ts";
import { BASIC_PROFILE, type DeidentifyOption, PROFILE_OPTIONS } from "./options.ts";

/** The coding scheme of DICOM's own terms (PS3.16 Annex D). */
const SCHEME = "DCM";

/** What all instances say that are treated alike, made once. */
export class Attestation {
  readonly #elements: readonly DataElement[];

  /** What an instance says when these options were carried out on it, and its pixels blanked or not. */
  constructor(options: ReadonlySet<DeidentifyOption>, blanked: boolean) {
    const carriedOut = (Object.keys(PROFILE_OPTIONS) as DeidentifyOption[])
      .filter((name) => name === "clean-pixel-data" ? blanked : options.has(name));
    const codes = [BASIC_PROFILE, ...carriedOut.map((name) => PROFILE_OPTIONS[name])];
    this.#elements = [
      ...new DataSet({
        PatientIdentityRemoved: "YES",
        DeidentificationMethod: [`Gantry ${VERSION}`, "PS3.15 Basic Profile", ...carriedOut],
        DeidentificationMethodCodeSequence: codes.map(({ code, meaning }) => ({
          CodeValue: code,
          CodingSchemeDesignator: SCHEME,
          CodeMeaning: meaning,
        })),
        LongitudinalTemporalInformationModified: dates(options),
        ...(blanked ? { BurnedInAnnotation: "NO" } : {}),
      }),
    ];
  }

  /** Puts it into a data set. All of it is ASCII, which every character set has. */
  addTo(dataSet: DataSet): void {
    for (const element of this.#elements) dataSet.setElement(element);
  }
}

function dates(options: ReadonlySet<DeidentifyOption>): "UNMODIFIED" | "MODIFIED" | "REMOVED" {
  if (options.has("retain-full-dates")) return "UNMODIFIED";
  return options.has("retain-modified-dates") ? "MODIFIED" : "REMOVED";
}
