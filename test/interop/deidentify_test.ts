/**
 * De-identified files before DCMTK's and dicom3tools' eyes.
 *
 * @module
 */

import assert from "node:assert/strict";
import { createDeidentifier, deidentifyInstance } from "../../src/deidentify/deidentifier.ts";
import type { DataSet } from "../../src/dicom/data_set/data_set.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import { corpusIsThere, corpusPath } from "../dicom/corpus.ts";
import { dcmtk, peerTest } from "../support/peers.ts";
import { temporaryFolder } from "../support/folders.ts";
import { run } from "../support/process.ts";
import { allOf, fileOf, image, streamOf } from "../transform/support.ts";

const deidentifier = createDeidentifier({
  key: new TextEncoder().encode("a key for tests alone"),
  options: ["clean-structured-content", "retain-safe-private", "retain-modified-dates"],
  pixels: [{ treatment: "keep" }],
});

/** Errors that dciodvfy finds in a file, without the values and indices in them. */
async function errorsOf(path: string): Promise<Set<string>> {
  const { stderr, stdout } = await run("dciodvfy", [path]);
  const lines = `${stdout}\n${stderr}`.split("\n").filter((line) => line.startsWith("Error"));
  return new Set(lines.map((line) => line.replace(/<[^>]*>|\d+/g, "")));
}

/** A CT image that dciodvfy has nothing against. */
function ctImage(): DataSet {
  return image({
    SpecificCharacterSet: "ISO_IR 100",
    ImageType: ["ORIGINAL", "PRIMARY", "AXIAL"],
    StudyDate: "20240301",
    StudyTime: "101112",
    SeriesDate: "20240301",
    ContentDate: "20240301",
    ContentTime: "101112",
    AcquisitionDate: "20240301",
    AccessionNumber: "A17",
    Manufacturer: "ACME",
    ReferringPhysicianName: "Weiß^Petra",
    OperatorsName: "Lang^Eva",
    PatientName: "Müller^Jürgen",
    PatientBirthDate: "19500704",
    PatientSex: "M",
    KVP: 120,
    SliceThickness: 1,
    BodyPartExamined: "CHEST",
    PatientPosition: "HFS",
    StudyID: "1",
    SeriesNumber: 1,
    AcquisitionNumber: 1,
    InstanceNumber: 1,
    ImagePositionPatient: [0, 0, 0],
    ImageOrientationPatient: [1, 0, 0, 0, 1, 0],
    FrameOfReferenceUID: "1.2.3.4.9",
    PositionReferenceIndicator: "",
    PixelSpacing: [1, 1],
    RescaleIntercept: 0,
    RescaleSlope: 1,
    ReferencedImageSequence: [{ ReferencedSOPClassUID: UID.CTImageStorage, ReferencedSOPInstanceUID: "1.2.3.4.6" }],
  });
}

async function write(path: string, file: Uint8Array): Promise<string> {
  const output = await allOf(await deidentifyInstance(streamOf(file), deidentifier));
  await Deno.writeFile(path, output);
  return path;
}

Deno.test(peerTest("dciodvfy finds no error in a de-identified CT image that had none", ["dciodvfy"], async () => {
  using folder = temporaryFolder();
  const file = fileOf(ctImage());
  await Deno.writeFile(`${folder.path}/before.dcm`, file);
  assert.deepEqual([...await errorsOf(`${folder.path}/before.dcm`)], []);
  assert.deepEqual([...await errorsOf(await write(`${folder.path}/after.dcm`, file))], []);
}));

/** Files of several kinds of instances, and of transfer syntaxes. */
const FILES = [
  ...["CT_small.dcm", "MR_small.dcm", "MR_small_bigendian.dcm", "MR_small_implicit.dcm", "image_dfl.dcm"],
  ...[
    "JPEG2000.dcm",
    "liver_1frame.dcm",
    "rtdose.dcm",
    "rtstruct.dcm",
    "rtplan.dcm",
    "test-SR.dcm",
    "waveform_ecg.dcm",
  ],
];

Deno.test({
  ...peerTest("dcmdump reads de-identified files, and dciodvfy finds no errors that were not there", [
    "dciodvfy",
    "dcmdump",
  ], async () => {
    using folder = temporaryFolder();
    let written = 0;
    for (const name of corpusIsThere ? FILES : []) {
      const file = await Deno.readFile(corpusPath(name));
      const path = `${folder.path}/${name}`;
      try {
        await write(path, file);
      } catch (error) {
        // Without a Patient ID there are no days to move dates by.
        assert.match((error as Error).message, /PatientID has no value/, name);
        continue;
      }
      const { code, stderr } = await dcmtk("dcmdump", [path]);
      assert.equal(code, 0, `${name}: ${stderr}`);
      const before = await errorsOf(corpusPath(name));
      const added = [...await errorsOf(path)].filter((error) => !before.has(error));
      assert.deepEqual(added, [], name);
      written++;
    }
    assert.ok(!corpusIsThere || written >= 8, String(written));
  }),
});
