/** What real peers make of converted data sets, and DCMTK of the same ones that it converts itself. */

import assert from "node:assert/strict";
import { convertTransferSyntax, isConvertible } from "../../src/dicom/conversion/convert_transfer_syntax.ts";
import { type FileHeader, fileMetaInformation, readFileHeader } from "../../src/dicom/part10.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import { corpusFiles, corpusIsThere, corpusPath } from "../dicom/corpus.ts";
import { filesBelow, temporaryFolder } from "../support/folders.ts";
import { gantry } from "../support/gantry.ts";
import { joined, type MadeInstance, makeInstance, readContent, writeInstances } from "../support/instances.ts";
import { acceptsConnections, freePort } from "../support/process.ts";
import { startOrthanc } from "../support/orthanc.ts";
import { HERE } from "./support.ts";
import { dcmtk, find, peerTest, startDcmtk, startStoreScp, testWith, type Tool } from "../support/peers.ts";

const TARGETS = [[UID.ImplicitVRLittleEndian, "+ti"], [UID.ExplicitVRLittleEndian, "+te"]] as const;
const TOOLS: readonly Tool[] = ["dcmconv", "dcmdump"];

Deno.test(testWith({
  name: "convertTransferSyntax(): dcmdump shows of the corpus what it shows after dcmconv",
  missing: [...TOOLS.filter((tool) => find(tool) === undefined), ...(corpusIsThere ? [] : ["a corpus"])],
  async fn() {
    using folder = temporaryFolder();
    let judged = 0;
    for (const name of corpusFiles().filter((name) => !/DICOMDIR|truncated/.test(name))) {
      const file = Deno.readFileSync(corpusPath(name));
      const header = headerOf(file);
      if (header === undefined) continue;
      for (const [to, option] of TARGETS.filter(([to]) => to !== header.transferSyntax)) {
        const [ours, theirs] = [`${folder.path}/ours`, `${folder.path}/theirs`];
        const { code } = await dcmtk("dcmconv", [option, "-e", "-g", "-q", corpusPath(name), theirs]);
        if (code !== 0) continue; // A file that DCMTK refuses.
        Deno.writeFileSync(ours, await converted(file, header, to));
        assert.equal(await dump(ours), await dump(theirs), `${name} ${option}`);
        judged++;
      }
    }
    assert.ok(judged > 100);
  },
}));

const UNCOMPRESSED = [
  UID.ImplicitVRLittleEndian,
  UID.ExplicitVRLittleEndian,
  UID.ExplicitVRBigEndian,
  UID.DeflatedExplicitVRLittleEndian,
];

/** Sends instances in each uncompressed transfer syntax to a peer of that AE title, and expects that all are stored. */
async function sendAll(peer: string, folder: string): Promise<readonly MadeInstance[]> {
  const instances = [300, 900_001].flatMap((pixelBytes) =>
    UNCOMPRESSED.map((transferSyntax) => makeInstance({ transferSyntax, pixelBytes: pixelBytes + pixelBytes % 2 }))
  );
  Deno.mkdirSync(`${folder}/sent`);
  writeInstances(`${folder}/sent`, instances);
  const { code, stdout, stderr } = await gantry(["send", peer, `${folder}/sent`]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^8 instances stored \(6 converted\); .* 1 association\n$/);
  return instances;
}

/** Expects that files hold the instances as dcmconv would have converted them into Implicit VR Little Endian. */
async function assertConverted(files: readonly string[], instances: readonly MadeInstance[], folder: string) {
  assert.equal(files.length, instances.length);
  for (const path of files) {
    const { sopInstanceUid, transferSyntax } = readContent(Deno.readFileSync(path));
    assert.equal(transferSyntax, UID.ImplicitVRLittleEndian);
    assert.ok(instances.some((instance) => instance.sopInstanceUid === sopInstanceUid));
    const { code, stderr } = await dcmtk("dcmconv", [
      "+ti",
      `${folder}/sent/${sopInstanceUid}.dcm`,
      `${folder}/converted`,
    ]);
    assert.equal(code, 0, stderr);
    assert.equal(await dump(path), await dump(`${folder}/converted`));
  }
}

