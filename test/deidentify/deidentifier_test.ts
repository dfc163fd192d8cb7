import assert from "node:assert/strict";
import { createDeidentifier, deidentifyInstance } from "../../src/deidentify/deidentifier.ts";
import { deidentifyStep } from "../../src/deidentify/deidentify_step.ts";
import { readKey } from "../../src/deidentify/key.ts";
import { ValueElement } from "../../src/dicom/data_set/data_element.ts";
import { DataSet } from "../../src/dicom/data_set/data_set.ts";
import { writeFile } from "../../src/dicom/data_set/writing/write_file.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import { DataSetError } from "../../src/errors.ts";
import { compileChanges } from "../../src/transform/change_steps.ts";
import { bytesOf, element, EXPLICIT, header, IMPLICIT, item, UNDEFINED } from "../dicom/encoding/elements.ts";
import { joined } from "../support/instances.ts";
import { allOf, changed, fileOf, image, streamOf } from "../transform/support.ts";
import { deidentified, deidentifiedBytes, KEY } from "./support.ts";

const PATIENT = {
  PatientName: "Adams^John",
  PatientID: "ID-4711",
  PatientBirthDate: "19500704",
  IssuerOfPatientID: "NORTH",
};

Deno.test("an instance says that it is de-identified, by which profile and options, and what became of its dates", async () => {
  const said = async (options: string[]) => {
    const { dataSet } = await deidentified(image(PATIENT), { options });
    assert.equal(dataSet.get("PatientIdentityRemoved"), "YES");
    assert.match(dataSet.getTexts("DeidentificationMethod").join(), /^Gantry .*,PS3\.15 Basic Profile/);
    const codes = dataSet.get("DeidentificationMethodCodeSequence")!.map((item) => item.get("CodeValue"));
    assert.ok(
      dataSet.get("DeidentificationMethodCodeSequence")!.every((item) => item.get("CodingSchemeDesignator") === "DCM"),
    );
    return [...codes, dataSet.get("LongitudinalTemporalInformationModified")];
  };
  assert.deepEqual(await said([]), ["113100", "REMOVED"]);
  assert.deepEqual(await said(["retain-full-dates", "retain-device"]), ["113100", "113106", "113109", "UNMODIFIED"]);
  assert.deepEqual(
    await said(["retain-modified-dates", "clean-descriptors", "retain-institution", "retain-safe-private"]),
    ["113100", "113105", "113107", "113111", "113112", "MODIFIED"],
  );
  assert.deepEqual(
    await said(["retain-uids", "retain-patient-characteristics", "clean-graphics", "clean-structured-content"]),
    ["113100", "113103", "113104", "113108", "113110", "REMOVED"],
  );
});

Deno.test("options that are unknown, can't be carried out or exclude each other are refused, and so is a short key", () => {
  const make = (options: string[]) => () => createDeidentifier({ key: KEY, options });
  assert.throws(make(["retain-all"]), /no such option, expected one of clean-pixel-data/);
  assert.throws(make(["clean-visual-features"]), /nothing here can tell a face/);
  assert.throws(make(["retain-full-dates", "retain-modified-dates"]), /expected one of/);
  assert.throws(() => createDeidentifier({ key: new Uint8Array(15) }), /at least 16/);
  assert.throws(() => createDeidentifier({ key: KEY, profile: "other" as "basic" }), /the profile basic/);
  assert.throws(() => createDeidentifier({ key: KEY, maxDays: 0 }), /maxDays/);
  assert.throws(() => createDeidentifier({ key: KEY, pixels: [{ treatment: "blank" as "keep" }] }), /expected keep/);
});

