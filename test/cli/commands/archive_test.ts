/** `ARCHIVE` in the place of a peer: the archive of the configuration, or the gateway that has it open. */

import assert from "node:assert/strict";
import { makeInstance, readContent, writeInstances } from "../../support/instances.ts";
import { filesBelow, temporaryFolder } from "../../support/folders.ts";
import { gantry, listeningGantry } from "../../support/gantry.ts";
import { freePort } from "../../support/process.ts";

const INSTANCES = [1, 2, 3].map((number) =>
  makeInstance({ sopInstanceUid: `1.2.9.${number}`, studyInstanceUid: "1.2.9", seriesInstanceUid: "1.2.9.9" })
);

/** Runs commands in a folder with a configuration. */
function runner(folder: string, yaml: string) {
  Deno.writeTextFileSync(`${folder}/gantry.yaml`, yaml);
  return async (...args: string[]) => {
    const { code, stdout, stderr } = await gantry(args, { cwd: folder, env: { NO_COLOR: "1" } });
    return { code, lines: stdout.split("\n").filter((line) => line !== ""), stderr };
  };
}

const KEYS = ["-k", "StudyInstanceUID", "--csv"];

Deno.test("gantry send, find, get and move work on the archive of the configuration", async () => {
  using folder = temporaryFolder();
  await using destination = await listeningGantry({ args: ["--ae-title", "STORE"] });
  const run = runner(
    folder.path,
    `{ archive: { path: here }, peers: { S: { aeTitle: STORE, host: 127.0.0.1, port: ${destination.port} } } }`,
  );
  const nothing = await run("find", "ARCHIVE");
  assert.deepEqual([nothing.code, nothing.stderr], [1, "gantry: Cannot find the archive's folder here\n"]);

  Deno.mkdirSync(`${folder.path}/in`);
  writeInstances(`${folder.path}/in`, INSTANCES);
  const sent = await run("send", "ARCHIVE", "in");
  assert.deepEqual([sent.code, sent.stderr], [0, ""]);
  assert.match(sent.lines[0]!, /^3 instances stored; [^,]*$/);
  const other = makeInstance({ sopInstanceUid: "1.2.9.1", studyInstanceUid: "1.2.9", pixel: 1 });
  Deno.writeFileSync(`${folder.path}/other.dcm`, other.file);
  Deno.writeTextFileSync(`${folder.path}/note.txt`, "bring milk");
  const again = await run("send", "ARCHIVE", "other.dcm", "in", "note.txt");
  assert.equal(again.code, 1);
  assert.match(again.lines[0]!, /^4 instances stored \(1 warning\), 1 failed; /);
  assert.match(again.stderr, /other\.dcm: 0xB000 .*: The archive has another instance with this SOP Instance UID\n/);

  const found = await run("find", "ARCHIVE", "--level", "study", ...KEYS, "-k", "NumberOfStudyRelatedInstances");
  assert.deepEqual(found.lines.map((line) => line.split(",").slice(0, 2)), [
    ["StudyInstanceUID", "NumberOfStudyRelatedInstances"],
    ["1.2.9", "3"],
  ]);
  const json = JSON.parse((await run("find", "ARCHIVE", "-k", "PatientName=DOE*", "--json")).lines[0]!);
  assert.deepEqual([json["00080052"].Value, json["00080054"].Value], [["STUDY"], ["GANTRY"]]);
  assert.equal(json["00200010"], undefined, "what nobody asked for");

  const got = await run("get", "ARCHIVE", "StudyInstanceUID=1.2.9", "-o", "out");
  assert.deepEqual([got.code, got.stderr], [0, ""]);
  for (const { sopInstanceUid, dataSet } of INSTANCES) {
    const file = Deno.readFileSync(`${folder.path}/out/${sopInstanceUid}.dcm`);
    assert.deepEqual(readContent(file).dataSet, dataSet);
  }

  const moved = await run("move", "ARCHIVE", "--to", "STORE", "PatientName=Doe*");
  assert.deepEqual([moved.code, moved.stderr], [0, ""]);
  assert.match(moved.lines[0]!, /^3 instances moved to STORE in /);
  assert.deepEqual(destination.instances.length, 3);
});

