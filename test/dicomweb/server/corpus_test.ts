import assert from "node:assert/strict";
import { readFile } from "../../../src/dicom/data_set/reading/read_file.ts";
import { toJson } from "../../../src/dicom/models/to_json.ts";
import { readFileHeader } from "../../../src/dicom/part10.ts";
import { createArchive } from "../../../src/archive/archive.ts";
import { createArchiveSource } from "../../../src/archive/archive_source.ts";
import { createMemoryIndex } from "../../../src/index/memory_index.ts";
import { createMemoryStore } from "../../../src/objects/memory_store.ts";
import { FrameCodecs } from "../../../src/pixel_data/frame_codecs.ts";
import { denoCodecPool } from "../../../src/pixel_data/pool/deno_codec_process.ts";
import { corpusFiles, corpusIsThere, corpusPath } from "../../dicom/corpus.ts";
import { ROOT, serverOf } from "./support.ts";

const BULK = /"BulkDataURI":"[^"]*"/g;

Deno.test({
  name: "every file of the corpus that an archive keeps is found, retrieved and described, or refused with a reason",
  ignore: !corpusIsThere,
  async fn() {
    let [metadata, frames, files, pictures] = [0, 0, 0, 0];
    await using codecs = new FrameCodecs({ runner: denoCodecPool({ size: 2 }) });
    for (const name of corpusFiles()) {
      const bytes = Deno.readFileSync(corpusPath(name));
      const errors: unknown[] = [];
      const [store, index] = [createMemoryStore(), createMemoryIndex()];
      const archive = createArchive({ store, index });
      let uids;
      try {
        const { dataSetOffset, transferSyntax, meta } = readFileHeader(bytes, { ended: true })!;
        const sopClassUid = meta.mediaStorageSopClassUid ?? "";
        const sopInstanceUid = meta.mediaStorageSopInstanceUid ?? "";
        const dataSet = new Blob([bytes.subarray(dataSetOffset)]).stream();
        uids = (await archive.keep({ sopClassUid, sopInstanceUid, transferSyntax, dataSet })).instance;
      } catch {
        continue; // What is not kept isn't served.
      }
      if (uids.studyInstanceUid === "" || uids.seriesInstanceUid === "") continue;
      const app = serverOf(createArchiveSource({ store, index }), {
        codecs,
        onError: (error) => void errors.push(error),
      });
      const path =
        `/studies/${uids.studyInstanceUid}/series/${uids.seriesInstanceUid}/instances/${uids.sopInstanceUid}`;
      const ask = async (path: string, accept?: string) => {
        const response = await app.request(ROOT + path, accept === undefined ? {} : { headers: { accept } });
        const body = await response.arrayBuffer();
        assert.ok([200, 404, 406, 502].includes(response.status), `${name}: ${path} ${response.status} ${errors}`);
        return { status: response.status, body };
      };
      const found = await ask(`/instances?includefield=all&SOPInstanceUID=${uids.sopInstanceUid}`);
      assert.equal(JSON.parse(new TextDecoder().decode(found.body)).length, 1, name);
      const asStored = await ask(path, "application/dicom; transfer-syntax=*");
      assert.equal(asStored.status, 200, name);
      files++;
      await ask(path, "application/dicom");
      if ((await ask(`${path}/frames/1`)).status === 200) frames++;
      assert.equal((await ask(`${path}/thumbnail`)).status, 200, name);
      if ((await ask(`${path}/rendered`, "image/png")).status === 200) pictures++;
      await ask(path, "application/dicom; transfer-syntax=1.2.840.10008.1.2.1");
      await ask(`${path}/metadata`, "application/dicom+xml");
      const described = await ask(`${path}/metadata`);
      if (described.status !== 200) continue;
      const text = new TextDecoder().decode(described.body).replace(BULK, '"BulkDataURI":"x"');
      let dataSet;
      try {
        dataSet = readFile(bytes).dataSet;
      } catch {
        continue; // Pixel Data is cut off, which metadata don't look at.
      }
      const isEncapsulated = dataSet.element("PixelData")?.kind === "encapsulated";
      const isBulk = ({ element }: { element: { kind: string; length?: number; tag: number } }) =>
        element.kind !== "value" || element.length! > 1024 || element.tag === 0x7fe0_0010;
      const expected: Record<string, unknown> = toJson(dataSet, {
        bulkDataUri: (value) => isBulk(value) ? "x" : undefined,
        onWarning: () => {},
      });
      if (isEncapsulated) { for (const tag of Object.keys(expected)) if (tag > "7FE00010") delete expected[tag]; }
      assert.deepEqual(JSON.parse(text), [expected], name);
      metadata++;
    }
    const counts = `${metadata} ${frames} ${files} ${pictures}`;
    assert.ok(metadata > 100 && frames > 60 && files > 100 && pictures > 60, counts);
  },
});