Deno.test("a patient, a study and its references become the same in each instance, each time, on each machine", async () => {
  const reference = { ReferencedSOPClassUID: UID.CTImageStorage, ReferencedSOPInstanceUID: "1.2.3.4.5" };
  const one = (await deidentified(image(PATIENT))).dataSet;
  const other = (await deidentified(image({
    ...PATIENT,
    SOPInstanceUID: "1.2.3.4.6",
    ReferencedStudySequence: [{ ReferencedSOPClassUID: UID.CTImageStorage, ReferencedSOPInstanceUID: "1.2.3.4" }],
    ReferencedImageSequence: [reference],
    ReferencedSeriesSequence: [{ SeriesInstanceUID: "1.2.3.4.1", ReferencedInstanceSequence: [reference] }],
  }))).dataSet;
  for (const keyword of ["StudyInstanceUID", "SeriesInstanceUID", "PatientID"] as const) {
    assert.equal(one.get(keyword), other.get(keyword));
  }
  assert.notEqual(one.get("SOPInstanceUID"), other.get("SOPInstanceUID"));
  assert.equal(other.get("ReferencedImageSequence[0].ReferencedSOPInstanceUID"), one.get("SOPInstanceUID"));
  assert.equal(other.get("ReferencedSeriesSequence[0].SeriesInstanceUID"), one.get("SeriesInstanceUID"));
  assert.equal(
    other.get("ReferencedSeriesSequence[0].ReferencedInstanceSequence[0].ReferencedSOPInstanceUID"),
    one.get("SOPInstanceUID"),
  );
  assert.match(one.get("PatientID")!, /^[\dA-Z]{16}$/);
  assert.equal(one.getText("PatientName"), one.get("PatientID"));
  assert.notEqual(
    (await deidentified(image({ ...PATIENT, IssuerOfPatientID: "SOUTH" }))).dataSet.get("PatientID"),
    one.get("PatientID"),
  );
  assert.deepEqual(await deidentifiedBytes(image(PATIENT)), await deidentifiedBytes(image(PATIENT)));
  const keyed = await deidentified(image(PATIENT), { key: new Uint8Array(16) });
  assert.notEqual(keyed.dataSet.get("PatientID"), one.get("PatientID"));
  assert.notEqual(keyed.dataSet.get("StudyInstanceUID"), one.get("StudyInstanceUID"));
});

Deno.test("dates go, stay, or are earlier by the same whole days for all of a patient, as precise as they were", async () => {
  const dates = {
    ...PATIENT,
    StudyDate: "20240301",
    AcquisitionDateTime: "20240301101112.5+0100",
    StudyTime: "101112",
    ContentDate: "20240305",
    FrameReferenceDateTime: "202402",
    PerformedProcedureStepEndDateTime: "2024",
  };
  const dataSet = () => {
    const { PerformedProcedureStepEndDateTime: _, ...rest } = dates;
    return image(rest);
  };
  const gone = (await deidentified(dataSet())).dataSet;
  assert.equal(gone.getText("StudyDate"), "");
  assert.equal(gone.getText("AcquisitionDateTime"), "19000101000000");
  const kept = (await deidentified(dataSet(), { options: ["retain-full-dates"] })).dataSet;
  assert.equal(kept.getText("StudyDate"), "20240301");
  assert.equal(kept.getText("AcquisitionDateTime"), "20240301101112.5+0100");
  assert.equal(kept.getText("PatientBirthDate"), "");
  const options = ["retain-modified-dates"];
  const moved = (await deidentified(dataSet(), { options })).dataSet;
  const day = (text: string) =>
    Date.UTC(Number(text.slice(0, 4)), Number(text.slice(4, 6)) - 1, Number(text.slice(6, 8))) / 86_400_000;
  const days = day("20240301") - day(moved.getText("StudyDate")!);
  assert.ok(days >= 1 && days <= 3650 && Number.isInteger(days), String(days));
  assert.equal(day("20240305") - day(moved.getText("ContentDate")!), days);
  assert.match(moved.getText("AcquisitionDateTime")!, new RegExp(`^${moved.getText("StudyDate")}101112\\.5\\+0100$`));
  assert.equal(moved.getText("StudyTime"), "101112");
  assert.match(moved.getText("FrameReferenceDateTime")!, /^\d{6}$/);
  const later = (await deidentified(image({ ...PATIENT, StudyDate: "20240401" }), { options })).dataSet;
  assert.equal(day("20240401") - day(later.getText("StudyDate")!), days);
  const few = (await deidentified(dataSet(), { options, maxDays: 1 })).dataSet;
  assert.equal(few.getText("StudyDate"), "20240229");
  await assert.rejects(
    deidentified(image({ PatientID: "", StudyDate: "20240301" }), { options }),
    /PatientID has no value/,
  );
});

