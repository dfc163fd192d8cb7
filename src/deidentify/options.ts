/**
 * The options of the Basic Application Level Confidentiality Profile (PS3.15 E.3).
 *
 * @module
 */

/** An option as the standard has it. */
export interface ProfileOption {
  /** Its letter in the generated tables; empty where no column of theirs stands for it. */
  readonly letter: string;
  /** Its code in (0012,0064) (PS3.16 CID 7050). */
  readonly code: string;
  /** The meaning of that code. */
  readonly meaning: string;
}

/** The options by their names. */
export const PROFILE_OPTIONS = {
  "clean-pixel-data": { letter: "", code: "113101", meaning: "Clean Pixel Data Option" },
  "clean-graphics": { letter: "g", code: "113103", meaning: "Clean Graphics Option" },
  "clean-structured-content": { letter: "s", code: "113104", meaning: "Clean Structured Content Option" },
  "clean-descriptors": { letter: "d", code: "113105", meaning: "Clean Descriptors Option" },
  "retain-full-dates": {
    letter: "f",
    code: "113106",
    meaning: "Retain Longitudinal Temporal Information Full Dates Option",
  },
  "retain-modified-dates": {
    letter: "m",
    code: "113107",
    meaning: "Retain Longitudinal Temporal Information Modified Dates Option",
  },
  "retain-patient-characteristics": { letter: "p", code: "113108", meaning: "Retain Patient Characteristics Option" },
  "retain-device": { letter: "v", code: "113109", meaning: "Retain Device Identity Option" },
  "retain-uids": { letter: "u", code: "113110", meaning: "Retain UIDs Option" },
  "retain-safe-private": { letter: "", code: "113111", meaning: "Retain Safe Private Option" },
  "retain-institution": { letter: "i", code: "113112", meaning: "Retain Institution Identity Option" },
} as const satisfies Record<string, ProfileOption>;

/** The name of an option that Gantry can carry out. */
export type DeidentifyOption = keyof typeof PROFILE_OPTIONS;

/** The code of the profile itself in (0012,0064). */
export const BASIC_PROFILE = { code: "113100", meaning: "Basic Application Confidentiality Profile" } as const;

/** An option that can't be carried out from attributes alone (PS3.15 E.3.2). */
const VISUAL_FEATURES = "clean-visual-features";

/**
 * Options as they were written, checked. Throws `RangeError` for one that is unknown or can't be carried out, and for two that
 * exclude each other.
 */
export function checkOptions(names: readonly string[]): ReadonlySet<DeidentifyOption> {
  for (const name of names) {
    if (name === VISUAL_FEATURES) {
      throw new RangeError(`Cannot carry out ${name}: nothing here can tell a face from other pixels`);
    }
    if (Object.hasOwn(PROFILE_OPTIONS, name)) continue;
    const expected = Object.keys(PROFILE_OPTIONS).join(", ");
    throw new RangeError(
      `Cannot de-identify with ${JSON.stringify(name)}: no such option, expected one of ${expected}`,
    );
  }
  const options = new Set(names as readonly DeidentifyOption[]);
  if (options.has("retain-full-dates") && options.has("retain-modified-dates")) {
    throw new RangeError(
      "Cannot keep dates and change them: expected one of retain-full-dates and retain-modified-dates",
    );
  }
  return options;
}
