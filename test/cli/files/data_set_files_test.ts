import assert from "node:assert/strict";
import { DataSetFiles } from "../../../src/cli/files/data_set_files.ts";
import type { InstanceFile } from "../../../src/cli/files/instance_files.ts";
import { temporaryFolder } from "../../support/folders.ts";

const OFFSET = 300;
/** What is read at a time; what fits in it; what takes several, the last one short. */
const PIECE = 256 * 1024;
const SHORT = 1000;
const LONG = 2 * PIECE + 10;

/** A file with so many bytes behind its head, each telling where it is and whose. */
function fileOf(folder: string, name: string, bytes: number): { file: InstanceFile; dataSet: Uint8Array } {
  const path = `${folder}/${name}.dcm`;
  const all = Uint8Array.from({ length: OFFSET + bytes }, (_, index) => index * 31 + name.charCodeAt(0));
  Deno.writeFileSync(path, all);
  const file = { path, sopClassUid: "1.2", sopInstanceUid: "1.3", transferSyntax: "1.4", dataSetOffset: OFFSET, bytes };
  return { file, dataSet: all.subarray(OFFSET) };
}

async function readAll(dataSet: ReturnType<DataSetFiles["open"]>): Promise<Uint8Array> {
  if (dataSet instanceof Uint8Array) return dataSet.slice();
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for (let piece = await dataSet.read(); piece !== undefined; piece = await dataSet.read()) pieces.push(piece.slice());
  return await new Blob(pieces).bytes();
}

for (const bytes of [0, 1, SHORT, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, LONG]) {
  for (const begins of [false, true]) {
    const how = begins ? "begun before" : "not begun";
    Deno.test(`DataSetFiles gives the ${bytes} bytes of a file that was ${how}, and counts them`, async () => {
      using folder = temporaryFolder();
      let count = 0;
      using files = new DataSetFiles((bytes) => count += bytes);
      const { file, dataSet } = fileOf(folder.path, "a", bytes);
      if (begins) files.begin(file);
      assert.equal(count, 0);
      assert.deepEqual(await readAll(files.open(file)), dataSet);
      assert.equal(count, bytes);
    });
  }
}

Deno.test("DataSetFiles leaves a data set alone while the next one is begun", async () => {
  using folder = temporaryFolder();
  using files = new DataSetFiles(() => {});
  const shares = [fileOf(folder.path, "a", LONG), fileOf(folder.path, "b", SHORT), fileOf(folder.path, "c", LONG)];
  for (const [index, { file, dataSet }] of shares.entries()) {
    const opened = files.open(file);
    const next = shares[index + 1];
    if (next !== undefined) files.begin(next.file);
    assert.deepEqual(await readAll(opened), dataSet);
  }
});

Deno.test("DataSetFiles closes what was begun or opened and isn't sent to its end", async () => {
  using folder = temporaryFolder();
  const [a, b] = ["a", "b"].map((name) => fileOf(folder.path, name, LONG));
  using files = new DataSetFiles(() => {});
  files.begin(a!.file);
  files.begin(b!.file);
  const opened = files.open(a!.file);
  assert.ok(!(opened instanceof Uint8Array));
  await opened.read();
  files.begin(b!.file);
  await opened.cancel?.();
});

Deno.test("DataSetFiles says that a file has vanished when it is to be sent, and not before", () => {
  using folder = temporaryFolder();
  using files = new DataSetFiles(() => {});
  const { file } = fileOf(folder.path, "a", SHORT);
  Deno.removeSync(file.path);
  files.begin(file);
  assert.throws(() => files.open(file), Deno.errors.NotFound);
});

for (const bytes of [SHORT, PIECE, 2 * PIECE, LONG]) {
  for (const found of [0, bytes - 1, bytes + 1, 3 * PIECE]) {
    Deno.test(`DataSetFiles fails where a file of ${bytes} bytes has ${found} when it is sent`, async () => {
      using folder = temporaryFolder();
      using files = new DataSetFiles(() => {});
      const { file } = fileOf(folder.path, "a", bytes);
      fileOf(folder.path, "a", found);
      await assert.rejects(async () => await readAll(files.open(file)), {
        message: found > bytes
          ? `Cannot read the file as it was: found more where its data set had ${bytes} bytes`
          : `Cannot read the file as it was: found ${found} bytes where its data set had ${bytes} bytes`,
      });
    });
  }
}

Deno.test("DataSetFiles fails where a file shrinks while it is sent", async () => {
  using folder = temporaryFolder();
  using files = new DataSetFiles(() => {});
  const { file } = fileOf(folder.path, "a", LONG);
  const opened = files.open(file);
  assert.ok(!(opened instanceof Uint8Array));
  await opened.read();
  Deno.truncateSync(file.path, OFFSET + PIECE);
  await assert.rejects(opened.read(), /found \d+ bytes where its data set had \d+ bytes/);
  await opened.cancel?.();
});
