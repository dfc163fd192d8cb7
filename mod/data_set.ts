/**
 * Data sets and DICOM files: reading, changing and writing them, their values, character sets, the dictionary, the DICOM
 * JSON model and the Native DICOM Model (PS3.5, PS3.6, PS3.10, PS3.18 F, PS3.19).
 *
 * @example
 * ```ts
 * import { readFile, toJsonText } from "@gantry/dicom/data-set";
 *
 * function show(bytes: Uint8Array): string {
 *   return toJsonText(readFile(bytes).dataSet);
 * }
 * ```
 *
 * @module
 */

export {
  type CharacterSet,
  characterSet,
  type DecodeOptions,
  type EncodeOptions,
  type TextVr,
} from "../src/dicom/charsets/character_set.ts";
export {
  convertTransferSyntax,
  isConvertible,
  type TransferSyntaxConversionOptions,
} from "../src/dicom/conversion/convert_transfer_syntax.ts";
export { strayBytesOf } from "../src/dicom/data_set/as_read.ts";
export {
  type AttributeKey,
  type AttributeKeyword,
  type AttributePath,
  parsePath,
} from "../src/dicom/data_set/attribute_path.ts";
export type { AttributeTypes } from "../src/dicom/generated/attribute_types.ts";
export type {
  AttributeValue,
  AttributeValues,
  ListOf,
  SettableFor,
  SettableValue,
  SingleValue,
  ValueOf,
} from "../src/dicom/data_set/attribute_values.ts";
export type { ByteSource } from "../src/dicom/data_set/reading/byte_source.ts";
export { type ConversionOptions, convertToUtf8 } from "../src/dicom/data_set/character_set_conversion.ts";
export { type DataElement } from "../src/dicom/data_set/data_set.ts";
export {
  type ElementOf,
  EncapsulatedElement,
  type Fragment,
  ReferencedElement,
  SequenceElement,
  ValueElement,
  type ValueReference,
} from "../src/dicom/data_set/data_element.ts";
export { DataSet } from "../src/dicom/data_set/data_set.ts";
export type { DataSetLike, ElementLike } from "../src/dicom/data_set/data_set_like.ts";
export type { DataSetOptions } from "../src/dicom/data_set/data_set.ts";
export type { GetOptions, SetOptions, TextOptions } from "../src/dicom/data_set/data_set_options.ts";
export { DataSetReader, type StoppedAt } from "../src/dicom/data_set/reading/data_set_reader.ts";
export { textWarnings } from "../src/dicom/data_set/element_text.ts";
export type { WrittenForm } from "../src/dicom/data_set/writing/written_form.ts";
export { PixelFrame } from "../src/dicom/data_set/frames/pixel_frame.ts";
export {
  type OffsetTable,
  pixelFrames,
  type PixelFramesOptions,
  setEncapsulatedFrames,
} from "../src/dicom/data_set/frames/pixel_frames.ts";
export { PrivateBlock } from "../src/dicom/data_set/private_block.ts";
export {
  readDataSet,
  readDataSetFrom,
  type ReadElement,
  readElements,
} from "../src/dicom/data_set/reading/read_data_set.ts";
export { type DicomFile, type ReadFileOptions } from "../src/dicom/data_set/reading/dicom_file.ts";
export {
  type FileAsFarAsWhole,
  type FileInput,
  readFile,
  readFileAsFarAsWhole,
  readFileFrom,
} from "../src/dicom/data_set/reading/read_file.ts";
export type { DataSetReaderOptions } from "../src/dicom/data_set/reading/reader_options.ts";
export { streamDataSet, writeDataSet, type WriteOptions } from "../src/dicom/data_set/writing/write_data_set.ts";
export { type FileToWrite, streamFile, writeFile } from "../src/dicom/data_set/writing/write_file.ts";
export { type AttributeDefinition, findAttribute, findAttributeByKeyword, keywordOf } from "../src/dicom/dictionary.ts";
export { type DictionaryVr, impliedVr } from "../src/dicom/implied_vr.ts";
export type { ElementScannerOptions } from "../src/dicom/encoding/scan_events.ts";
export type { StrayBytes } from "../src/dicom/encoding/stray_bytes.ts";
export type { FileHeader, FileMeta } from "../src/dicom/file_header.ts";
export { IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME, VERSION } from "../src/dicom/implementation.ts";
export type { BulkData } from "../src/dicom/models/bulk_data.ts";
export { fromJson, type FromJsonOptions } from "../src/dicom/models/from_json.ts";
export { fromXml } from "../src/dicom/models/from_xml.ts";
export type { JsonAttribute, JsonDataSet, JsonPersonName, JsonValue } from "../src/dicom/models/json_model.ts";
export { formatJson } from "../src/dicom/models/json_text.ts";
export { toJson, type ToJsonOptions, toJsonText } from "../src/dicom/models/to_json.ts";
export { streamXml, toXml, type ToXmlOptions } from "../src/dicom/models/to_xml.ts";
export { fileMetaInformation, type NewFileMeta, readFileHeader } from "../src/dicom/part10.ts";
export { describeTag, parseTag } from "../src/dicom/dictionary.ts";
export {
  elementOf,
  formatTag,
  groupOf,
  isPrivateCreatorTag,
  isPrivateTag,
  privateCreatorTagOf,
} from "../src/dicom/tag.ts";
export { checkUid, generateUid, isValidUid, trimUid } from "../src/dicom/uids.ts";
export { findTransferSyntax, type TransferSyntax, transferSyntaxes } from "../src/dicom/transfer_syntaxes.ts";
export { findUid, type UidDefinition, uidName } from "../src/dicom/uid_registry.ts";
export { isStorageSopClass, storageSopClasses } from "../src/dicom/sop_classes.ts";
export type { BinaryValues } from "../src/dicom/values/binary_values.ts";
export {
  type DateTimeOptions,
  type DicomDate,
  type DicomDateTime,
  type DicomTime,
  formatDate,
  formatDateTime,
  formatTime,
  formatUtcOffset,
  parseDate,
  parseDateTime,
  parseTime,
  parseUtcOffset,
} from "../src/dicom/values/date_time.ts";
export {
  fromDate,
  fromTemporalTime,
  type TemporalDateFields,
  type TemporalTimeFields,
  toDate,
  toTemporalFields,
} from "../src/dicom/values/date_time_conversion.ts";
export {
  type DateTimeRange,
  formatDateRange,
  formatDateTimeRange,
  formatTimeRange,
  isInRange,
  parseDateRange,
  parseDateTimeRange,
  parseTimeRange,
} from "../src/dicom/values/date_time_range.ts";
export {
  formatDecimalString,
  formatIntegerString,
  isExactNumber,
  type NumberString,
  type NumberStringOptions,
  parseDecimalString,
  parseIntegerString,
} from "../src/dicom/values/decimal.ts";
export type { EncodedValue } from "../src/dicom/values/encoded_value.ts";
export {
  formatPersonName,
  parsePersonName,
  type PersonName,
  type PersonNameComponents,
  type PersonNameParts,
} from "../src/dicom/values/person_name.ts";
export type { TextValue } from "../src/dicom/values/text_values.ts";
export { isVr, type Vr, type VrDefinition, vrDefinition, type VrKind, VRS } from "../src/dicom/vr.ts";
export { DataSetError } from "../src/errors.ts";
