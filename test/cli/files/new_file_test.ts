import assert from "node:assert/strict";
import { openLentFile } from "../../../src/cli/files/lent_file.ts";
import { writeNewFile } from "../../../src/cli/files/new_file.ts";
import { allOf } from "../../transform/support.ts";
import { filesBelow, temporaryFolder } from "../../support/folders.ts";

function lent(...pieces: (Uint8Array | Error)[]) {
  return {
    // deno-lint-ignore require-await -- the interface is asynchronous
    async read() {
      const piece = pieces.shift();
      if (piece instanceof Error) throw piece;
      return piece;
    },
  };
}

Deno.test("writeNewFile() makes folders and a file of all bytes, and tells each piece", async () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/a/b/c.dcm`;
  const lengths: number[] = [];
  await writeNewFile(
    path,
    lent(new Uint8Array(3).fill(1), new Uint8Array(2).fill(2)),
    (length) => void lengths.push(length),
  );
  assert.deepEqual([...Deno.readFileSync(path)], [1, 1, 1, 2, 2]);
  assert.deepEqual(lengths, [3, 2]);
  assert.deepEqual(filesBelow(folder.path), ["a/b/c.dcm"]);
});

Deno.test("writeNewFile() leaves what is there, also where it came in the meantime, and nothing of what fails", async () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/c.dcm`;
  await assert.rejects(writeNewFile(path, lent(new Uint8Array(3), new Error("broken")), () => {}), {
    message: "broken",
  });
  assert.deepEqual(filesBelow(folder.path), []);
  const meantime = () => Deno.writeTextFileSync(path, "first");
  await assert.rejects(writeNewFile(path, lent(new Uint8Array(3)), meantime), /exists already, and none is replaced/);
  await assert.rejects(writeNewFile(path, lent(new Uint8Array(3)), () => {}), /exists already, and none is replaced/);
  assert.equal(Deno.readTextFileSync(path), "first");
  assert.deepEqual(filesBelow(folder.path), ["c.dcm"]);
});

Deno.test("openLentFile() gives a file piece by piece, and closes it at its end or when it is cancelled", async () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/file`;
  const bytes = new Uint8Array(600_000).map((_, index) => index);
  Deno.writeFileSync(path, bytes);
  let counted = 0;
  const file = openLentFile(path, (length) => void (counted += length));
  assert.deepEqual(await allOf(file), bytes);
  assert.equal(counted, bytes.length);
  assert.equal(await file.read(), undefined);
  const other = openLentFile(path, () => {});
  await other.read();
  await other.cancel();
  await other.cancel();
});
