/** What is there after the process was killed, and when the system sets limits. */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { openFileStore } from "../../src/objects/file_store.ts";
import { filesBelow, temporaryFolder } from "../support/folders.ts";
import { Process, run } from "../support/process.ts";
import { nameOf, objectOf } from "./children/objects.ts";
import { read } from "../archive/support.ts";

const child = (name: string) => new URL(`./children/${name}.ts`, import.meta.url).pathname;

for (const mode of ["durable", "fast"] as const) {
  Deno.test(`what was kept when a ${mode} store was killed is there, whole, and nothing else`, async () => {
    using folder = temporaryFolder();
    for (const killAt of [3, 40, 41, 97, 150]) {
      const data = `${folder.path}/${killAt}`;
      const args = ["run", "-A", child("store_in_a_loop"), data, mode];
      let numbers: number[];
      {
        await using process = new Process(Deno.execPath(), args);
        await process.line(new RegExp(`^${killAt}$`));
        process.kill("SIGKILL");
        await process.exited;
        // Only whole lines count; the last one may be cut.
        numbers = process.lines.filter((line) => /^\d+$/.test(line)).slice(0, -1).map(Number);
      }
      await using store = await openFileStore(data, { durable: mode === "durable", journalLength: 1024 * 1024 });
      assert.deepEqual(filesBelow(`${data}/incoming`), []);
      for (const number of numbers) assert.ok(await store.get(nameOf(number)), `${number} was kept`);
      for (const name of filesBelow(`${data}/instances`)) {
        const expected = Buffer.concat(objectOf(Number(name.split("/").at(-1))));
        assert.ok(expected.equals((await read(store, name))!), name);
      }
      assert.ok(numbers.length >= killAt - 8);
    }
  });

  Deno.test(`a ${mode} store's folder that a process without file locks has open is not opened`, async () => {
    using folder = temporaryFolder();
    const open = () => openFileStore(folder.path, { durable: mode === "durable", journalLength: 1024 * 1024 });
    Deno.writeTextFileSync(`${folder.path}/lock`, String(Deno.ppid));
    await assert.rejects(
      open,
      /^FolderInUseError: Cannot open the archive: it is open by another process, which holds /,
    );
    Deno.writeTextFileSync(`${folder.path}/lock`, "0");
    await using _store = await open();
  });

  Deno.test({
    name: `a ${mode} store refuses a file above the system's limit, and goes on`,
    ignore: Deno.build.os === "windows",
    fn: async () => {
      using folder = temporaryFolder();
      const script = `trap "" XFSZ; ulimit -f 1000; exec "$0" run -A "$1" "$2" ${mode}`;
      const { code, stdout, stderr } = await run("sh", [
        "-c",
        script,
        Deno.execPath(),
        child("store_until_refused"),
        `${folder.path}/data`,
      ]);
      assert.equal(code, 0, stderr);
      const said = JSON.parse(stdout);
      assert.equal(said.reason, "out-of-resources");
      assert.match(said.message, /^Cannot write to the archive: the file would be larger .* \(EFBIG\)$/);
      assert.ok(said.kept > 5);
      assert.deepEqual([said.left, said.small], [0, 10]);
    },
  });

  Deno.test({
    name: `a ${mode} store on a full disk refuses, and goes on`,
    ignore: !await canMount(),
    fn: async () => {
      using folder = temporaryFolder();
      const mounted = await run("mount", ["-t", "tmpfs", "-o", "size=8m", "none", folder.path]);
      assert.equal(mounted.code, 0, mounted.stderr);
      try {
        const args = ["run", "-A", child("store_until_refused"), `${folder.path}/data`, mode];
        const { code, stdout, stderr } = await run(Deno.execPath(), args);
        assert.equal(code, 0, stderr);
        const said = JSON.parse(stdout);
        assert.equal(said.reason, "out-of-resources");
        assert.equal(said.message, "Cannot write to the archive: no space is left (ENOSPC)");
        assert.deepEqual([said.left, said.small], [0, 10]);
      } finally {
        await run("umount", [folder.path]);
      }
    },
  });
}

/** Whether this process may mount a file system of its own. */
async function canMount(): Promise<boolean> {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return false;
  using folder = temporaryFolder();
  const { code } = await run("mount", ["-t", "tmpfs", "none", folder.path]);
  if (code === 0) await run("umount", [folder.path]);
  return code === 0;
}
