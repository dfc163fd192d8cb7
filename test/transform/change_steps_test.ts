import assert from "node:assert/strict";
import { ValueElement } from "../../src/dicom/data_set/data_element.ts";
import type { DataSet } from "../../src/dicom/data_set/data_set.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import { DataSetError } from "../../src/errors.ts";
import { type ChangeStep, compileChanges, type CompileOptions } from "../../src/transform/change_steps.ts";
import type { StepItem } from "../../src/transform/set_value.ts";
import { changed, image } from "./support.ts";

async function after(dataSet: DataSet, steps: readonly ChangeStep[], options: CompileOptions = {}): Promise<DataSet> {
  return (await changed(dataSet, compileChanges(steps, options), { facts: { callingAeTitle: "CT1" } })).dataSet;
}

/** The error that steps end in; its message holds no value. */
async function problem(dataSet: DataSet, steps: readonly ChangeStep[]): Promise<DataSetError> {
  const error = await after(dataSet, steps).then(() => undefined, (error) => error);
  assert.ok(error instanceof DataSetError, String(error));
  for (const secret of ["Adams", "4711", "Ä", "SECRET"]) assert.ok(!error.message.includes(secret), error.message);
  return error;
}

Deno.test("set sets attributes by keyword, tag and path, private ones by their creator, and makes items on the way", async () => {
  const dataSet = await after(image(), [{
    set: {
      InstitutionName: "North",
      "(0008,1010)": "CT1",
      ImageType: ["DERIVED", "SECONDARY"],
      "RequestAttributesSequence[0].RequestedProcedureID": "R1",
      OtherPatientIDsSequence: [{ PatientID: "7", TypeOfPatientID: "TEXT" }],
      '(0009,"ACME 1.1",01)': { vr: "LO", value: "routed" },
      PatientComments: null,
      InstanceNumber: 3,
    },
  }]);
  assert.equal(dataSet.get("InstitutionName"), "North");
  assert.equal(dataSet.get("StationName"), "CT1");
  assert.deepEqual(dataSet.get("ImageType"), ["DERIVED", "SECONDARY"]);
  assert.equal(dataSet.get("RequestAttributesSequence[0].RequestedProcedureID"), "R1");
  assert.equal(dataSet.get("OtherPatientIDsSequence[0].PatientID"), "7");
  assert.deepEqual(dataSet.private("ACME 1.1", 0x0009).getTexts(1), ["routed"]);
  assert.equal(dataSet.element(0x0010_4000)?.kind === "value" && dataSet.has("PatientComments"), true);
  assert.equal(dataSet.get("InstanceNumber"), 3);
});

Deno.test("a path has an end before the items that it makes are too deep for those who read them", async () => {
  const path = (items: number) => `${"RequestAttributesSequence[0].".repeat(items)}RequestedProcedureID`;
  const dataSet = await after(image(), [{ set: { [path(31)]: "R1" } }]);
  assert.equal(dataSet.get(path(31) as "RequestedProcedureID"), "R1");
  for (const items of [32, 10_000]) {
    assert.throws(() => compileChanges([{ set: { [path(items)]: "R1" } }]), /more than 32 attributes/);
  }
  assert.throws(() => compileChanges([{ remove: path(10_000) }]), ({ message }: Error) => message.length < 500);
});

Deno.test("items of a value have an end, too, before they are too deep for those who read them", async () => {
  const items = (depth: number) => {
    let item: StepItem = { RequestedProcedureID: "R1" };
    for (let at = 1; at < depth; at++) item = { RequestAttributesSequence: [item] };
    return [{ set: { RequestAttributesSequence: [item] } }];
  };
  const path = `${"RequestAttributesSequence[0].".repeat(31)}RequestedProcedureID`;
  assert.equal((await after(image(), items(31))).get(path as "RequestedProcedureID"), "R1");
  for (const depth of [32, 100_000]) {
    assert.throws(
      () => compileChanges(items(depth)),
      /change\[0\]\.set: found items in items, expected at most 32 attributes in each other$/,
    );
  }
});

