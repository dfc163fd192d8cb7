/** A folder as a destination: whole files or none, and never in the place of another. */

import assert from "node:assert/strict";
import { readFileHeader } from "../../../src/dicom/part10.ts";
import { FolderDestination } from "../../../src/routing/destinations/file_folder.ts";
import { nameBy, templateProblem } from "../../../src/routing/destinations/name_template.ts";
import { DeliveryError } from "../../../src/routing/destinations/outcomes.ts";
import { filesBelow, temporaryFolder } from "../../support/folders.ts";
import { makeInstance } from "../../support/instances.ts";
import { outgoing } from "../support.ts";

function instanceOf({ dataSet, ...made }: ReturnType<typeof makeInstance>, options = {}) {
  const { sopClassUid, sopInstanceUid, transferSyntax } = made;
  const stream = () => new Blob([dataSet]).stream();
  return outgoing(1, { sopClassUid, sopInstanceUid, transferSyntax, length: dataSet.length, stream, ...options });
}

function isClass(outcome: string) {
  return (error: unknown) => error instanceof DeliveryError && error.class === outcome;
}

Deno.test("a folder gets Part 10 files, which are there as a whole", async () => {
  using folder = temporaryFolder();
  const made = makeInstance({ sopInstanceUid: "1.2.3" });
  assert.deepEqual(await new FolderDestination(folder.path).store(instanceOf(made)), {});
  assert.deepEqual(filesBelow(folder.path), ["1.2/1.2.1/1.2.3.dcm"]);
  const file = Deno.readFileSync(`${folder.path}/1.2/1.2.1/1.2.3.dcm`);
  const { dataSetOffset, meta } = readFileHeader(file, { ended: true })!;
  assert.deepEqual(file.subarray(dataSetOffset), made.dataSet);
  assert.equal(meta.sourceApplicationEntityTitle, "CT1");
});

Deno.test("the same instance again counts as delivered before, and another under its name is refused for good", async () => {
  using folder = temporaryFolder();
  const destination = new FolderDestination(folder.path);
  const made = makeInstance({ sopInstanceUid: "1.2.3" });
  await destination.store(instanceOf(made));
  // Meta information may differ.
  assert.deepEqual(await destination.store(instanceOf(made, { sourceAeTitle: "MR1" })), { duplicate: true });
  const other = makeInstance({ sopInstanceUid: "1.2.3", pixel: 7 });
  await assert.rejects(destination.store(instanceOf(other)), isClass("permanent"));
  assert.deepEqual(filesBelow(folder.path), ["1.2/1.2.1/1.2.3.dcm"]);
});

Deno.test("an instance that fails on its way leaves nothing", async () => {
  using folder = temporaryFolder();
  const stream = () =>
    new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new Uint8Array(9)),
      pull: () => Promise.reject(new Error("gone")),
    }, { highWaterMark: 0 });
  await assert.rejects(new FolderDestination(folder.path).store(outgoing(1, { stream })), /gone/);
  assert.deepEqual(filesBelow(folder.path), []);
});

Deno.test("a folder that is missing is not made, and is a matter of the configuration", async () => {
  using folder = temporaryFolder();
  const destination = new FolderDestination(`${folder.path}/mount`);
  await assert.rejects(destination.store(outgoing(1)), isClass("configuration"));
  await assert.rejects(destination.probe(), isClass("configuration"));
  Deno.mkdirSync(`${folder.path}/mount`);
  await destination.probe();
  assert.deepEqual(filesBelow(`${folder.path}/mount`), []);
});

Deno.test("what a crash left long ago goes, and what may be somebody else's stays", async () => {
  using folder = temporaryFolder();
  const unfinished = `${folder.path}/.gantry-unfinished`;
  Deno.mkdirSync(unfinished);
  for (const name of ["old", "new"]) Deno.writeTextFileSync(`${unfinished}/${name}`, "");
  Deno.utimeSync(`${unfinished}/old`, 0, 0);
  await new FolderDestination(folder.path).probe();
  assert.deepEqual(filesBelow(unfinished), ["new"]);
});

Deno.test("names lead nowhere but into the folder, whatever an instance says", async () => {
  const hostile = [
    "../../etc/passwd",
    "..",
    ".",
    "",
    "/",
    "a/b",
    "a\\b",
    "a\0b",
    "CON",
    "\u202Egnp",
    "x".repeat(5000),
    " ",
    "~",
  ];
  for (const value of hostile) {
    const instance = outgoing(1, { patientId: value, studyInstanceUid: value, sopInstanceUid: value });
    for (const template of ["{PatientID}/{SOPInstanceUID}.dcm", "{PatientID}{StudyInstanceUID}/{SOPInstanceUID}"]) {
      const name = await nameBy(template, instance);
      const segments = name.split("/");
      assert.equal(segments.length, 2, name);
      for (const segment of segments) {
        assert.match(segment, /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,254}$/);
        assert.ok(!/^(con|nul)(\.|$)/i.test(segment) && !segment.endsWith("."), segment);
      }
    }
  }
  const [one, other] = await Promise.all(
    ["A^B", "A~B"].map((patientId) => nameBy("{PatientID}/{SOPInstanceUID}", outgoing(1, { patientId }))),
  );
  assert.notEqual(one, other);
  assert.equal(
    await nameBy("in/{ReceivedDate}/{SourceAETitle}/{SOPInstanceUID}.dcm", outgoing(1, { receivedAt: 0 })),
    "in/19700101/CT1/1.2.3.1.dcm",
  );
});

Deno.test("templateProblem() says what is wrong with a template", () => {
  assert.equal(templateProblem("{PatientID}/{SOPInstanceUID}.dcm"), undefined);
  assert.match(templateProblem("{PatientName}/{SOPInstanceUID}") ?? "", /fields out of PatientID/);
  assert.match(templateProblem("{StudyInstanceUID}.dcm") ?? "", /two instances must not share one/);
  for (
    const bad of [
      "../{SOPInstanceUID}",
      "/{SOPInstanceUID}",
      "a//{SOPInstanceUID}",
      "{SOPInstanceUID}/",
      "a\\{SOPInstanceUID}",
      ".x/{SOPInstanceUID}",
      "{SOPInstanceUID",
    ]
  ) {
    assert.notEqual(templateProblem(bad), undefined, bad);
  }
  assert.throws(() => new FolderDestination("/tmp", { name: "x" }), RangeError);
});
