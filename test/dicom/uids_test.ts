import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME } from "../../src/dicom/implementation.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import { REGISTERED_UIDS } from "../../src/dicom/generated/uid_kinds.ts";
import { UIDS } from "../../src/dicom/generated/uids_data.ts";
import { isRegisteredUid, isStorageSopClass, storageSopClasses } from "../../src/dicom/sop_classes.ts";
import { findTransferSyntax, transferSyntaxes } from "../../src/dicom/transfer_syntaxes.ts";
import { findUid, uidName } from "../../src/dicom/uid_registry.ts";
import { checkUid, generateUid, isValidUid, trimUid } from "../../src/dicom/uids.ts";
import { DataSetError } from "../../src/errors.ts";

Deno.test("UID has every UID of the registry that has a keyword, under it, and no other", () => {
  const registered = UIDS.split("\n").map((line) => line.split("\t")).filter(([, keyword]) => keyword !== "");
  deepStrictEqual({ ...UID }, Object.fromEntries(registered.map(([uid, keyword]) => [keyword, uid])));
  strictEqual(UID.CTImageStorage satisfies "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.2");
  strictEqual(findUid(UID.DICOMApplicationContext)?.type, "Application Context Name");
});

Deno.test("the short tables of UIDs have every UID of the registry, and no other", () => {
  const registered = UIDS.split("\n").map((line) => line.split("\t")[0]!);
  strictEqual(new Set(registered).size, registered.length);
  for (const uid of registered) {
    ok(isRegisteredUid(uid), uid);
    if (isStorageSopClass(uid)) strictEqual(findUid(uid)?.type, "SOP Class");
    if (findTransferSyntax(uid) !== undefined) strictEqual(findUid(uid)?.type, "Transfer Syntax");
  }
  strictEqual([...REGISTERED_UIDS].filter((letter) => letter === "S" || letter === ",").length, registered.length);
  for (const uid of [...storageSopClasses(), ...transferSyntaxes().map(({ uid }) => uid)]) ok(findUid(uid), uid);
  for (const uid of ["", "1", "1.2.840.10008", "1.2.840.10008.1", "1.2.840.10008.1.1.1"]) {
    ok(!isRegisteredUid(uid), uid);
  }
});

Deno.test("uidName() names registered UIDs, and gives others back", () => {
  strictEqual(uidName("1.2.840.10008.5.1.4.1.1.2"), "CT Image Storage");
  strictEqual(uidName("1.2.3"), "1.2.3");
});

Deno.test("isStorageSopClass() is what a C-STORE can carry", () => {
  const name = (keyword: string) =>
    storageSopClasses().map(findUid).find((found) => found?.keyword === keyword)?.uid ?? "";
  for (
    const keyword of [
      ...["CTImageStorage", "RTPlanStorage", "HangingProtocolStorage", "ColorPaletteStorage", "EncapsulatedPDFStorage"],
      ...[
        "UltrasoundImageStorageRetired",
        "RTBeamsDeliveryInstructionStorage",
        "StoredPrintStorage",
        "InventoryStorage",
      ],
      ...["DigitalXRayImageStorageForPresentation", "VLImageStorageTrial", "GenericImplantTemplateStorage"],
    ]
  ) ok(isStorageSopClass(name(keyword)), keyword);
  for (
    const uid of [
      ...[
        UID.Verification,
        UID.MediaStorageDirectoryStorage,
        UID.StorageCommitmentPushModel,
        UID.ImplicitVRLittleEndian,
      ],
      ...[UID.StudyRootQueryRetrieveInformationModelFind, UID.ModalityWorklistInformationModelFind, "1.2.3", ""],
      ...["1.2.840.10008.5.1.4.1.1.200.4", "1.2.840.10008.5.1.4.1.1.201.5", "1.2.840.10008.5.1.1.1"],
    ]
  ) ok(!isStorageSopClass(uid), uid);
  strictEqual(storageSopClasses().length, 210);
});

Deno.test("findTransferSyntax() knows how each transfer syntax encodes", () => {
  const flags = (uid: string) => {
    const found = findTransferSyntax(uid);
    if (found === undefined) return undefined;
    const { explicitVr, littleEndian, deflated, encapsulated } = found;
    return [explicitVr && "explicit", littleEndian && "little", deflated && "deflated", encapsulated && "encapsulated"]
      .filter(Boolean).join(" ");
  };
  strictEqual(flags(UID.ImplicitVRLittleEndian), "little");
  strictEqual(flags(UID.ExplicitVRLittleEndian), "explicit little");
  strictEqual(flags(UID.ExplicitVRBigEndian), "explicit");
  strictEqual(flags(UID.DeflatedExplicitVRLittleEndian), "explicit little deflated");
  strictEqual(flags("1.2.840.10008.1.2.4.95"), "explicit little deflated"); // JPIP Referenced Deflate
  strictEqual(flags("1.2.840.10008.1.2.4.94"), "explicit little"); // JPIP Referenced
  strictEqual(flags("1.2.840.10008.1.2.8.1"), "explicit little encapsulated"); // Deflated Image Frame Compression
  strictEqual(flags(UID.JPEGBaseline8Bit), "explicit little encapsulated");
  strictEqual(flags(UID.RLELossless), "explicit little encapsulated");
  strictEqual(flags("1.2.840.10008.1.2.6.2"), undefined); // XML Encoding
  strictEqual(flags(UID.CTImageStorage), undefined);
  ok(transferSyntaxes().length > 50);
});

Deno.test("isValidUid() holds to PS3.5 9.1", () => {
  for (const uid of ["1.2.840.10008.1.1", "0", "0.0", "2.25.0", "1." + "2".repeat(62)]) ok(isValidUid(uid), uid);
  for (
    const uid of [
      "",
      ".",
      "1.",
      ".1",
      "1..2",
      "1.02",
      "00",
      "1.2a",
      "1.2 ",
      " 1.2",
      "1.2\0",
      "1/2",
      "1." + "2".repeat(63),
      "１.2",
    ]
  ) {
    ok(!isValidUid(uid), uid);
  }
});

Deno.test("checkUid() takes padding away, and refuses what is no UID", () => {
  strictEqual(checkUid("1.2.3\0"), "1.2.3");
  strictEqual(checkUid("1.2.3 \0"), "1.2.3");
  strictEqual(trimUid("1.2.03\0"), "1.2.03");
  strictEqual(trimUid("\0 "), "");
  throws(() => checkUid("1.2.03"), DataSetError);
  throws(() => checkUid("../etc"), /Cannot take "..\/etc" as a UID: expected at most 64 digits and dots/);
});

Deno.test("generateUid() makes valid UIDs that differ, under 2.25 or a root", () => {
  const root = IMPLEMENTATION_CLASS_UID;
  const made = new Set<string>();
  for (let count = 0; count < 500; count++) made.add(generateUid()).add(generateUid(root)).add(generateUid("1.2.3"));
  strictEqual(made.size, 1500);
  for (const uid of made) ok(isValidUid(uid) && /^(2\.25|1\.2\.3)\.[1-9]/.test(uid), uid);
  strictEqual(generateUid("1.2.3").length, 64);
  throws(() => generateUid("1.2."), RangeError);
  throws(() => generateUid("1." + "2".repeat(46)), RangeError);
  ok(isValidUid(generateUid("1." + "2".repeat(45))));
});

Deno.test("Gantry's own names are legal", () => {
  ok(isValidUid(IMPLEMENTATION_CLASS_UID));
  ok(/^[A-Z0-9_]{1,16}$/.test(IMPLEMENTATION_VERSION_NAME));
});
