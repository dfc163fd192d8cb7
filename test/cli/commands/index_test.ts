/** `gantry index`: what differs between the index and the files, and an index made anew. */

import assert from "node:assert/strict";
import { createArchive } from "../../../src/archive/archive.ts";
import { openFileArchive } from "../../../src/archive/file_archive.ts";
import { dataSetOf, incoming } from "../../archive/instances.ts";
import { filesBelow, temporaryFolder } from "../../support/folders.ts";
import { gantry, listeningGantry } from "../../support/gantry.ts";

async function makeArchive(folder: string): Promise<void> {
  await using opened = await openFileArchive(folder);
  await using archive = createArchive(opened);
  for (const [seed, sopInstanceUid] of ["1.2.3.4", "1.2.3.5", "1.2.3.6"].entries()) {
    await archive.keep(incoming(dataSetOf({ sopInstance: sopInstanceUid }, { seed }), { sopInstanceUid }));
  }
}

async function index(...args: string[]) {
  const { code, stdout, stderr } = await gantry(["index", ...args], { env: { NO_COLOR: "1" } });
  return { code, lines: stdout.split("\n").filter((line) => line !== ""), stderr };
}

Deno.test("gantry index check says that index and files are the same, and what differs", async () => {
  using folder = temporaryFolder();
  await makeArchive(folder.path);
  assert.deepEqual(await index("check", "--data", folder.path), {
    code: 0,
    lines: ["3 files, 3 instances in the index: no differences"],
    stderr: "",
  });

  const series = `${folder.path}/instances/1.2.3/1.2.3.1`;
  Deno.removeSync(`${series}/1.2.3.5.dcm`);
  Deno.truncateSync(`${series}/1.2.3.6.dcm`, 500);
  Deno.writeTextFileSync(`${folder.path}/instances/note.txt`, "bring milk");
  Deno.mkdirSync(`${folder.path}/instances/1.9/1.9.1`, { recursive: true });
  Deno.copyFileSync(`${series}/1.2.3.4.dcm`, `${folder.path}/instances/1.9/1.9.1/1.2.3.4.dcm`);
  const other = Deno.readFileSync(`${series}/1.2.3.4.dcm`);
  const text = new TextDecoder("latin1").decode(other).replaceAll("1.2.3.4\0", "1.2.3.7\0");
  Deno.writeFileSync(`${series}/1.2.3.7.dcm`, Uint8Array.from(text, (character) => character.charCodeAt(0)));

  const { code, lines, stderr } = await index("check", "--data", folder.path, "--json");
  assert.equal(stderr, "");
  const found = lines.map((line) => JSON.parse(line));
  assert.deepEqual(found.pop(), { type: "summary", objects: 5, entries: 3, differences: 5 });
  assert.deepEqual(found.map(({ kind, name }) => `${kind} ${name}`).sort(), [
    "duplicate 1.9/1.9.1/1.2.3.4.dcm",
    "no-instance note.txt",
    "not-in-index 1.2.3/1.2.3.1/1.2.3.7.dcm",
    "not-in-store 1.2.3/1.2.3.1/1.2.3.5.dcm",
    "wrong-length 1.2.3/1.2.3.1/1.2.3.6.dcm",
  ]);
  assert.equal(code, 1);
  assert.equal((await index("check", "--data", folder.path)).lines.length, 6);
});

Deno.test("gantry index rebuild makes the index anew, and changes no file", async () => {
  using folder = temporaryFolder();
  await makeArchive(folder.path);
  const series = `${folder.path}/instances/1.2.3/1.2.3.1`;
  Deno.removeSync(`${series}/1.2.3.5.dcm`);
  Deno.writeTextFileSync(
    `${folder.path}/index.sqlite`,
    "no database, but long enough to be looked at as one".repeat(100),
  );
  const damaged = await index("check", "--data", folder.path);
  assert.equal(damaged.code, 1);
  assert.match(damaged.stderr, /^gantry: Cannot read the index .*index\.sqlite: file is not a database/);
  const files = filesBelow(series).map((name) => [name, Deno.readFileSync(`${series}/${name}`)]);
  assert.deepEqual((await index("rebuild", "--data", folder.path)).lines, ["2 files: the index has 2 instances"]);
  assert.deepEqual(filesBelow(series).map((name) => [name, Deno.readFileSync(`${series}/${name}`)]), files);
  assert.equal((await index("check", "--data", folder.path)).code, 0);
  const { lines } = await index("rebuild", "--data", folder.path, "--json");
  assert.deepEqual(lines.map((line) => JSON.parse(line)), [
    { type: "summary", objects: 2, instances: 2, unreadable: 0, duplicates: 0 },
  ]);
});

Deno.test("gantry index says what is wrong with a call, a folder, or an archive that is open", async () => {
  using folder = temporaryFolder();
  assert.equal((await index()).code, 2);
  assert.match((await index("chekc")).stderr, /^gantry: Cannot understand "chekc": expected check, rebuild or stats/);
  const missing = await index("check", "--data", `${folder.path}/none`);
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /^gantry: Cannot find the archive's folder .*none\n$/);
  await using gateway = await listeningGantry();
  for (const action of ["check", "rebuild", "stats"]) {
    const { code, stderr } = await index(action, "--data", gateway.data);
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^gantry: Cannot open the archive: it is open by another process, which holds .*lock; where none runs, remove that file\n$/,
    );
  }
});