Deno.test("set with [*] sets in all items that there are, and in none where there are none", async () => {
  const items = [{ PatientID: "1" }, { PatientID: "2" }];
  const steps = [{
    set: { "OtherPatientIDsSequence[*].IssuerOfPatientID": "NORTH", "RequestAttributesSequence[*].StudyID": "1" },
  }];
  const dataSet = await after(image({ OtherPatientIDsSequence: items }), steps);
  assert.equal(dataSet.get("OtherPatientIDsSequence[1].IssuerOfPatientID"), "NORTH");
  assert.equal(dataSet.has("RequestAttributesSequence"), false);
});

Deno.test("what an instance can't have is an error that names the path, for each kind of fault, and no value", async () => {
  const comment = (text: string) => image({ PatientComments: text });
  const faults: readonly [path: string, value: string, expected: RegExp][] = [
    ["PatientBirthDate", "SECRET", /expected YYYYMMDD/],
    ["PatientBirthDate", "20250101-20250201", /expected YYYYMMDD/],
    ["ContentTime", "10-11", /expected HH/],
    ["AcquisitionDateTime", "2024-2025", /expected -1200 to/],
    ["BodyPartExamined", "SECRET*", /capital letters/],
    ["StationName", "SECRET of more than 16 characters", /at most 16 characters/],
    ["InstanceNumber", "SECRET", /digits/],
    ["StudyInstanceUID", "1.02", /a UID/],
    ["SpecificCharacterSet", "SECRET", /defined terms/],
  ];
  for (const [path, value, expected] of faults) {
    const error = await problem(comment(value), [{ template: { [path]: "{PatientComments}" } }]);
    assert.equal(error.path, path);
    assert.match(error.message, expected);
    assert.ok(error.message.includes(path));
  }
  const unknowable: readonly [path: string, value: string | object, expected: RegExp][] = [
    ["PatientName", "Ä", /PatientName/],
    ['(0009,"ACME",01)', "SECRET", /VR/],
    ["RequestAttributesSequence[3].StudyID", "SECRET", /does not exist/],
    ["RequestAttributesSequence[3]", { StudyID: "SECRET" }, /an index of at most 0/],
  ];
  for (const [path, value, expected] of unknowable) {
    const error = await problem(image(), [{ set: { [path]: value } }]);
    assert.equal(error.path, path);
    assert.match(error.message, expected);
  }
});

