import assert from "node:assert/strict";
import { findInstances, type UnsentFile } from "../../../src/cli/files/instance_files.ts";
import { fileMetaInformation } from "../../../src/dicom/part10.ts";
import * as UID from "../../../src/dicom/generated/uid.ts";
import { temporaryFolder } from "../../support/folders.ts";
import { makeInstance } from "../../support/instances.ts";
import { concat } from "../../support/scripted_peer.ts";

const NOTE = new TextEncoder().encode("This is a note, and no DICOM file at all. ".repeat(4));

const NO_DICOM = /^Cannot read the file: .*it has no transfer syntax and begins as no data set does$/;

function assertReasons(found: readonly UnsentFile[], expected: readonly (readonly [string, RegExp])[]): void {
  assert.deepEqual(found.map(({ path }) => path), expected.map(([path]) => path));
  for (const [index, { reason }] of found.entries()) assert.match(reason, expected[index]![1]);
}

function dicomdir(): Uint8Array {
  return fileMetaInformation({
    sopClassUid: UID.MediaStorageDirectoryStorage,
    sopInstanceUid: "1.2.3",
    transferSyntax: UID.ExplicitVRLittleEndian,
  });
}

function makePipe(path: string): void {
  assert.ok(new Deno.Command("mkfifo", { args: [path] }).outputSync().success);
}

Deno.test("findInstances() finds instances in a folder, skips what is none, and follows no link to a folder", () => {
  using folder = temporaryFolder();
  const { file } = makeInstance();
  Deno.mkdirSync(`${folder.path}/below`);
  Deno.writeFileSync(`${folder.path}/below/file`, file);
  Deno.symlinkSync("file", `${folder.path}/below/link`);
  Deno.symlinkSync(".", `${folder.path}/round`);
  Deno.writeFileSync(`${folder.path}/note`, NOTE);
  Deno.writeFileSync(`${folder.path}/nothing`, new Uint8Array(0));
  Deno.writeFileSync(`${folder.path}/DICOMDIR`, dicomdir());
  makePipe(`${folder.path}/pipe`);
  const { instances, skipped, failed } = findInstances([`${folder.path}/`]);
  assert.deepEqual(instances.map(({ path }) => path), ["file", "link"].map((name) => `${folder.path}/below/${name}`));
  assert.deepEqual(failed, []);
  assertReasons(skipped, [
    [`${folder.path}/DICOMDIR`, /^It is a DICOMDIR$/],
    [`${folder.path}/note`, NO_DICOM],
    [`${folder.path}/nothing`, /^It is empty$/],
    [`${folder.path}/pipe`, /^It is a named pipe$/],
  ]);
});

Deno.test("findInstances() counts what a user named and is no instance as failed, and opens no pipe or device", () => {
  using folder = temporaryFolder();
  Deno.writeFileSync(`${folder.path}/note`, NOTE);
  Deno.writeFileSync(`${folder.path}/DICOMDIR`, dicomdir());
  makePipe(`${folder.path}/pipe`);
  const named = [...["none", "note", "DICOMDIR", "pipe"].map((name) => `${folder.path}/${name}`), "/dev/zero"];
  const { instances, skipped, failed } = findInstances(named);
  assert.deepEqual([instances, skipped], [[], []]);
  const reasons = [
    /^No such file or directory$/,
    NO_DICOM,
    /^It is a DICOMDIR$/,
    /^It is a named pipe$/,
    /^It is a device$/,
  ];
  assertReasons(failed, named.map((path, index) => [path, reasons[index]!]));
});

Deno.test("findInstances() counts a damaged DICOM file as failed, wherever it is", () => {
  using folder = temporaryFolder();
  const { file, dataSet, ...meta } = makeInstance();
  Deno.writeFileSync(`${folder.path}/1-in-meta`, file.subarray(0, 200));
  Deno.writeFileSync(`${folder.path}/2-behind-meta`, file.subarray(0, file.length - dataSet.length));
  const anonymous = fileMetaInformation({ ...meta, sopInstanceUid: "" });
  Deno.writeFileSync(`${folder.path}/3-nameless`, concat([anonymous, dataSet.subarray(0, 34)]));
  Deno.writeFileSync(`${folder.path}/4-whole`, file);
  const { instances, skipped, failed } = findInstances([folder.path]);
  assert.deepEqual([instances.map(({ path }) => path), skipped], [[`${folder.path}/4-whole`], []]);
  assert.match(failed[0]!.reason, /^Cannot read the file: its meta information ends inside /);
  assert.deepEqual(failed.slice(1).map(({ reason }) => reason), [
    "It ends before its data set",
    "It has no SOP Class UID or no SOP Instance UID",
  ]);
});

Deno.test("findInstances() goes on after a folder or file that it can't read", () => {
  using folder = temporaryFolder();
  Deno.mkdirSync(`${folder.path}/a`);
  // A link into nowhere and one that leads round can't be read, whoever asks.
  Deno.symlinkSync("nowhere", `${folder.path}/a/link`);
  Deno.symlinkSync("round", `${folder.path}/a/round`);
  Deno.writeFileSync(`${folder.path}/b`, makeInstance().file);
  const { instances, failed } = findInstances([`${folder.path}/missing`, folder.path]);
  assert.deepEqual(instances.map(({ path }) => path), [`${folder.path}/b`]);
  assert.deepEqual(failed.map(({ path }) => path.slice(folder.path.length + 1)), ["missing", "a/link", "a/round"]);
  assert.match(failed[1]!.reason, /^No such file/);
  assert.match(failed[2]!.reason, /^Too many levels of symbolic links/);
});

Deno.test("findInstances() reads a SOP Instance UID that is none: the peer says what it thinks of it", () => {
  using folder = temporaryFolder();
  const names = ["letters", "1.2.".repeat(30) + "1"];
  for (const [index, sopInstanceUid] of names.entries()) {
    Deno.writeFileSync(`${folder.path}/${index}`, makeInstance({ sopInstanceUid }).file);
  }
  assert.deepEqual(findInstances([folder.path]).instances.map(({ sopInstanceUid }) => sopInstanceUid), names);
});
