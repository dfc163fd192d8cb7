/** Orthanc's DICOMweb plugin as the server of the client and of commands. */

import assert from "node:assert/strict";
import { DicomwebClient } from "../../src/dicomweb/client/client.ts";
import { DicomwebError } from "../../src/dicomweb/client/web_error.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import { collect } from "../archive/support.ts";
import { held } from "../dicomweb/client/server.ts";
import { temporaryFolder } from "../support/folders.ts";
import { gantry } from "../support/gantry.ts";
import { makeInstance, readContent, writeInstances } from "../support/instances.ts";
import { dicomwebPlugin, missingOfPlugin, startOrthanc } from "../support/orthanc.ts";
import { testWith } from "../support/peers.ts";

const orthancWithPlugin = () => startOrthanc({ Plugins: [dicomwebPlugin()], DicomWeb: { Enable: true } });

const study = () => [
  makeInstance({ studyInstanceUid: "1.2.91", seriesInstanceUid: "1.2.91.1", pixelBytes: 60_000 }),
  makeInstance({
    studyInstanceUid: "1.2.91",
    seriesInstanceUid: "1.2.91.1",
    transferSyntax: UID.ImplicitVRLittleEndian,
  }),
  makeInstance({ studyInstanceUid: "1.2.91", seriesInstanceUid: "1.2.91.2" }),
];

Deno.test(testWith({
  name: "the client stores, searches and retrieves at Orthanc's DICOMweb plugin",
  missing: missingOfPlugin(),
  async fn() {
    await using orthanc = await orthancWithPlugin();
    const client = new DicomwebClient({ url: `${orthanc.url}/dicom-web/` });
    const made = study();
    const torn = { ...held(makeInstance()), stream: () => new Response("no data set").body! };
    const results = await Array.fromAsync(client.store([...made.map(held), torn], { maxInstances: 2 }));
    const stored = results.filter((result) => result.stored).map(({ sopInstanceUid }) => sopInstanceUid);
    assert.deepEqual(stored.sort(), made.map(({ sopInstanceUid }) => sopInstanceUid).sort(), JSON.stringify(results));
    assert.equal(results.length, 4);

    const studies = await Array.fromAsync(client.search({ level: "studies", match: { PatientID: "ID-1" } }));
    assert.deepEqual(studies.map((one) => one["0020000D"]?.Value?.[0]), ["1.2.91"]);
    const series = await Array.fromAsync(client.search({ level: "series", study: "1.2.91", pageSize: 1 }));
    assert.equal(series.length, 2, "page by page");
    assert.deepEqual(await Array.fromAsync(client.search({ level: "studies", match: { PatientID: "nobody" } })), []);

    const retrieved = new Map<string, { transferSyntax: string; dataSet: Uint8Array }>();
    for await (const { sopInstanceUid, transferSyntax, stream } of client.retrieve({ study: "1.2.91" })) {
      retrieved.set(sopInstanceUid, { transferSyntax, dataSet: await collect(stream()) });
    }
    for (const { sopInstanceUid, transferSyntax, dataSet } of made) {
      assert.deepEqual(retrieved.get(sopInstanceUid), { transferSyntax, dataSet }, "as it was stored");
    }
    const [first] = made;
    const path = { study: "1.2.91", series: "1.2.91.1", instance: first!.sopInstanceUid };
    const [metadata] = await client.metadata(path);
    assert.equal(metadata?.["00080018"]?.Value?.[0], first!.sopInstanceUid);
    for await (const { body } of client.frames(path, [1])) {
      assert.deepEqual(await collect(body), new Uint8Array(60_000).fill(0x55));
    }
    await assert.rejects(Array.fromAsync(client.retrieve({ study: "1.2.404" })), DicomwebError);
  },
}));

Deno.test(testWith({
  name: "gantry find, get, send and move take the URL of Orthanc's DICOMweb plugin",
  missing: missingOfPlugin(),
  async fn() {
    await using orthanc = await orthancWithPlugin();
    using temporary = temporaryFolder();
    const folder = temporary.path;
    const url = `${orthanc.url}/dicom-web`;
    const made = study();
    Deno.mkdirSync(`${folder}/in`);
    writeInstances(`${folder}/in`, made);
    const run = async (...args: string[]) => {
      const { code, stdout, stderr } = await gantry(args);
      assert.equal(code, 0, `${args.join(" ")}: ${stderr}${stdout}`);
      return stdout;
    };
    assert.match(await run("send", url, `${folder}/in`), /^3 instances stored; /);
    const found = await run("find", url, "-k", "PatientID=ID-1", "--json");
    assert.equal(JSON.parse(found)["0020000D"].Value[0], "1.2.91");
    assert.match(await run("get", url, "StudyInstanceUID=1.2.91", "-o", `${folder}/out`), /^3 instances retrieved; /);
    for (const { sopInstanceUid, dataSet } of made) {
      assert.deepEqual(readContent(Deno.readFileSync(`${folder}/out/${sopInstanceUid}.dcm`)).dataSet, dataSet);
    }
    Deno.writeTextFileSync(`${folder}/gantry.yaml`, `peers: { WEB: { url: "${url}" } }`);
    const config = ["--config", `${folder}/gantry.yaml`];
    assert.match(
      await run("move", url, "--to", "WEB", "StudyInstanceUID=1.2.91", ...config),
      /^3 instances moved to WEB/,
    );
  },
}));