Deno.test("what no instance can have or lack is an error of the step that names the path, and no value", () => {
  const long = "SECRET".repeat(11);
  const wrong: readonly [ChangeStep, RegExp][] = [
    [{ set: { StudyDate: "SECRET" } }, /\.set: found a text that StudyDate \(VR DA\) cannot have, expected YYYYMMDD$/],
    [{ set: { StudyDate: "20250101-" } }, /StudyDate \(VR DA\) cannot have/],
    [{ set: { StudyDate: "20250230" } }, /StudyDate \(VR DA\) cannot have/],
    [{ set: { AcquisitionDateTime: "2024-2025" } }, /VR DT/],
    [{ set: { Modality: "SECRET*" } }, /VR CS/],
    [{ set: { Modality: "secret" } }, /VR CS/],
    [{ set: { Rows: "12" } }, /a text that Rows \(VR US\) cannot have, expected numbers/],
    [{ set: { Rows: 65536 } }, /a number that Rows \(VR US\) cannot have, expected integers from 0 to 65535/],
    [{ set: { SmallestImagePixelValue: 70000 } }, /VR US or SS/],
    [{ set: { PatientName: 4711 } }, /a number that PatientName \(VR PN\) cannot have, expected a text/],
    [{ set: { PatientID: 4711 } }, /expected text, in quotation marks/],
    [{ set: { PatientID: true } } as unknown as ChangeStep, /a boolean that PatientID/],
    [{ set: { PatientName: [["SECRET"]] } } as unknown as ChangeStep, /a list that PatientName/],
    [{ set: { PatientID: long } }, /at most 64 characters/],
    [{ set: { PatientID: ["A", long] } }, /a list that PatientID .*at most 64 characters/],
    [{ set: { SpecificCharacterSet: "SECRET" } }, /defined terms/],
    [{ set: { OtherPatientIDsSequence: "SECRET" } }, /a text that OtherPatientIDsSequence \(VR SQ\)/],
    [{ set: { "OtherPatientIDsSequence[0]": "SECRET" } }, /OtherPatientIDsSequence\[0\]/],
    [
      { set: { OtherPatientIDsSequence: [{ PatientID: 7 }] } },
      /a value that OtherPatientIDsSequence.PatientID cannot have/,
    ],
    [{ set: { OtherPatientIDsSequence: [{ StudyDate: "2025-" }] } }, /OtherPatientIDsSequence.StudyDate cannot have/],
    [{ set: { OtherPatientIDsSequence: [{ "(0002,0010)": "1.2" }] } }, /an attribute of data sets/],
    [{ set: { "OtherPatientIDsSequence[*].StudyDate": "SECRET" } }, /StudyDate \(VR DA\) cannot have/],
    [{ set: { '(0009,"ACME",01)': { vr: "DA", value: "SECRET" } } }, /VR DA/],
    [{ set: { PatientID: { vr: "US", value: 7 } } }, /the VR US for PatientID, expected LO/],
    [{ set: { "PatientName[0]": { PatientID: "SECRET" } } }, /VR PN has no items/],
    [{ remove: "PatientName[0].PatientID" }, /VR PN has no items/],
    [{ set: { SOPInstanceUID: "" } }, /no value for SOPInstanceUID, expected a value, since it is of type 1/],
    [{ set: { Modality: null } }, /no value for Modality/],
    [{ remove: ["PatientID", "StudyInstanceUID"] }, /StudyInstanceUID, which is of type 1/],
    [{ map: { attribute: "PatientID", to: "SOPClassUID", table: { A: "1.2" }, missing: "remove" } }, /of type 1/],
    ...["(0002,0010)", "(0000,0110)", "(FFFE,E000)"].flatMap((tag): [ChangeStep, RegExp][] => [
      [{ set: { [tag]: "SECRET" } }, /which no instance has in its data set/],
      [{ remove: tag }, /which no instance has/],
      [{ copy: { [tag]: "PatientID" } }, /which no instance has/],
      [{ template: { [tag]: "{PatientID}" } }, /which no instance has/],
    ]),
    [{ set: { "(0008,0000)": 8 } }, /group length/],
    [{ set: { "(0009,0001)": { vr: "LO", value: "SECRET" } } }, /private tag/],
    [{ set: { PixelData: null } }, /PixelData, which is copied as it is/],
    [{ remove: "(7FE0,0010)" }, /copied as it is/],
    [{ template: { StudyDate: "tomorrow" } }, /\.template: .*StudyDate \(VR DA\)/],
    [{ template: { Rows: "{Columns}" } }, /a text that Rows \(VR US\) cannot have/],
    [{ template: { StationName: `{Modality} ${"in the north".repeat(2)}` } }, /at most 16 characters/],
    [
      { map: { attribute: "PatientID", to: "PatientSex", table: { "1": "M", "2": "SECRETS of a kind" } } },
      /PatientSex/,
    ],
    [{ prefixIssuer: { issuer: long } }, /PatientID \(VR LO\)/],
    [{ prefixIssuer: { issuer: "N", attribute: "Rows" } }, /Rows \(VR US\)/],
    [{ prefixIssuer: { issuer: "N", seperator: "/" } } as ChangeStep, /"seperator", expected issuer, separator/],
    [{ mapUids: { key: "a key of sixteen bytes", kye: "x" } } as ChangeStep, /"kye", expected key/],
    [{ dropPrivate: { kept: ["ACME"] } } as ChangeStep, /"kept", expected keep/],
    [{ copy: { Rows: "PatientName" } }, /values of PatientName \(VR PN\), which Rows \(VR US\) cannot have/],
    [{ copy: { PatientID: "Rows" } }, /which PatientID \(VR LO\) cannot have, expected attributes of the same kind/],
    [{ copy: { StudyID: "RequestAttributesSequence" } }, /VR SQ/],
    [{ copy: { RequestAttributesSequence: "StudyID" } }, /VR SQ/],
    [{ copy: { StudyDate: "SmallestImagePixelValue" } }, /VR US or SS/],
    ...[{ set: {} }, { remove: [] }, { copy: {} }, { template: {} }, { aeTitles: {} }].map((
      step,
    ): [ChangeStep, RegExp] => [step, /found nothing in it, expected at least one/]),
    [{ map: { attribute: "PatientID", table: {} } }, /nothing in it/],
    [{ aeTitles: { OLD: "A TITLE THAT IS TOO LONG" } }, /\.aeTitles: .*1 to 16 characters/],
    [{ aeTitles: { "A TITLE THAT IS TOO LONG": "NEW" } }, /1 to 16 characters/],
  ];
  for (const [step, expected] of wrong) {
    assert.throws(() => compileChanges([step]), ({ name, message }: Error) => {
      assert.equal(name, "ChangeStepError");
      assert.match(message, expected);
      return !message.includes("SECRET");
    });
  }
});