Deno.test("gantry move ARCHIVE tells what a destination did not take, and gives up on one that is not there", async () => {
  using folder = temporaryFolder();
  const run = runner(
    folder.path,
    `peers: { S: { aeTitle: STORE, host: 127.0.0.1, port: ${freePort()} } }`,
  );
  Deno.mkdirSync(`${folder.path}/in`);
  writeInstances(`${folder.path}/in`, INSTANCES);
  await run("send", "ARCHIVE", "in");
  const { code, lines, stderr } = await run("move", "ARCHIVE", "--to", "STORE", "StudyInstanceUID=1.2.9");
  assert.equal(code, 1);
  assert.match(lines[0]!, /^0 instances moved to STORE, 3 failed in /);
  assert.match(
    stderr,
    /0xA702 .*The move destination can't be reached; not moved: 1\.2\.9\.1, 1\.2\.9\.2, 1\.2\.9\.3\n$/,
  );
  const unknown = await run("move", "ARCHIVE", "--to", "STOR", "StudyInstanceUID=1.2.9");
  assert.deepEqual([unknown.code, /did you mean STORE\?/.test(unknown.stderr)], [2, true]);
});

Deno.test("gantry names what the archive can't read, and copies or moves the rest", async () => {
  using folder = temporaryFolder();
  await using destination = await listeningGantry({ args: ["--ae-title", "STORE"] });
  const run = runner(
    folder.path,
    `peers: { S: { aeTitle: STORE, host: 127.0.0.1, port: ${destination.port} } }`,
  );
  Deno.mkdirSync(`${folder.path}/in`);
  writeInstances(`${folder.path}/in`, INSTANCES);
  await run("send", "ARCHIVE", "in");
  Deno.removeSync(`${folder.path}/data/instances/${INSTANCES[1]!.name}`);
  const got = await run("get", "ARCHIVE", "StudyInstanceUID=1.2.9", "-o", "out");
  assert.equal(got.code, 1);
  assert.equal(got.stderr, "gantry: 1.2.9.2: Cannot read the instance 1.2.9.2: its file is missing\n");
  assert.deepEqual(filesBelow(`${folder.path}/out`).sort(), ["1.2.9.1.dcm", "1.2.9.3.dcm"]);
  const moved = await run("move", "ARCHIVE", "--to", "STORE", "StudyInstanceUID=1.2.9");
  assert.match(moved.lines[0]!, /^2 instances moved to STORE, 1 failed in /);
  assert.match(moved.stderr, /0xB000 .*: Instances can't be read; not moved: 1\.2\.9\.2\n$/);
});

Deno.test("gantry asks the gateway that has the archive open, and says so", async () => {
  using folder = temporaryFolder();
  await using destination = await listeningGantry({ args: ["--ae-title", "STORE"] });
  const peers = `peers: { S: { aeTitle: STORE, host: 127.0.0.1, port: ${destination.port} } }`;
  await using gateway = await listeningGantry({ config: peers });
  const archive = `archive: { path: ${JSON.stringify(gateway.data)} }`;
  const run = runner(folder.path, `{ dicom: { host: 127.0.0.1, port: ${gateway.port} }, ${archive} }`);
  Deno.mkdirSync(`${folder.path}/in`);
  writeInstances(`${folder.path}/in`, INSTANCES);
  const told =
    `gantry: Another process has ${gateway.data} open: asking the gateway GANTRY@127.0.0.1:${gateway.port}\n`;
  const sent = await run("send", "ARCHIVE", "in");
  assert.deepEqual([sent.code, sent.stderr], [0, told]);
  assert.equal(gateway.instances.length, 3);
  const found = await run("find", "ARCHIVE", ...KEYS);
  assert.deepEqual([found.code, found.stderr, found.lines.length], [0, told, 2]);
  const got = await run("get", "ARCHIVE", "StudyInstanceUID=1.2.9", "-o", "out");
  assert.deepEqual([got.code, filesBelow(`${folder.path}/out`).length], [0, 3]);
  const moved = await run("move", "ARCHIVE", "--to", "STORE", "StudyInstanceUID=1.2.9");
  assert.match(moved.lines[0]!, /^3 instances moved to STORE in /);
  assert.equal(destination.instances.length, 3);

  // Whoever has it open may be no gateway.
  const elsewhere = runner(folder.path, `{ dicom: { host: 127.0.0.1, port: ${freePort()} }, ${archive} }`);
  const unanswered = await elsewhere("find", "ARCHIVE");
  assert.equal(unanswered.code, 1);
  assert.match(unanswered.stderr, /Another process has .* open: .*\ngantry: Cannot connect to .*nothing listens there/);
});