Deno.test("what the options retain stays: device, institution, characteristics of the patient, UIDs; a rare age does not", async () => {
  const values = {
    ...PATIENT,
    DeviceSerialNumber: "SN-17",
    InstitutionName: "North Hospital",
    PatientAge: "093Y",
    PatientSex: "F",
    PatientWeight: 70,
    PatientBodyMassIndex: 21.5,
  };
  const all = ["retain-device", "retain-institution", "retain-patient-characteristics", "retain-uids"];
  const kept = (await deidentified(image(values), { options: all })).dataSet;
  assert.deepEqual(
    [
      "DeviceSerialNumber",
      "InstitutionName",
      "PatientAge",
      "PatientSex",
      "PatientWeight",
      "PatientBodyMassIndex",
      "SOPInstanceUID",
    ]
      .map((keyword) => kept.getText(keyword as "PatientID")),
    ["SN-17", "North Hospital", "090Y", "F", "70", "21.5", "1.2.3.4.5"],
  );
  const gone = (await deidentified(image(values))).dataSet;
  assert.deepEqual(
    ["DeviceSerialNumber", "InstitutionName", "PatientAge", "PatientSex", "PatientBodyMassIndex"]
      .map((keyword) => gone.getText(keyword as "PatientID")),
    ["ANONYMIZED", "ANONYMIZED", undefined, "", undefined],
  );
});

Deno.test("descriptions keep known words and quantities alone, or those that somebody says", async () => {
  const values = {
    ...PATIENT,
    StudyDescription: "CT Thorax Herr Adams 5mm, 12.3.1950",
    SeriesDescription: "Adams",
    ProtocolName: "?",
  };
  const clean = (await deidentified(image(values), { options: ["clean-descriptors"] })).dataSet;
  assert.equal(clean.get("StudyDescription"), "CT Thorax 5mm");
  assert.equal(clean.has("SeriesDescription"), false);
  assert.equal(clean.get("ProtocolName"), "ANONYMIZED");
  const own = await deidentified(image(values), { options: ["clean-descriptors"], words: ["herr"] });
  assert.equal(own.dataSet.get("StudyDescription"), "Herr 5mm");
  const named = image({
    ...PATIENT,
    PatientName: "Small^Jane",
    OperatorsName: "Head^Eva",
    StudyDescription: "Small Head CT",
  });
  assert.equal((await deidentified(named, { options: ["clean-descriptors"] })).dataSet.get("StudyDescription"), "CT");
});

Deno.test("safe private attributes stay with their creator, wherever their block is; all others go", async () => {
  const dataSet = image(PATIENT);
  dataSet.private("OTHER", 0x0019).set(0x23, "x", { vr: "LO" });
  dataSet.private("GEMS_ACQU_01", 0x0019).set(0x23, 2.5, { vr: "DS" });
  dataSet.private("GEMS_ACQU_01", 0x0019).set(0x99, "x", { vr: "LO" });
  dataSet.private("MINE", 0x0021).set(0x01, "1.2.3.4.5", { vr: "UI" });
  const options = ["retain-safe-private"];
  const { dataSet: kept } = await deidentified(dataSet, {
    options,
    safePrivate: [{ creator: "MINE", group: 0x0021, element: 1 }],
  });
  assert.deepEqual(kept.private("GEMS_ACQU_01", 0x0019).getAll(0x23), [2.5]);
  assert.deepEqual([...kept].filter(({ tag }) => (tag >>> 16) % 2 === 1).length, 4);
  assert.deepEqual(kept.private("MINE", 0x0021).getTexts(1), [kept.get("SOPInstanceUID")]);
  assert.ok([...(await deidentified(dataSet)).dataSet].every(({ tag }) => (tag >>> 16) % 2 === 0));
});