Deno.test("what some instance can have is no error of the step: it depends on VR, character set and items", () => {
  const right: readonly ChangeStep[] = [
    { set: { SmallestImagePixelValue: -3 } },
    { set: { SmallestImagePixelValue: 65535 } },
    { set: { RedPaletteColorLookupTableData: [1, 65535] } },
    { set: { PatientName: "Ä^山田=山田", SpecificCharacterSet: ["", "ISO 2022 IR 87"] } },
    { set: { '(0009,"ACME",01)': "text", "(0009,1001)": 7, "(0008,9999)": { vr: "LO", value: "x" } } },
    { set: { "RequestAttributesSequence[7].StudyID": "x", "RequestAttributesSequence[*]": { StudyID: "x" } } },
    { set: { PatientID: null, Rows: null, InstanceNumber: 7, SliceThickness: "1.5", StudyDate: "" } },
    { set: { IconImageSequence: [{ PixelData: [1, 2] }], AcquisitionDateTime: "20250101-0500" } },
    {
      remove: ["(0008,0000)", "Rows", "IconImageSequence[0].PixelData", "ReferencedStudySequence[0].StudyInstanceUID"],
    },
    {
      copy: {
        InstanceNumber: "Rows",
        StudyID: "PatientID",
        '(0009,"ACME",01)': "Rows",
        IconImageSequence: "ReferencedStudySequence",
      },
    },
    { template: { StudyDescription: "{anyFact}" } },
    { template: { StudyDate: "{SeriesDate}01", PatientName: "{PatientID}^", StationName: "{Modality}" } },
    { map: { attribute: "PatientID", to: "PatientSex", table: { "1": "M", "2": "" } } },
  ];
  for (const step of right) compileChanges([step]);
});

