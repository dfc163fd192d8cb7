/** What routes change arrives at real peers as it should be: under its new UIDs, with its pixels blanked, and valid. */

import assert from "node:assert/strict";
import type { DataSet } from "../../src/dicom/data_set/data_set.ts";
import { readFile } from "../../src/dicom/data_set/reading/read_file.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import { readFileHeader } from "../../src/dicom/part10.ts";
import { Peer } from "../../src/services/peer.ts";
import { connectTcp } from "../../src/transport/deno.ts";
import { filesBelow, temporaryFolder } from "../support/folders.ts";
import { gantry, type ListeningGantry, listeningGantry } from "../support/gantry.ts";
import { makeInstance } from "../support/instances.ts";
import { dicomwebPlugin, missingOfPlugin, startOrthanc } from "../support/orthanc.ts";
import { dcmtk, peerTest, startStoreScp, testWith, type Tool } from "../support/peers.ts";
import { run } from "../support/process.ts";
import { fileOf, image } from "../transform/support.ts";
import { HERE } from "./support.ts";

const KEY = "a key for tests alone";

/** Sends a file as it is. */
async function sendFile({ port }: ListeningGantry, file: Uint8Array<ArrayBuffer>, callingAeTitle = "CT1") {
  const { meta, dataSetOffset, transferSyntax } = readFileHeader(file, { ended: true })!;
  const connect = () => connectTcp({ hostname: HERE, port });
  await using peer = new Peer({ calledAeTitle: "GANTRY", callingAeTitle, connect });
  const { mediaStorageSopClassUid: sopClassUid = "", mediaStorageSopInstanceUid: sopInstanceUid = "" } = meta;
  const dataSet = file.subarray(dataSetOffset);
  assert.equal((await peer.store({ sopClassUid, sopInstanceUid, transferSyntax, dataSet })).status, 0);
}

/** A secondary capture of gray pixels, on which text might stand. */
function capture(): DataSet {
  const [rows, columns] = [64, 96];
  const samples = Uint8Array.from({ length: rows * columns }, (_, index) => 30 + (index * 7 + (index >> 5)) % 200);
  return image({
    ...{ SOPClassUID: UID.SecondaryCaptureImageStorage, Modality: "OT", ConversionType: "WSD" },
    ...{ ImageType: ["DERIVED", "SECONDARY"], BurnedInAnnotation: "YES", PatientName: "SECRET^NAME", PatientID: "S-1" },
    ...{ StudyDate: "20240301", StudyTime: "101112", ReferringPhysicianName: "", StudyID: "1", SeriesNumber: 1 },
    ...{ AccessionNumber: "", PatientBirthDate: "", PatientSex: "", PatientOrientation: "", InstanceNumber: 1 },
    ...{ Rows: rows, Columns: columns, BitsAllocated: 8, BitsStored: 8, HighBit: 7, PixelData: samples },
  });
}

async function errorsOf(path: string): Promise<string[]> {
  const { stdout, stderr } = await run("dciodvfy", [path]);
  return `${stdout}\n${stderr}`.split("\n").filter((line) => line.startsWith("Error"))
    .map((line) => line.replace(/<[^>]*>|\d+/g, ""));
}

/** How DCMTK compresses and decompresses, what storescp is told to prefer, and what comes out. */
const COMPRESSIONS: readonly (readonly [compress: Tool, decompress: Tool, prefer: string, expected: string])[] = [
  ["dcmcjpeg", "dcmdjpeg", "+x=", UID.ExplicitVRLittleEndian],
  ["dcmcjpls", "dcmdjpls", "+xt", UID.JPEGLSLossless],
  ["dcmcrle", "dcmdrle", "+xr", UID.RLELossless],
];

