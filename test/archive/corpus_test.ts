/** Real files come out of the archive as they went in. */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createArchive } from "../../src/archive/archive.ts";
import { openFileStore } from "../../src/objects/file_store.ts";
import { asciiText } from "../../src/dicom/ascii.ts";
import { AttributeReader } from "../../src/dicom/attribute_reader.ts";
import { type FileHeader, readFileHeader } from "../../src/dicom/part10.ts";
import { DataSetError } from "../../src/errors.ts";
import { corpusFiles, corpusIsThere, corpusPath } from "../dicom/corpus.ts";
import { temporaryFolder } from "../support/folders.ts";
import { read, streamOf } from "./support.ts";

/** Undefined for a file that no sender can read. */
function headerOf(bytes: Uint8Array): FileHeader | undefined {
  try {
    return readFileHeader(bytes, { ended: true });
  } catch (error) {
    if (error instanceof DataSetError) return undefined;
    throw error;
  }
}

/** The UIDs that a sender would announce: those of the data set, as far as it goes. */
function announced(dataSet: Uint8Array, transferSyntax: string): [string, string] {
  const tags = new Set([0x0008_0016, 0x0008_0018]);
  const reader = new AttributeReader({ transferSyntax, tags, stopAt: 0x0008_0019 });
  reader.push(dataSet);
  reader.end();
  const text = (tag: number) => asciiText(reader.attributes.get(tag)?.bytes ?? new Uint8Array(0));
  return [text(0x0008_0016), text(0x0008_0018)];
}

Deno.test({
  name: "every corpus file that holds an instance is kept, data set byte for byte",
  ignore: !corpusIsThere,
  fn: async () => {
    using folder = temporaryFolder();
    await using store = await openFileStore(folder.path, { journalLength: 4 * 1024 * 1024 });
    const archive = createArchive({ store, onExisting: "replace", unreadable: "refuse" });
    let kept = 0;
    for (const file of corpusFiles()) {
      const bytes = Deno.readFileSync(corpusPath(file));
      const header = headerOf(bytes);
      if (header === undefined) continue;
      const { transferSyntax, dataSetOffset } = header;
      const dataSet = bytes.subarray(dataSetOffset);
      const [sopClassUid, sopInstanceUid] = announced(dataSet, transferSyntax);
      if (sopClassUid === "" || sopInstanceUid === "") continue;
      const instance = { sopClassUid, sopInstanceUid, transferSyntax, sourceAeTitle: "TEST" };
      const half = dataSet.length >> 1;
      const work = archive.keep({ ...instance, dataSet: streamOf(dataSet.subarray(0, half), dataSet.subarray(half)) });
      if (file.includes("truncated")) {
        await assert.rejects(work, { name: "InstanceNotKeptError", reason: "cannot-understand" }, file);
        continue;
      }
      const { name } = await work;
      const found = (await read(store, name))!;
      const written = readFileHeader(found)!;
      assert.equal(written.transferSyntax, transferSyntax, file);
      assert.ok(Buffer.from(found.subarray(written.dataSetOffset)).equals(dataSet), file);
      kept++;
    }
    assert.ok(kept > 100, `${kept} files`);
  },
});
