/**
 * Unique identifiers: the registry of PS3.6 Annex A, their form (PS3.5 9.1) and making new ones (PS3.5 Annex B).
 *
 * @module
 */

import { DataSetError } from "../errors.ts";
import { UIDS } from "./uids_data.ts";

/** UIDs that logic refers to; everything else is looked up. */
export const UID = {
  ApplicationContextName: "1.2.840.10008.3.1.1.1",
  Verification: "1.2.840.10008.1.1",
  MediaStorageDirectoryStorage: "1.2.840.10008.1.3.10",
  StorageCommitmentPushModel: "1.2.840.10008.1.20.1",
  StorageCommitmentPushModelInstance: "1.2.840.10008.1.20.1.1",
  ModalityPerformedProcedureStep: "1.2.840.10008.3.1.2.3.3",
  PatientRootQueryRetrieveInformationModelFind: "1.2.840.10008.5.1.4.1.2.1.1",
  PatientRootQueryRetrieveInformationModelMove: "1.2.840.10008.5.1.4.1.2.1.2",
  PatientRootQueryRetrieveInformationModelGet: "1.2.840.10008.5.1.4.1.2.1.3",
  StudyRootQueryRetrieveInformationModelFind: "1.2.840.10008.5.1.4.1.2.2.1",
  StudyRootQueryRetrieveInformationModelMove: "1.2.840.10008.5.1.4.1.2.2.2",
  StudyRootQueryRetrieveInformationModelGet: "1.2.840.10008.5.1.4.1.2.2.3",
  ModalityWorklistInformationModelFind: "1.2.840.10008.5.1.4.31",
  InstanceAvailabilityNotification: "1.2.840.10008.5.1.4.33",
  CTImageStorage: "1.2.840.10008.5.1.4.1.1.2",
  MRImageStorage: "1.2.840.10008.5.1.4.1.1.4",
  SecondaryCaptureImageStorage: "1.2.840.10008.5.1.4.1.1.7",
  ImplicitVRLittleEndian: "1.2.840.10008.1.2",
  ExplicitVRLittleEndian: "1.2.840.10008.1.2.1",
  DeflatedExplicitVRLittleEndian: "1.2.840.10008.1.2.1.99",
  ExplicitVRBigEndian: "1.2.840.10008.1.2.2",
  JPEGBaseline8Bit: "1.2.840.10008.1.2.4.50",
  JPEGExtended12Bit: "1.2.840.10008.1.2.4.51",
  JPEGLossless: "1.2.840.10008.1.2.4.57",
  JPEGLosslessSV1: "1.2.840.10008.1.2.4.70",
  JPEGLSLossless: "1.2.840.10008.1.2.4.80",
  JPEGLSNearLossless: "1.2.840.10008.1.2.4.81",
  JPEG2000Lossless: "1.2.840.10008.1.2.4.90",
  JPEG2000: "1.2.840.10008.1.2.4.91",
  HTJ2KLossless: "1.2.840.10008.1.2.4.201",
  RLELossless: "1.2.840.10008.1.2.5",
} as const;

/** A UID as PS3.6 registers it. */
export interface UidDefinition {
  /** The UID itself. */
  readonly uid: string;
  /** Empty where PS3.6 gives none. */
  readonly keyword: string;
  /** As PS3.6 Table A-1 calls it: `SOP Class`, `Transfer Syntax`, … */
  readonly type: string;
  /** For people, such as `CT Image Storage`. */
  readonly name: string;
  /** Whether the standard has retired it. */
  readonly retired: boolean;
}

/** How a transfer syntax encodes data sets (PS3.5 section 10 and Annex A). */
export interface TransferSyntax extends UidDefinition {
  /** Whether elements state their VR (PS3.5 7.1.2). */
  readonly explicitVr: boolean;
  /** The byte ordering (PS3.5 7.3). */
  readonly littleEndian: boolean;
  /** Whether the data set as a whole is deflated (PS3.5 A.5). */
  readonly deflated: boolean;
  /** Whether Pixel Data is encapsulated (PS3.5 A.4). */
  readonly encapsulated: boolean;
}

interface Registry {
  readonly uids: ReadonlyMap<string, UidDefinition>;
  readonly transferSyntaxes: ReadonlyMap<string, TransferSyntax>;
  readonly storageSopClasses: ReadonlySet<string>;
}

