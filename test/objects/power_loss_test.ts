import assert from "node:assert/strict";
import { temporaryFolder } from "../support/folders.ts";
import { run } from "../support/process.ts";
import { standInForFileSystem } from "../support/stand_ins.ts";

const child = (name: string) => new URL(`./children/${name}.ts`, import.meta.url);

Deno.test("what a durable store had kept when power was lost is there, whole, and nothing else", async () => {
  using folder = temporaryFolder();
  const options = standInForFileSystem(folder.path, child("recorded_fs"));
  const program = child("lose_power").pathname;
  const { code, stdout, stderr } = await run(Deno.execPath(), ["run", "-A", ...options, program, folder.path, "42"]);
  assert.equal(code, 0, stderr);
  const { moments, flushes, found, unsettled, loose, persisted } = JSON.parse(stdout);
  assert.equal(moments, 90);
  assert.ok(loose > 10 && persisted > 10, stdout);
  assert.ok(flushes > 100 && found > 1000 && unsettled > 100, stdout);
});
