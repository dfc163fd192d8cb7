import assert from "node:assert/strict";
import { createArchive } from "../../src/archive/archive.ts";
import { checkInstance } from "../../src/archive/check_instance.ts";
import { type FileArchive, openFileArchive } from "../../src/archive/file_archive.ts";
import { createMemoryIndex } from "../../src/index/memory_index.ts";
import { createMemoryStore } from "../../src/objects/memory_store.ts";
import { temporaryFolder } from "../support/folders.ts";
import { CT_IMAGE_STORAGE, dataSetOf, incoming } from "./instances.ts";
import { put, read } from "./support.ts";

const REFERENCE = { sopClassUid: CT_IMAGE_STORAGE, sopInstanceUid: "1.2.3.4" };

/** An archive in a folder with one instance, and where its file is. */
async function withInstance(folder: string, pixels = 64) {
  const archive = await openFileArchive(folder, {});
  await using keeping = createArchive(archive);
  const kept = await keeping.keep(incoming(dataSetOf({}, { pixels })));
  return { archive, path: `${folder}/instances/${kept.name}`, kept };
}

for (const pixels of [64, 3_000_000]) {
  Deno.test(`an instance of ${pixels} bytes has the CRC-32 that it came with, after a restart too`, async () => {
    using folder = temporaryFolder();
    const { archive, kept } = await withInstance(folder.path, pixels);
    const { crc32 } = kept.instance;
    assert.equal(crc32, archive.store.crc32!((await read(archive.store, kept.name))!));
    assert.equal(await checkInstance(archive, REFERENCE), "whole");
    await archive[Symbol.asyncDispose]();
    await using again = await openFileArchive(folder.path, {});
    assert.equal((await again.index.find("1.2.3.4"))?.crc32, crc32);
    assert.equal(await checkInstance(again, REFERENCE), "whole");
  });

  Deno.test(`one changed byte among ${pixels} is seen, and the instance can be sent again`, async () => {
    using folder = temporaryFolder();
    const { archive, path } = await withInstance(folder.path, pixels);
    await using _ = archive;
    const bytes = Deno.readFileSync(path);
    bytes[bytes.length - 10]! ^= 1;
    Deno.writeFileSync(path, bytes);
    assert.equal(await checkInstance(archive, REFERENCE), "damaged");
    await using keeping = createArchive(archive);
    const again = await keeping.keep(incoming(dataSetOf({}, { pixels })));
    assert.equal(again.outcome, "replaced");
    assert.equal(await checkInstance(archive, REFERENCE), "whole");
    // What is whole is still kept first.
    assert.equal((await keeping.keep(incoming(dataSetOf({}, { pixels, seed: 2 })))).outcome, "kept-first");
  });
}

Deno.test("an instance that is missing, too short, unknown or of another class is not whole", async () => {
  using folder = temporaryFolder();
  const { archive, path } = await withInstance(folder.path);
  await using _ = archive;
  const check = (sopInstanceUid: string, sopClassUid = CT_IMAGE_STORAGE) =>
    checkInstance(archive, { sopClassUid, sopInstanceUid });
  assert.equal(await check("1.2.3.5"), "unknown");
  assert.equal(await check("1.2.3.4", "1.2.840.10008.5.1.4.1.1.4"), "other-class");
  Deno.truncateSync(path, 300);
  assert.equal(await check("1.2.3.4"), "damaged");
  Deno.removeSync(path);
  assert.equal(await check("1.2.3.4"), "missing");
});

Deno.test("a file that can't be read is no instance that is damaged, but an error", async () => {
  using folder = temporaryFolder();
  const { archive } = await withInstance(folder.path);
  await using _ = archive;
  const store: FileArchive["store"] = {
    ...archive.store,
    crc32: archive.store.crc32!,
    persist: (name) => archive.store.persist(name),
    get: async (name) => ({
      size: (await archive.store.get(name))!.size,
      read: () => new ReadableStream({ pull: (controller) => controller.error(new Error("EIO")) }),
    }),
  };
  await assert.rejects(checkInstance({ store, index: archive.index }, REFERENCE), /EIO/);
});

Deno.test("where no CRC-32 is known, the data set has to be readable to its end, with the UIDs of the index", async () => {
  const [store, index] = [createMemoryStore(), createMemoryIndex()];
  await using keeping = createArchive({ store, index });
  const { name, instance } = await keeping.keep(incoming(dataSetOf()));
  assert.equal(instance.crc32, undefined);
  assert.equal(await checkInstance({ store, index }, REFERENCE), "whole");
  const bytes = (await read(store, name))!;
  const spoilt = bytes.slice();
  // A length that reaches beyond the end.
  spoilt.set([0xff, 0xff, 0xff, 0x7f], spoilt.length - 64 - 4);
  await put(store, name, spoilt);
  assert.equal(await checkInstance({ store, index }, REFERENCE), "damaged");
  const other = await createArchive({ store: createMemoryStore() }).keep(
    incoming(dataSetOf({ sopInstance: "1.2.3.5" }), {
      sopInstanceUid: "1.2.3.5",
    }),
  );
  assert.equal(other.instance.size, instance.size);
  const swapped = bytes.slice();
  const text = new TextDecoder("latin1").decode(swapped);
  for (let at = text.indexOf("1.2.3.4"); at >= 0; at = text.indexOf("1.2.3.4", at + 1)) swapped[at + 6] = 0x35;
  await put(store, name, swapped);
  assert.equal(await checkInstance({ store, index }, REFERENCE), "damaged");
});
