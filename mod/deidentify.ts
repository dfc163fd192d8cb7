/**
 * De-identification by PS3.15 Annex E: the Basic Profile and its options, instance by instance while they pass.
 *
 * @module
 */

export type { SafePrivateAttribute } from "../src/deidentify/actions.ts";
export { blankingBy } from "../src/deidentify/blank_compressed.ts";
export type { BlankedArea } from "../src/deidentify/blanked_pixels.ts";
export {
  type BlankEncapsulated,
  createDeidentifier,
  type DeidentifiedInstance,
  type Deidentifier,
  deidentifyInstance,
  type DeidentifyOptions,
} from "../src/deidentify/deidentifier.ts";
export { type DeidentifyStep, deidentifyStep } from "../src/deidentify/deidentify_step.ts";
export { readKey } from "../src/deidentify/key.ts";
export { type DeidentifyOption, PROFILE_OPTIONS, type ProfileOption } from "../src/deidentify/options.ts";
export type { PixelRule, PixelTreatment, Rectangle } from "../src/deidentify/pixel_treatment.ts";
export type { ReportLine, Treatment } from "../src/deidentify/report.ts";
export * from "./transform.ts";