let registry: Registry | undefined;

/** The registration of a UID in PS3.6, or undefined. */
export function findUid(uid: string): UidDefinition | undefined {
  return (registry ??= parseRegistry()).uids.get(uid);
}

/** The properties of a transfer syntax of PS3.6 that encodes data sets, retired ones included, or undefined. */
export function findTransferSyntax(uid: string): TransferSyntax | undefined {
  return (registry ??= parseRegistry()).transferSyntaxes.get(uid);
}

/** Every transfer syntax of PS3.6 that encodes data sets, retired ones included. */
export function transferSyntaxes(): readonly TransferSyntax[] {
  return [...(registry ??= parseRegistry()).transferSyntaxes.values()];
}

/** Whether a C-STORE can carry instances of this SOP Class of PS3.6, retired ones included. */
export function isStorageSopClass(uid: string): boolean {
  return (registry ??= parseRegistry()).storageSopClasses.has(uid);
}

/** Every SOP Class of PS3.6 whose instances a C-STORE can carry, retired ones included. */
export function storageSopClasses(): readonly string[] {
  return [...(registry ??= parseRegistry()).storageSopClasses];
}

/** The registered name of a UID for people; the UID itself when it has none. */
export function uidName(uid: string): string {
  return findUid(uid)?.name || uid;
}

/** Whether `uid` has the form of PS3.5 9.1: 1 to 64 characters, numbers without leading zeros between dots. */
export function isValidUid(uid: string): boolean {
  return uid.length <= 64 && /^(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*))*$/.test(uid);
}

/** A UID without the NULs (PS3.5 9.1) or spaces (which some write instead) that pad it. */
export function trimUid(uid: string): string {
  let end = uid.length;
  while (end > 0 && (uid.charCodeAt(end - 1) === 0 || uid.charCodeAt(end - 1) === 0x20)) end--;
  return end === uid.length ? uid : uid.slice(0, end);
}

/** The UID without padding. Throws `DataSetError` when it has not the form of PS3.5 9.1. */
export function checkUid(uid: string): string {
  const trimmed = trimUid(uid);
  if (isValidUid(trimmed)) return trimmed;
  const expected = "at most 64 digits and dots, no component empty or with a leading zero";
  throw new DataSetError(`Cannot take ${JSON.stringify(trimmed.slice(0, 80))} as a UID: expected ${expected}`, {
    expected,
  });
}

/**
 * A new UID: a random UUID under 2.25 (PS3.5 B.2), or random digits under `root` up to the 64 characters that there are.
 * Throws `RangeError` for a root that is no UID or leaves less than 16 digits.
 */
export function generateUid(root?: string): string {
  if (root === undefined) {
    return `2.25.${BigInt(`0x${crypto.randomUUID().replaceAll("-", "")}`)}`;
  }
  const digits = 63 - root.length;
  if (!isValidUid(root) || digits < 16) {
    throw new RangeError(
      `Cannot generate a UID under ${JSON.stringify(root)}: expected a UID of at most 47 characters`,
    );
  }
  const random = crypto.getRandomValues(new Uint32Array(8));
  const number = random.reduce((sum, word) => (sum << 32n) | BigInt(word), 1n);
  return `${root}.1${number.toString().slice(-digits + 1)}`;
}

function parseRegistry(): Registry {
  const uids = new Map<string, UidDefinition>();
  const transferSyntaxes = new Map<string, TransferSyntax>();
  const storageSopClasses = new Set<string>();
  for (const line of UIDS.split("\n")) {
    const [uid = "", keyword = "", type = "", name = "", flags = ""] = line.split("\t");
    const definition = Object.freeze({ uid, keyword, type, name, retired: flags.includes("R") });
    uids.set(uid, definition);
    if (flags.startsWith("S")) storageSopClasses.add(uid);
    if (flags.startsWith("T")) transferSyntaxes.set(uid, parseTransferSyntax(definition, flags));
  }
  return { uids, transferSyntaxes, storageSopClasses };
}

function parseTransferSyntax(definition: UidDefinition, flags: string): TransferSyntax {
  return Object.freeze({
    ...definition,
    explicitVr: !flags.includes("I"),
    littleEndian: !flags.includes("B"),
    deflated: flags.includes("D"),
    encapsulated: flags.includes("C"),
  });
}
