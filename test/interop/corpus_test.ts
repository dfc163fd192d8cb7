import assert from "node:assert/strict";
import { findInstances, type InstanceFile } from "../../src/cli/files/instance_files.ts";
import { corpusIsThere, corpusPath } from "../dicom/corpus.ts";
import { filesBelow, temporaryFolder } from "../support/folders.ts";
import { gantry, listeningGantry } from "../support/gantry.ts";
import { type FileContent, readContent } from "../support/instances.ts";
import { dcmtk, peerTest, startStoreScp } from "../support/peers.ts";
import { equalBytes, HERE } from "./support.ts";

/** A test over the corpus; it is skipped, and its name says why, where that is not there. */
function corpusTest(name: string, fn: () => Promise<void>): Deno.TestDefinition {
  if (corpusIsThere) return peerTest(name, ["dcmsend", "storescp"], fn);
  return { name: `${name} (not run: no corpus)`, ignore: true, fn };
}

/** The corpus' instances, in batches in which no SOP Instance UID is there twice. */
function batches(): InstanceFile[][] {
  const batches: Map<string, InstanceFile>[] = [];
  for (const file of findInstances([corpusPath("")]).instances) {
    let batch = batches.find((batch) => !batch.has(file.sopInstanceUid));
    if (batch === undefined) batches.push(batch = new Map());
    batch.set(file.sopInstanceUid, file);
  }
  return batches.map((batch) => [...batch.values()]);
}

/** What is below a folder, by SOP Instance UID. */
function contents(folder: string): Map<string, FileContent> {
  return new Map(
    filesBelow(folder).map((name) => {
      const content = readContent(Deno.readFileSync(`${folder}/${name}`));
      return [content.sopInstanceUid, content];
    }),
  );
}

function assertSame(kept: FileContent | undefined, expected: FileContent, what: string): void {
  assert.ok(kept !== undefined, `${what} is not there`);
  assert.equal(kept.transferSyntax, expected.transferSyntax, what);
  assert.ok(equalBytes(kept.dataSet, expected.dataSet), `${what} differs from what was sent`);
}

/** Puts links to files into a folder. */
function linkInto(folder: string, files: readonly InstanceFile[]): void {
  files.forEach(({ path }, index) => Deno.symlinkSync(path, `${folder}/${String(index).padStart(3, "0")}.dcm`));
}

Deno.test(corpusTest("dcmsend: Gantry keeps the whole corpus bit for bit as storescp does", async () => {
  let compared = 0;
  for (const files of batches()) {
    using folder = temporaryFolder();
    await using reference = await startStoreScp("+xa", "-pm");
    await using gateway = await listeningGantry();
    linkInto(folder.path, files);
    for (const { port } of [reference, gateway]) {
      await dcmtk("dcmsend", ["-nh", "-dn", "-nuc", "+f", "+sd", HERE, String(port), folder.path]);
    }
    const kept = contents(`${gateway.data}/instances`);
    for (const [uid, content] of contents(reference.folder)) {
      // Two files have their UIDs with VR UN: dcmsend announces them as the digits "31", which is no SOP class.
      if (uid === "31") continue;
      assertSame(kept.get(uid), content, uid);
      compared++;
    }
    assert.deepEqual(gateway.unfinished, []);
  }
  assert.ok(compared > 100, `only ${compared} instances were compared`);
}));

/** Expects that what is kept in a folder are these files, each bit for bit. */
function assertReceived(folder: string, files: readonly InstanceFile[]): void {
  const received = contents(folder);
  assert.equal(received.size, files.length);
  for (const { path, sopInstanceUid, transferSyntax, dataSetOffset, bytes } of files) {
    // What has an odd length is padded on its way (PS3.8 E.1).
    const dataSet = new Uint8Array(bytes + bytes % 2);
    dataSet.set(Deno.readFileSync(path).subarray(dataSetOffset));
    assertSame(received.get(sopInstanceUid), { sopInstanceUid, transferSyntax, dataSet }, path);
  }
}

/** Sends files; answers the names of those that were not stored, each with its problem. */
async function sendAll(peer: string, files: readonly InstanceFile[]): Promise<Map<string, string>> {
  const { stdout } = await gantry(["send", peer, ...files.map(({ path }) => path), "--json"]);
  const results = stdout.trim().split("\n").map((line) => JSON.parse(line));
  assert.equal(results.length, files.length + 1);
  const failed = results.filter(({ type, status }) => type === "instance" && status !== 0);
  return new Map(failed.map(({ path, problem }) => [path.replace(/^.*\//, ""), problem]));
}

function without(files: readonly InstanceFile[], failed: ReadonlyMap<string, string>): InstanceFile[] {
  return files.filter(({ path }) => !failed.has(path.replace(/^.*\//, "")));
}

Deno.test(corpusTest("gantry send: storescp keeps the whole corpus bit for bit", async () => {
  const failures = new Map<string, string>();
  for (const files of batches()) {
    await using scp = await startStoreScp("+xa", "-pm");
    const failed = await sendAll(`STORESCP@${HERE}:${scp.port}`, files);
    assertReceived(scp.folder, without(files, failed));
    failed.forEach((problem, name) => failures.set(name, problem));
  }
  assert.deepEqual(Object.fromEntries(failures), {});
}));

Deno.test(corpusTest("gantry send: Gantry keeps the whole corpus bit for bit, but what has no UIDs", async () => {
  const failures = new Map<string, string>();
  for (const files of batches()) {
    await using gateway = await listeningGantry();
    const failed = await sendAll(`GANTRY@${HERE}:${gateway.port}`, files);
    assertReceived(`${gateway.data}/instances`, without(files, failed));
    assert.deepEqual(gateway.unfinished, []);
    failed.forEach((problem, name) => failures.set(name, problem));
  }
  const noUids = "Cannot keep the instance: SOP Class UID is none in its data set,";
  assert.deepEqual(Object.fromEntries(failures), {
    "UN_sequence.dcm": noUids,
    "chrSQEncoding.dcm": noUids,
    "chrSQEncoding1.dcm": noUids,
    "no_meta_group_length.dcm": noUids,
    "priv_SQ.dcm": noUids,
  });
}));