Deno.test(
  peerTest("gantry send converts for storescp that takes Implicit VR alone", ["storescp", ...TOOLS], async () => {
    using folder = temporaryFolder();
    await using scp = await startStoreScp("--implicit");
    const instances = await sendAll(`STORESCP@${HERE}:${scp.port}`, folder.path);
    await assertConverted(filesBelow(scp.folder).map((name) => `${scp.folder}/${name}`), instances, folder.path);
    const [explicit = ""] = filesBelow(`${folder.path}/sent`).map((name) => `${folder.path}/sent/${name}`)
      .filter((path) => readContent(Deno.readFileSync(path)).transferSyntax === UID.ExplicitVRLittleEndian);
    const asIs = await gantry(["send", `STORESCP@${HERE}:${scp.port}`, explicit, "--as-is"]);
    assert.equal(asIs.code, 1);
    assert.match(asIs.stderr, /the peer accepted no such presentation context/);
  }),
);

Deno.test(
  peerTest("gantry send converts for dcmqrscp that takes Implicit VR alone", ["dcmqrscp", ...TOOLS], async () => {
    using folder = temporaryFolder();
    const port = freePort();
    Deno.mkdirSync(`${folder.path}/kept`);
    Deno.writeTextFileSync(
      `${folder.path}/dcmqrscp.cfg`,
      [
        `NetworkTCPPort = ${port}`,
        "MaxPDUSize = 16384",
        "MaxAssociations = 16",
        ...["HostTable BEGIN", "HostTable END", "VendorTable BEGIN", "VendorTable END"],
        ...["AETable BEGIN", `QRSCP ${folder.path}/kept RW (100, 1024mb) ANY`, "AETable END", ""],
      ].join("\n"),
    );
    await using scp = startDcmtk("dcmqrscp", ["-c", `${folder.path}/dcmqrscp.cfg`, "+xi", String(port)]);
    await acceptsConnections(scp, port);
    const instances = await sendAll(`QRSCP@${HERE}:${port}`, folder.path);
    const kept = filesBelow(`${folder.path}/kept`).filter((name) => name !== "index.dat");
    for (const name of kept) {
      // It writes defined lengths of its own, and the values that it has read.
      const { sopInstanceUid } = readContent(Deno.readFileSync(`${folder.path}/kept/${name}`));
      const ours = await dump(`${folder.path}/kept/${name}`);
      await dcmtk("dcmconv", ["+ti", `${folder.path}/sent/${sopInstanceUid}.dcm`, `${folder.path}/converted`]);
      const theirs = await dump(`${folder.path}/converted`);
      assert.equal(values(ours), values(theirs));
    }
    assert.equal(kept.length, instances.length);
  }),
);

/** The lines of values, whatever the encoding. */
function values(dump: string): string {
  return dump.split("\n").filter((line) => line.startsWith("(")).join("\n");
}

Deno.test(peerTest("gantry send converts for Orthanc that takes Implicit VR alone", ["Orthanc", ...TOOLS], async () => {
  using folder = temporaryFolder();
  await using orthanc = await startOrthanc({ AcceptedTransferSyntaxes: [UID.ImplicitVRLittleEndian] });
  const instances = await sendAll(`ORTHANC@${HERE}:${orthanc.port}`, folder.path);
  const ids: string[] = await (await orthanc.ask("/instances")).json();
  const files = await Promise.all(ids.map(async (id, index) => {
    const path = `${folder.path}/orthanc-${index}`;
    Deno.writeFileSync(path, await (await orthanc.ask(`/instances/${id}/file`)).bytes());
    return path;
  }));
  await assertConverted(files, instances, folder.path);
}));

function headerOf(file: Uint8Array): FileHeader | undefined {
  try {
    const header = readFileHeader(file, { ended: true });
    return header !== undefined && isConvertible(header.transferSyntax) ? header : undefined;
  } catch {
    return undefined; // No DICOM, which the corpus has as well.
  }
}

async function converted(
  file: Uint8Array<ArrayBuffer>,
  { meta, transferSyntax, dataSetOffset }: FileHeader,
  to: string,
): Promise<Uint8Array> {
  const stream = new Blob([file.subarray(dataSetOffset)]).stream();
  const dataSet = convertTransferSyntax(stream, { from: transferSyntax, to });
  const head = fileMetaInformation({
    sopClassUid: meta.mediaStorageSopClassUid ?? "1.2",
    sopInstanceUid: meta.mediaStorageSopInstanceUid ?? "1.2",
    transferSyntax: to,
  });
  return joined(
    head,
    new Uint8Array(await new Response(dataSet as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer()),
  );
}

/** The data set in full, as far as it is one. */
async function dump(path: string): Promise<string> {
  const { stdout } = await dcmtk("dcmdump", ["-q", "+L", path]);
  const dataSet = stdout.split("# Dicom-Data-Set\n")[1] ?? "";
  assert.match(dataSet, /^# Used TransferSyntax: .*\n\(/);
  return dataSet;
}