Deno.test("remove removes attributes and items, one or all, also behind Pixel Data", async () => {
  const dataSet = image({ OtherPatientIDsSequence: [{ PatientID: "1" }, { PatientID: "2" }], PatientComments: "none" });
  dataSet.private("ACME", 0x0009).set(1, "private", { vr: "LO" });
  dataSet.setElement(new ValueElement(0xfffc_fffc, "OB", new Uint8Array(2)));
  const one = await after(dataSet, [{
    remove: ["OtherPatientIDsSequence[0]", "PatientComments", '(0009,"ACME",01)', "(FFFC,FFFC)"],
  }]);
  assert.equal(one.get("OtherPatientIDsSequence[0].PatientID"), "2");
  assert.deepEqual([one.has("PatientComments"), one.private("ACME", 9).has(1), one.has(0xfffc_fffc)], [
    false,
    false,
    false,
  ]);
  const all = await after(dataSet, [{ remove: "OtherPatientIDsSequence[*]" }]);
  assert.equal(all.getAll("OtherPatientIDsSequence").length, 0);
  assert.equal(
    (await after(dataSet, [{ remove: "OtherPatientIDsSequence[*].PatientID" }])).get(
      "OtherPatientIDsSequence[1].PatientID",
    ),
    undefined,
  );
});

Deno.test("copy copies values, sequences and numbers; what is not there leaves the other as it is", async () => {
  const dataSet = await after(image({ OtherPatientIDsSequence: [{ PatientID: "1" }], StudyID: "old" }), [{
    copy: {
      OtherPatientIDs: "PatientID",
      IssuerOfPatientID: "OtherPatientIDsSequence[0].PatientID",
      StudyID: "AccessionNumber",
      Columns: "Rows",
    },
  }]);
  assert.deepEqual(dataSet.getTexts("OtherPatientIDs"), ["ID-4711"]);
  assert.equal(dataSet.get("IssuerOfPatientID"), "1");
  assert.equal(dataSet.get("StudyID"), "old");
});

Deno.test("template fills in attributes and facts, and says where a value is missing", async () => {
  const template = { StudyDescription: "{Modality} of {PatientName} {{{callingAeTitle}}} {StudyID|none}" };
  assert.equal((await after(image(), [{ template }])).get("StudyDescription"), "CT of Adams^John {CT1} none");
  assert.match(
    (await problem(image(), [{ template: { StudyDescription: "{StudyID}" } }])).message,
    /StudyID has no value/,
  );
  assert.throws(
    () => compileChanges([{ template: { StudyDescription: "{Modality" } }]),
    /change\[0\]\.template.*brace/,
  );
});

Deno.test("map looks values up in a table or a file of CSV, and does with others what it says", async () => {
  const csv = 'old,new,who\r\nID-4711,"A ""1""; B",x\r\n"1,2",3,\r\n';
  const readText = (path: string) => path === "ids.csv" ? csv : "";
  const mapped = await after(image(), [{
    map: { attribute: "PatientID", to: "OtherPatientIDs", csv: "ids.csv", key: "old", value: "new" },
  }], { readText });
  assert.deepEqual(mapped.getTexts("OtherPatientIDs"), ['A "1"; B']);
  const table = { other: "x" };
  const error = await problem(image(), [{ map: { attribute: "PatientID", table } }]);
  assert.match(error.message, /Cannot map PatientID: the table has no entry/);
  const map = (missing: "keep" | "remove") => after(image(), [{ map: { attribute: "PatientID", table, missing } }]);
  assert.equal((await map("keep")).get("PatientID"), "ID-4711");
  assert.equal((await map("remove")).has("PatientID"), false);
});

Deno.test("prefixIssuer puts the issuer before an identifier, once", async () => {
  const step = { prefixIssuer: { issuer: "NORTH" } };
  assert.equal((await after(image(), [step, step])).get("PatientID"), "NORTH-ID-4711");
  assert.equal((await after(image({ PatientID: "" }), [step])).get("PatientID"), undefined);
});

