import assert from "node:assert/strict";
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
  assert.deepEqual({ ...UID }, Object.fromEntries(registered.map(([uid, keyword]) => [keyword, uid])));
  assert.equal(UID.CTImageStorage satisfies "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.2");
  assert.equal(findUid(UID.DICOMApplicationContext)?.type, "Application Context Name");
});

Deno.test("the short tables of UIDs have every UID of the registry, and no other", () => {
  const registered = UIDS.split("\n").map((line) => line.split("\t")[0]!);
  assert.equal(new Set(registered).size, registered.length);
  for (const uid of registered) {
    assert.ok(isRegisteredUid(uid), uid);
    if (isStorageSopClass(uid)) assert.equal(findUid(uid)?.type, "SOP Class");
    if (findTransferSyntax(uid) !== undefined) assert.equal(findUid(uid)?.type, "Transfer Syntax");
  }
  assert.equal([...REGISTERED_UIDS].filter((letter) => letter === "S" || letter === ",").length, registered.length);
  for (const uid of [...storageSopClasses(), ...transferSyntaxes().map(({ uid }) => uid)]) assert.ok(findUid(uid), uid);
  for (const uid of ["", "1", "1.2.840.10008", "1.2.840.10008.1", "1.2.840.10008.1.1.1"]) {
    assert.ok(!isRegisteredUid(uid), uid);
  }
});

Deno.test("uidName() names registered UIDs, and gives others back", () => {
  assert.equal(uidName("1.2.840.10008.5.1.4.1.1.2"), "CT Image Storage");
  assert.equal(uidName("1.2.3"), "1.2.3");
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
  ) assert.ok(isStorageSopClass(name(keyword)), keyword);
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
  ) assert.ok(!isStorageSopClass(uid), uid);
  assert.equal(storageSopClasses().length, 210);
});

Deno.test("findTransferSyntax() knows how each transfer syntax encodes", () => {
  const flags = (uid: string) => {
    const found = findTransferSyntax(uid);
    if (found === undefined) return undefined;
    const { explicitVr, littleEndian, deflated, encapsulated } = found;
    return [explicitVr && "explicit", littleEndian && "little", deflated && "deflated", encapsulated && "encapsulated"]
      .filter(Boolean).join(" ");
  };
  assert.equal(flags(UID.ImplicitVRLittleEndian), "little");
  assert.equal(flags(UID.ExplicitVRLittleEndian), "explicit little");
  assert.equal(flags(UID.ExplicitVRBigEndian), "explicit");
  assert.equal(flags(UID.DeflatedExplicitVRLittleEndian), "explicit little deflated");
  assert.equal(flags("1.2.840.10008.1.2.4.95"), "explicit little deflated"); // JPIP Referenced Deflate
  assert.equal(flags("1.2.840.10008.1.2.4.94"), "explicit little"); // JPIP Referenced
  assert.equal(flags("1.2.840.10008.1.2.8.1"), "explicit little encapsulated"); // Deflated Image Frame Compression
  assert.equal(flags(UID.JPEGBaseline8Bit), "explicit little encapsulated");
  assert.equal(flags(UID.RLELossless), "explicit little encapsulated");
  assert.equal(flags("1.2.840.10008.1.2.6.2"), undefined); // XML Encoding
  assert.equal(flags(UID.CTImageStorage), undefined);
  assert.ok(transferSyntaxes().length > 50);
});

Deno.test("isValidUid() holds to PS3.5 9.1", () => {
  for (const uid of ["1.2.840.10008.1.1", "0", "0.0", "2.25.0", "1." + "2".repeat(62)]) assert.ok(isValidUid(uid), uid);
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
    assert.ok(!isValidUid(uid), uid);
  }
});

Deno.test("checkUid() takes padding away, and refuses what is no UID", () => {
  assert.equal(checkUid("1.2.3\0"), "1.2.3");
  assert.equal(checkUid("1.2.3 \0"), "1.2.3");
  assert.equal(trimUid("1.2.03\0"), "1.2.03");
  assert.equal(trimUid("\0 "), "");
  assert.throws(() => checkUid("1.2.03"), DataSetError);
  assert.throws(() => checkUid("../etc"), /Cannot take "..\/etc" as a UID: expected at most 64 digits and dots/);
});

Deno.test("generateUid() makes valid UIDs that differ, under 2.25 or a root", () => {
  const root = IMPLEMENTATION_CLASS_UID;
  const made = new Set<string>();
  for (let count = 0; count < 500; count++) made.add(generateUid()).add(generateUid(root)).add(generateUid("1.2.3"));
  assert.equal(made.size, 1500);
  for (const uid of made) assert.ok(isValidUid(uid) && /^(2\.25|1\.2\.3)\.[1-9]/.test(uid), uid);
  assert.equal(generateUid("1.2.3").length, 64);
  assert.throws(() => generateUid("1.2."), RangeError);
  assert.throws(() => generateUid("1." + "2".repeat(46)), RangeError);
  assert.ok(isValidUid(generateUid("1." + "2".repeat(45))));
});

Deno.test("Gantry's own names are legal", () => {
  assert.ok(isValidUid(IMPLEMENTATION_CLASS_UID));
  assert.ok(/^[A-Z0-9_]{1,16}$/.test(IMPLEMENTATION_VERSION_NAME));
});