Deno.test("a sequence in UN, of defined or undefined length, is looked into; unknown attributes go", async () => {
  const inner = joined(
    element(IMPLICIT, 0x0010_0010, "PN", "Secret^X"),
    element(IMPLICIT, 0x0008_1155, "UI", "1.2.77"),
  );
  const undefinedUn = joined(
    header(EXPLICIT, 0x0008_1115, "UN", UNDEFINED),
    item(IMPLICIT, inner, "undefined"),
    header(EXPLICIT, 0xfffe_e0dd, "", 0),
  );
  const definedUn = element(EXPLICIT, 0x0008_1199, "UN", item(IMPLICIT, inner, "defined"));
  const unknown = element(EXPLICIT, 0x0009_0001, "UN", "SECRET");
  const strange = element(EXPLICIT, 0x0008_fff0, "LO", "SECRET");
  const file = fileOf(image(PATIENT));
  const at = file.findIndex((_, index) =>
    bytesOf("CS")[0] === file[index + 4] && file[index] === 8 && file[index + 2] === 0x60
  );
  const planted = joined(
    file.slice(0, at),
    file.slice(at, at + 10),
    undefinedUn,
    definedUn,
    strange,
    unknown,
    file.slice(at + 10),
  );
  const output = await deidentifiedBytes(planted);
  const text = new TextDecoder("latin1").decode(output);
  assert.doesNotMatch(text, /Secret|SECRET|1\.2\.77/);
  const { dataSet } = await deidentified(planted);
  assert.match(dataSet.get("ReferencedSeriesSequence[0].ReferencedSOPInstanceUID")!, /^2\.25/);
  assert.match(dataSet.get("ReferencedSOPSequence[0].ReferencedSOPInstanceUID")!, /^2\.25/);
});

Deno.test("a value that has not the form of its VR is not kept, and nothing behind a NUL is", async () => {
  const dataSet = image(PATIENT);
  dataSet.setElement(new ValueElement(0x0018_0015, "CS", bytesOf("CHEST\0SECRET")));
  dataSet.setElement(new ValueElement(0x0018_0060, "DS", bytesOf("SECRET")));
  dataSet.setElement(new ValueElement(0x0018_1210, "SH", bytesOf("B30\0SECRET ")));
  dataSet.setElement(new ValueElement(0x0008_0070, "OB", bytesOf("SECRET")));
  dataSet.setElement(new ValueElement(0x0008_0005, "CS", bytesOf("ISO_IR 100\\SECRET ")));
  const output = await deidentifiedBytes(dataSet);
  assert.doesNotMatch(new TextDecoder("latin1").decode(output), /SECRET/);
});

