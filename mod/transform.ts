/**
 * Instances changed on their way: the streaming pass, and the steps that a route or a program gives it.
 *
 * @module
 */

export {
  type AttributeTarget,
  isTrailing,
  parseTarget,
  type PathStep,
  placesOf,
  type TargetPlace,
} from "../src/transform/attribute_target.ts";
export { type AnyChange, type Change, type ChangeFunction, type PassingInstance } from "../src/transform/change.ts";
export {
  type ChangeStep,
  ChangeStepError,
  compileChanges,
  type CompileOptions,
  type KnownStep,
  type MapStep,
  type StepKind,
  type StepOptions,
} from "../src/transform/change_steps.ts";
export { type CsvColumns, parseCsvMap } from "../src/transform/csv.ts";
export type { PartLimits, PartOptions } from "../src/transform/instance_parts.ts";
export type { EncapsulatedPixels, NativePixelEdit, NewPixels, PixelEdit } from "../src/transform/pixel_edit.ts";
export { compileRecipe, type Recipe } from "../src/transform/recipe.ts";
export type { StepItem, StepValue } from "../src/transform/set_value.ts";
export {
  copyAttributes,
  fillTemplates,
  removeAttributes,
  type SetTo,
  setValues,
} from "../src/transform/steps/attributes.ts";
export { convertCharacterSet, dropPrivate, mapUids, replaceAeTitles } from "../src/transform/steps/everywhere.ts";
export { compressPixels, decompressPixels } from "../src/transform/steps/transfer_syntaxes.ts";
export { type IssuerPrefixOptions, type MapOptions, mapValues, prefixIssuer } from "../src/transform/steps/values.ts";
export {
  type Transcode,
  type TransformedInstance,
  transformInstance,
  type TransformOptions,
} from "../src/transform/transform_instance.ts";
export { DataSet } from "../src/dicom/data_set/data_set.ts";
export { DataSetError, LimitError } from "../src/errors.ts";
export type { ByteBody, LentBytes } from "../src/streams/lent_bytes.ts";
