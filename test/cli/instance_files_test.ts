import assert from "node:assert/strict";
import { findInstances } from "../../src/cli/instance_files.ts";
import { fileMetaInformation } from "../../src/dicom/part10.ts";
import { temporaryFolder } from "../support/folders.ts";
import { makeInstance } from "../support/instances.ts";
import { concat } from "../support/scripted_peer.ts";

Deno.test("findInstances() says which path it can't read, and skips what is no file to be read", () => {
  using folder = temporaryFolder();
  assert.throws(() => findInstances([`${folder.path}/none`]), {
    name: "Error",
    message: `Cannot read ${folder.path}/none: No such file or directory`,
  });
  const { dataSet, ...meta } = makeInstance();
  Deno.writeFileSync(`${folder.path}/file`, concat([fileMetaInformation(meta), dataSet]));
  Deno.symlinkSync("nowhere", `${folder.path}/link`);
  Deno.symlinkSync(".", `${folder.path}/round`);
  assert.ok(new Deno.Command("mkfifo", { args: [`${folder.path}/pipe`] }).outputSync().success);
  const { instances, skipped } = findInstances([folder.path]);
  assert.deepEqual(instances.map(({ path }) => path), [`${folder.path}/file`]);
  assert.deepEqual(skipped, [{ path: `${folder.path}/link`, reason: "No such file or directory" }]);
});