Deno.test("an identifier that is left over holds the instance, and the error has its path and not its value", async () => {
  const held = async (dataSet: DataSet, options: string[] = []) =>
    await deidentified(dataSet, { options }).then(() => undefined, (error) => error as DataSetError);
  const inCode = image({ ...PATIENT, PatientName: "Quintana^John", ConvolutionKernel: ["quintana"] });
  const error = await held(inCode);
  assert.equal(error?.path, "PatientName");
  assert.doesNotMatch(error!.message, /quintana/i);
  const inBytes = image(PATIENT);
  inBytes.setElement(new ValueElement(0x0028_2000, "OB", bytesOf("\0\0ID-4711\0")));
  assert.equal((await held(inBytes))?.path, "PatientID");
  const asUtf16 = image({ ...PATIENT, PatientName: "Quintana" });
  asUtf16.setElement(
    new ValueElement(0x0028_2000, "OB", bytesOf([..."Quintana"].flatMap((char) => [char.charCodeAt(0), 0]))),
  );
  assert.equal((await held(asUtf16))?.path, "PatientName");
  asUtf16.setElement(
    new ValueElement(0x0028_2000, "OB", bytesOf([..."Quintana"].flatMap((char) => [0, char.charCodeAt(0)]))),
  );
  assert.equal((await held(asUtf16))?.path, "PatientName");
  const uid = image({ ...PATIENT, Manufacturer: "1.2.3.4.5" });
  assert.equal((await held(uid))?.path, "SOPInstanceUID");
  assert.equal(await held(uid, ["retain-uids"]), undefined);
  // Words within others, and those of anatomy, are no names.
  assert.equal(
    await held(image({ ...PATIENT, PatientName: "Head^Eva", BodyPartExamined: "HEAD", Manufacturer: "Evatech" })),
    undefined,
  );
});

Deno.test("what nothing can look into is held: documents, voices, structured content, pixels in a sequence", async () => {
  const document = image({ ...PATIENT, EncapsulatedDocument: bytesOf("%PDF") });
  await assert.rejects(deidentified(document), /encapsulated document/);
  const voice = image({ ...PATIENT, SOPClassUID: UID.BasicVoiceAudioWaveformStorage });
  await assert.rejects(deidentified(voice), /voice/);
  const report = image({ ...PATIENT, ContentSequence: [{ ValueType: "TEXT", TextValue: "Adams" }] });
  await assert.rejects(deidentified(report), /expected the option clean-structured-content/);
  const nested = image({ ...PATIENT, ReferencedSeriesSequence: [{ PixelData: Uint8Array.of(1, 2) }] });
  await assert.rejects(deidentified(nested), { name: "DataSetError", message: /pixel data stand within a sequence/ });
});

Deno.test("curves, overlays, icons, signatures and padding go; graphic annotations keep their layer", async () => {
  const dataSet = image({
    ...PATIENT,
    OverlayRows: 2,
    OverlayData: new Uint8Array(2),
    IconImageSequence: [{ Rows: 1 }],
    GraphicAnnotationSequence: [{
      GraphicLayer: "LAYER",
      TextObjectSequence: [{ UnformattedTextValue: "Adams", AnchorPoint: [1, 1] }],
      GraphicObjectSequence: [{ GraphicType: "CIRCLE", GraphicData: [1, 2, 3, 4] }, {
        GraphicType: "POLYLINE",
        GraphicData: [1, 2],
      }],
    }],
  });
  dataSet.setElement(new ValueElement(0x5000_3000, "OW", new Uint8Array(2)));
  dataSet.setElement(new ValueElement(0xfffc_fffc, "OB", bytesOf("SECRET")));
  dataSet.set("DigitalSignaturesSequence", [{ MACIDNumber: 1 }]);
  const gone = (await deidentified(dataSet)).dataSet;
  for (const tag of [0x6000_0010, 0x6000_3000, 0x5000_3000, 0x0088_0200, 0xfffc_fffc, 0xfffa_fffa]) {
    assert.equal(gone.has(tag), false);
  }
  assert.equal(gone.get("GraphicAnnotationSequence[0].GraphicLayer"), "LAYER");
  assert.equal(gone.get("GraphicAnnotationSequence[0].TextObjectSequence[0].UnformattedTextValue"), "ANONYMIZED");
  assert.equal(gone.has("GraphicAnnotationSequence[0].GraphicObjectSequence"), false);
  const clean = (await deidentified(dataSet, { options: ["clean-graphics"] })).dataSet;
  assert.deepEqual(
    clean.get("GraphicAnnotationSequence[0].GraphicObjectSequence")?.map((item) => item.get("GraphicType")),
    ["CIRCLE"],
  );
  assert.equal(clean.get("GraphicAnnotationSequence[0].TextObjectSequence[0].UnformattedTextValue"), "ANONYMIZED");
});