Deno.test("mapUids names instances anew at every depth, always the same, and leaves what the standard names", async () => {
  const reference = { ReferencedSOPClassUID: "1.2.840.10008.5.1.4.1.1.2", ReferencedSOPInstanceUID: "1.2.3.4.5" };
  const step = { mapUids: { key: "a key of sixteen bytes or more" } };
  const dataSet = await after(
    image({ ReferencedImageSequence: [reference], FailedSOPInstanceUIDList: ["1.2.3.4.5", "1.2.77"] }),
    [step],
  );
  const uid = dataSet.get("SOPInstanceUID")!;
  assert.match(uid, /^2\.25\.[1-9]\d{20,38}$/);
  assert.equal(dataSet.get("ReferencedImageSequence[0].ReferencedSOPInstanceUID"), uid);
  assert.equal(dataSet.getTexts("FailedSOPInstanceUIDList")[0], uid);
  assert.equal(dataSet.get("ReferencedImageSequence[0].ReferencedSOPClassUID"), "1.2.840.10008.5.1.4.1.1.2");
  assert.equal(dataSet.get("SOPClassUID"), "1.2.840.10008.5.1.4.1.1.2");
  const other = await after(image(), [{ mapUids: { key: "another key of sixteen bytes" } }]);
  assert.notEqual(other.get("SOPInstanceUID"), uid);
  assert.throws(() => compileChanges([{ mapUids: { key: "short" } }]), /change\[0\]\.mapUids.*5 bytes/);
});

Deno.test("aeTitles replaces AE titles wherever they stand, also in meta information", async () => {
  const changes = compileChanges([{ aeTitles: { OLD: "NEW" } }]);
  const dataSet = image({ RetrieveAETitle: ["OLD", "OTHER"], ReferencedStudySequence: [{ RetrieveAETitle: ["OLD"] }] });
  const file = await changed(dataSet, [({ meta }) => void meta.set(0x0002_0016, "OLD"), ...changes]);
  assert.deepEqual(file.dataSet.getTexts("RetrieveAETitle"), ["NEW", "OTHER"]);
  assert.deepEqual(file.dataSet.getTexts("ReferencedStudySequence[0].RetrieveAETitle"), ["NEW"]);
  assert.equal(file.meta.getText(0x0002_0016), "NEW");
});

Deno.test("characterSet converts text at every depth, and is an error where that would lose some", async () => {
  const item = { SpecificCharacterSet: "ISO_IR 144", PatientName: "Люк" };
  const dataSet = () =>
    image({ SpecificCharacterSet: "ISO_IR 100", PatientName: "Müller", OtherPatientIDsSequence: [item] });
  const utf8 = await after(dataSet(), [{ characterSet: "ISO_IR 192" }]);
  assert.deepEqual([utf8.get("SpecificCharacterSet"), utf8.getText("PatientName")], [["ISO_IR 192"], "Müller"]);
  assert.equal(utf8.getText("OtherPatientIDsSequence[0].PatientName"), "Люк");
  const error = await problem(dataSet(), [{ characterSet: "ISO_IR 101" }]);
  assert.match(error.message, /PatientName/);
  const undecodable = image();
  undecodable.setElement(new ValueElement(0x0010_0010, "PN", Uint8Array.of(0xc4, 0xc4)));
  assert.match((await problem(undecodable, [{ characterSet: "ISO_IR 192" }])).message, /PatientName/);
  assert.throws(() => compileChanges([{ characterSet: "LATIN" }]), /change\[0\]\.characterSet/);
});

Deno.test("dropPrivate removes private attributes at every depth and behind Pixel Data, but for some creators", async () => {
  const dataSet = image({ ReferencedStudySequence: [{}] });
  for (const creator of ["ACME", "OTHER"]) {
    dataSet.private(creator, 0x0009).set(1, "x", { vr: "LO" });
    dataSet.private(creator, 0x7fe1).set(1, "x", { vr: "LO" });
    dataSet.get("ReferencedStudySequence")![0]!.private(creator, 0x0011).set(1, "x", { vr: "LO" });
  }
  const kept = await after(dataSet, [{ dropPrivate: { keep: ["ACME"] } }]);
  const has = (dataSet: DataSet, creator: string) => [
    dataSet.private(creator, 0x0009).has(1),
    dataSet.private(creator, 0x7fe1).has(1),
    dataSet.get("ReferencedStudySequence")![0]!.private(creator, 0x0011).has(1),
  ];
  assert.deepEqual(has(kept, "ACME"), [true, true, true]);
  assert.deepEqual(has(kept, "OTHER"), [false, false, false]);
  const none = await after(dataSet, [{ dropPrivate: true }]);
  assert.ok([...none].every(({ tag }) => (tag >>> 16) % 2 === 0));
});