for (const [compress, decompress, prefer, expected] of COMPRESSIONS) {
  const tools: Tool[] = ["storescp", "dcmdump", "dciodvfy", compress, decompress];
  Deno.test(
    peerTest(`storescp gets what ${compress} compressed de-identified and blanked, and valid`, tools, async () => {
      using folder = temporaryFolder();
      const path = (name: string) => `${folder.path}/${name}`;
      const original = capture();
      Deno.writeFileSync(path("plain.dcm"), fileOf(original));
      // Without --uid-never dcmcjpeg would make another instance of it.
      await dcmtk(compress, [...compress === "dcmcrle" ? [] : ["--uid-never"], path("plain.dcm"), path("small.dcm")]);
      await using scp = await startStoreScp(prefer);
      const blank = "pixels: [{ treatment: { blank: [{ x: 0, y: 0, width: 48, height: 10 }] } }]";
      await using gateway = await listeningGantry({
        config: `peers: { STORESCP: { aeTitle: STORESCP, host: 127.0.0.1, port: ${scp.port} } }\n` +
          `routes: [{ name: all, to: STORESCP, change: [{ deidentify: { key: "${KEY}", ${blank} } }] }]\n`,
        logLevel: "info",
      });
      await sendFile(gateway, Deno.readFileSync(path("small.dcm")));
      await gateway.logged(/"lane":"STORESCP".*"class":"(delivered|unchangeable)"/);
      const [name] = filesBelow(scp.folder);
      assert.ok(name !== undefined, "nothing came");
      const received = `${scp.folder}/${name}`;
      const { transferSyntax, dataSet } = readFile(Deno.readFileSync(received));
      assert.equal(transferSyntax, expected);
      assert.match(name, /2\.25\./, "storescp names files by the UID of the C-STORE");
      assert.match(dataSet.get("SOPInstanceUID") ?? "", /^2\.25\./);
      assert.equal(dataSet.get("BurnedInAnnotation"), "NO");
      const dump = await dcmtk("dcmdump", [received]);
      assert.equal(dump.code, 0, dump.stderr);
      assert.doesNotMatch(dump.stdout, /SECRET|S-1\b/);
      const known = new Set(await errorsOf(path("plain.dcm")));
      assert.deepEqual((await errorsOf(received)).filter((error) => !known.has(error)), []);
      // The command writes the same under the same key.
      Deno.writeTextFileSync(path("key"), KEY);
      const flags = ["-o", path("out"), "--key-file", path("key"), "--pixels", "OT=0,0,48,10"];
      const done = await gantry(["deidentify", path("small.dcm"), ...flags]);
      assert.equal(done.code, 0, done.stderr);
      const [written] = filesBelow(path("out"));
      const ofCommand = readFile(Deno.readFileSync(`${path("out")}/${written}`));
      assert.equal(ofCommand.transferSyntax, transferSyntax);
      assert.equal(ofCommand.dataSet.get("SOPInstanceUID"), dataSet.get("SOPInstanceUID"));
      const plain = expected === UID.ExplicitVRLittleEndian ? received : path("out.dcm");
      if (plain !== received) await dcmtk(decompress, [received, plain]);
      const element = readFile(Deno.readFileSync(plain)).dataSet.element(0x7fe0_0010);
      assert.ok(element?.kind === "value");
      const before = original.get("PixelData") as Uint8Array;
      const wanted = before.map((sample, index) => index % 96 < 48 && index < 10 * 96 ? 0 : sample);
      assert.deepEqual(element.bytes.slice(), wanted.slice());
    }),
  );
}

Deno.test(testWith({
  name: "Orthanc by DIMSE and by STOW-RS, and a folder, get new UIDs, prefixed identifiers and mapped names",
  missing: missingOfPlugin(),
  async fn() {
    using folder = temporaryFolder();
    Deno.mkdirSync(`${folder.path}/studies`);
    Deno.writeTextFileSync(`${folder.path}/names.csv`, "was,is\nDoe^John,Roe^Jane\n");
    await using orthanc = await startOrthanc({
      Plugins: [dicomwebPlugin()],
      DicomWeb: { Enable: true },
      DicomCheckCalledAet: false,
    });
    const change = `[{ mapUids: { key: "${KEY}" } }, { prefixIssuer: { issuer: NORTH } }, ` +
      `{ map: { attribute: PatientName, csv: ${JSON.stringify(`${folder.path}/names.csv`)} } }]`;
    const disk = `{ folder: ${JSON.stringify(`${folder.path}/studies`)}, name: "{PatientID}/{SOPInstanceUID}.dcm" }`;
    await using gateway = await listeningGantry({
      config:
        `peers: { DIMSE: { aeTitle: ORTHANC, host: 127.0.0.1, port: ${orthanc.port} }, WEB: { url: "${orthanc.url}/dicom-web" } }\n` +
        `destinations: { DISK: ${disk} }\nroutes:\n` +
        `  - { name: dimse, when: { callingAeTitle: CT1 }, change: ${change}, to: DIMSE }\n` +
        `  - { name: web, when: { callingAeTitle: CT2 }, change: ${change}, to: [WEB, DISK] }\n`,
      logLevel: "info",
    });
    const [first, second] = [makeInstance(), makeInstance()];
    await sendFile(gateway, first.file, "CT1");
    await sendFile(gateway, second.file, "CT2");
    for (const lane of ["DIMSE", "WEB", "DISK"]) {
      await gateway.logged(new RegExp(`"lane":"${lane}".*"class":"delivered"`));
    }
    const ids: string[] = await (await orthanc.ask("/instances")).json();
    assert.equal(ids.length, 2);
    const uids: string[] = [];
    for (const id of ids) {
      const tags = await (await orthanc.ask(`/instances/${id}/simplified-tags`)).json();
      assert.deepEqual([tags.PatientID, tags.PatientName], ["NORTH-ID-1", "Roe^Jane"]);
      assert.match(tags.SOPInstanceUID, /^2\.25\./);
      uids.push(tags.SOPInstanceUID);
    }
    const files = filesBelow(`${folder.path}/studies`).filter((name) => name.endsWith(".dcm"));
    assert.equal(files.length, 1);
    const [, uid] = /^NORTH-ID-1\/(.*)\.dcm$/.exec(files[0]!) ?? [];
    assert.ok(uids.includes(uid!), files[0]);
    const { meta, dataSet } = readFile(Deno.readFileSync(`${folder.path}/studies/${files[0]}`));
    assert.equal(meta.get("MediaStorageSOPInstanceUID"), uid);
    assert.equal(dataSet.get("SOPInstanceUID"), uid);
  },
}));