Deno.test("preamble and meta information say nothing of the original", async () => {
  const meta = new DataSet({ PrivateInformationCreatorUID: "1.2.99" }).set(0x0002_0016, "SECRETAE").set(
    0x0002_0102,
    bytesOf("SECRET"),
  );
  const file = writeFile({ dataSet: image(PATIENT), meta });
  file.set(bytesOf("SECRET"), 20);
  const output = await deidentifiedBytes(file);
  assert.doesNotMatch(new TextDecoder("latin1").decode(output), /SECRET|1\.2\.99|1\.2\.3\.4/);
  const { meta: written, dataSet } = await deidentified(file);
  assert.equal(written.get("MediaStorageSOPInstanceUID"), dataSet.get("SOPInstanceUID"));
});

Deno.test("a de-identifier is a step of a route, and takes its key from a text", async () => {
  const kinds = { deidentify: deidentifyStep() };
  const changes = compileChanges([{
    deidentify: { profile: "basic", options: ["retain-device"], key: "a key for tests alone\n" },
  }], { kinds });
  const { dataSet } = await changed(image(PATIENT), changes);
  assert.equal(dataSet.get("PatientID"), (await deidentified(image(PATIENT))).dataSet.get("PatientID"));
  assert.throws(() => compileChanges([{ deidentify: { key: "x" } }], { kinds }), /change\[0\]\.deidentify.*1 bytes/);
  assert.throws(() => compileChanges([{ deidentify: {} }], { kinds }), /without a key/);
  assert.throws(
    () => compileChanges([{ deidentify: { key: "a key for tests alone", option: [] } }], { kinds }),
    /"option"/,
  );
  assert.deepEqual(readKey(bytesOf("key \r\n")), bytesOf("key"));
});

Deno.test("the report counts what was done by attribute, and holds no value", async () => {
  const deidentifier = createDeidentifier({ key: KEY, options: ["retain-device"] });
  const dataSet = image({ ...PATIENT, DeviceSerialNumber: "SN-17", OtherPatientIDsSequence: [{ PatientID: "1" }] });
  dataSet.private("ACME", 9).set(1, "x", { vr: "LO" });
  const instance = await deidentifyInstance(streamOf(fileOf(dataSet)), deidentifier);
  await allOf(instance);
  const lines = instance.report.map(({ attribute, treatment, count }) => `${attribute} ${treatment} ${count}`);
  for (
    const line of [
      "PatientName renamed 1",
      "PatientBirthDate emptied 1",
      "DeviceSerialNumber kept 1",
      "SOPInstanceUID renamed 1",
      "OtherPatientIDsSequence removed 1",
      "PrivateAttributes removed 2",
    ]
  ) {
    assert.ok(lines.includes(line), `${line} in ${lines.join("; ")}`);
  }
  assert.doesNotMatch(lines.join(), /Adams|4711|SN-17/);
  assert.equal(instance.originalSopInstanceUid, "1.2.3.4.5");
});

Deno.test("many instances at once through one de-identifier don't get into each other's way", async () => {
  const deidentifier = createDeidentifier({ key: KEY, options: ["retain-modified-dates"] });
  const outputs = await Promise.all(Array.from({ length: 20 }, async (_, number) => {
    const file = fileOf(image({ ...PATIENT, PatientID: `ID-${4711 + number}`, StudyDate: "20240301" }));
    return await allOf(await deidentifyInstance(streamOf(file, 10), deidentifier));
  }));
  for (const [number, output] of outputs.entries()) {
    const alone = await deidentifiedBytes(
      image({ ...PATIENT, PatientID: `ID-${4711 + number}`, StudyDate: "20240301" }),
      { options: ["retain-modified-dates"] },
    );
    assert.deepEqual(output, alone);
  }
});