Deno.test("a kind of an integrator's own is a function over the data set, and needs no gateway", async () => {
  const shout = (suffix: string) => ({ dataSet }: { readonly dataSet: DataSet }) =>
    void dataSet.set("PatientComments", `${dataSet.getText("Modality")}${suffix}`);
  const dataSet = await after(image(), [{ shout: "!" }], { kinds: { shout } });
  assert.equal(dataSet.get("PatientComments"), "CT!");
});

Deno.test("steps that can't be understood are errors that name their place", () => {
  const wrong: readonly [ChangeStep, RegExp][] = [
    [{ sets: {} }, /change\[0\]\.sets: found no step of this name, expected one of set, remove/],
    [{}, /change\[0\]: found none, expected an object with one key/],
    [{ set: {}, remove: [] } as ChangeStep, /one key/],
    [{ set: { NoSuchKeyword: "x" } }, /change\[0\]\.set: .*NoSuchKeyword/],
    [{ set: { "(0009,1001)": { vr: "XX", value: "" } } }, /VR "XX"/],
    [{ remove: [3] } as unknown as ChangeStep, /change\[0\]\.remove: .*number/],
    [{ map: { attribute: "PatientID" } } as ChangeStep, /change\[0\]\.map: .*table/],
    [{ map: { attribute: "PatientID", csv: "a.csv" } }, /no files are read/],
    [
      { map: { attribute: "PatientID", table: { A: "B" }, missing: "drop" } } as unknown as ChangeStep,
      /hold, keep or remove/,
    ],
    [{ prefixIssuer: {} } as ChangeStep, /no issuer/],
    [{ remove: "ReferencedStudySequence.StudyID" }, /no index/],
    [{ remove: '(0010,"ACME",01)' }, /no private attributes/],
    [{ compress: UID.JPEGLSLossless }, /change\[0\]\.compress: found .*, expected no such step, since nothing here/],
    [{ decompress: UID.JPEGLSLossless }, /expected ExplicitVRLittleEndian, ImplicitVRLittleEndian/],
    [{ decompress: false } as unknown as ChangeStep, /found a boolean, expected the keyword or UID/],
  ];
  for (const [step, expected] of wrong) {
    assert.throws(() => compileChanges([step]), { name: "ChangeStepError", message: expected });
  }
});

Deno.test("a template names facts that there are, where these are known", () => {
  const template = { StudyDescription: "{callingAeTitle} {callingAETitle|none}" };
  const facts = ["callingAeTitle", "route"];
  assert.throws(() => compileChanges([{ template }], { facts }), {
    path: [0, "template"],
    found: "{callingAETitle}",
    expected: "an attribute, or one of callingAeTitle, route",
  });
  compileChanges([{ template: { StudyDescription: "{callingAeTitle} {Modality}" } }], { facts });
});

Deno.test("an error of a step says which step, what was found and what was expected", () => {
  const lossy = () =>
    compileChanges([{ remove: "StudyID" }, { compress: "JPEGBaseline8Bit" }], { encodable: [UID.RLELossless] });
  assert.throws(lossy, { path: [1, "compress"], found: '"JPEGBaseline8Bit"', expected: "RLELossless" });
  const gone = () => {
    throw new Error("there is none");
  };
  const csv = () => compileChanges([{ map: { attribute: "PatientID", csv: "ids.csv" } }], { readText: gone });
  const found = '"ids.csv", which cannot be read (there is none)';
  assert.throws(csv, { path: [0, "map"], found, expected: "a file of CSV" });
});
