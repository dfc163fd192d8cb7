import assert from "node:assert/strict";
import { connect } from "../../src/hosts/deno_platform.ts";
import { parseConfig } from "../../src/config.ts";
import { readFileHeader } from "../../src/dicom/part10.ts";
import { createGateway, type Gateway } from "../../src/gateway/gateway.ts";
import { createMemoryStore } from "../../src/objects/memory_store.ts";
import { listenTcp } from "../../src/transport/deno.ts";
import { sourceOf } from "../services/query_support.ts";
import { filesBelow, temporaryFolder } from "../support/folders.ts";
import { gantry, listeningGantry } from "../support/gantry.ts";
import { makeInstance, writeInstances } from "../support/instances.ts";
import { startOrthanc } from "../support/orthanc.ts";
import { dcmtk, peerTest, startStoreScp } from "../support/peers.ts";
import { freePort } from "../support/process.ts";
import { startDcmqrscp } from "./query_retrieve_peers.ts";
import { HERE } from "./support.ts";

interface Served extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly port: number;
}

/** A gateway of this process, with 3 studies of 2 series of 4 instances, that may move to `destination`. */
async function serve(destination: number): Promise<Served> {
  const config = await parseConfig(`peers: { DEST: { aeTitle: DEST, host: ${HERE}, port: ${destination} } }`);
  const source = sourceOf({ studies: 3, series: 2, instances: 4 });
  const gateway = createGateway({ store: createMemoryStore(), connect, config, source });
  const listener = await listenTcp({ port: 0, hostname: HERE });
  const accepting = (async () => {
    for await (const connection of listener) gateway.accept(connection);
  })();
  return {
    gateway,
    port: listener.addr.port,
    async [Symbol.asyncDispose]() {
      await listener.close();
      await accepting;
      await gateway[Symbol.asyncDispose]();
    },
  };
}

const STUDY = ["-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID=1.2.1"];

Deno.test(peerTest(
  "DCMTK: findscu, getscu and movescu against a gateway",
  ["findscu", "getscu", "movescu", "storescp"],
  async (t) => {
    await using destination = await startStoreScp("-aet", "DEST", "+xa");
    await using served = await serve(destination.port);
    const address = [HERE, String(served.port)];

    await t.step("findscu in each model and level", async () => {
      const found = async (...args: string[]) => {
        const { code, stdout, stderr } = await dcmtk("findscu", ["-v", ...args, ...address]);
        assert.equal(code, 0, stderr);
        return `${stdout}${stderr}`.match(/Find Response: \d+ \(Pending\)/g)?.length ?? 0;
      };
      assert.equal(await found("-P", "-k", "QueryRetrieveLevel=PATIENT", "-k", "PatientID"), 3);
      assert.equal(
        await found("-S", "-k", "QueryRetrieveLevel=STUDY", "-k", "PatientName=doe^jane1", "-k", "StudyInstanceUID"),
        1,
      );
      assert.equal(
        await found("-O", "-k", "QueryRetrieveLevel=STUDY", "-k", "PatientID=P2", "-k", "StudyInstanceUID"),
        1,
      );
      assert.equal(
        await found("-S", "-k", "QueryRetrieveLevel=SERIES", "-k", "StudyInstanceUID=1.2.1", "-k", "SeriesInstanceUID"),
        2,
      );
      assert.equal(await found("-S", "-k", "QueryRetrieveLevel=IMAGE", "-k", "SOPInstanceUID"), 24);
    });

    await t.step("findscu that cancels", async () => {
      const args = ["-v", "-S", "--cancel", "2", "-k", "QueryRetrieveLevel=IMAGE", "-k", "SOPInstanceUID", ...address];
      const { code, stdout, stderr } = await dcmtk("findscu", args);
      assert.equal(code, 0, stderr);
      assert.match(`${stdout}${stderr}`, /Cancel/);
    });

    await t.step("getscu", async () => {
      using folder = temporaryFolder();
      const { code, stderr } = await dcmtk("getscu", ["-S", ...STUDY, "-od", folder.path, ...address]);
      assert.equal(code, 0, stderr);
      assert.equal(filesBelow(folder.path).length, 8);
    });

    await t.step("movescu", async () => {
      const { code, stdout, stderr } = await dcmtk("movescu", ["-v", "-S", "-aem", "DEST", ...STUDY, ...address]);
      assert.equal(code, 0, stderr);
      assert.match(`${stdout}${stderr}`, /Final Move Response \(Success\)/);
      assert.equal(filesBelow(destination.folder).length, 8);
    });

    await t.step("movescu to nobody", async () => {
      const { stdout, stderr } = await dcmtk("movescu", ["-d", "-S", "-aem", "DESK", ...STUDY, ...address]);
      assert.match(`${stdout}${stderr}`, /MoveDestinationUnknown|0xa801/i);
    });
  },
));

/** What both peers are asked, once they hold three instances of two studies. */
async function retrieveFrom(peer: string, folder: string, destination: { readonly folder: string }): Promise<void> {
  const found = await gantry(["find", peer, "--json", "-k", "PatientName=Doe*"]);
  assert.equal(found.code, 0, found.stderr);
  const studies = found.stdout.trimEnd().split("\n").map((line) => JSON.parse(line)["0020000D"].Value[0]);
  assert.deepEqual(studies.sort(), ["1.2.826.9.1", "1.2.826.9.2"]);
  const got = await gantry(["get", peer, "StudyInstanceUID=1.2.826.9.1", "-o", folder]);
  assert.equal(got.code, 0, got.stderr);
  assert.match(got.stdout, /^2 instances retrieved; /);
  const files = filesBelow(folder);
  assert.equal(files.length, 2);
  for (const file of files) {
    assert.ok(readFileHeader(Deno.readFileSync(`${folder}/${file}`), { ended: true })?.meta.transferSyntaxUid);
  }
  const moved = await gantry(["move", peer, "--to", "DEST", "StudyInstanceUID=1.2.826.9.1"]);
  assert.equal(moved.code, 0, moved.stderr);
  assert.equal(filesBelow(destination.folder).length, 2);
  const unknown = await gantry(["move", peer, "--to", "NOBODY", "StudyInstanceUID=1.2.826.9.1"]);
  assert.equal(unknown.code, 1);
}

/** Two instances of a study, one of them in this transfer syntax, and one of another. */
function instances(transferSyntax: string) {
  const [one, other] = ["1.2.826.9.1", "1.2.826.9.2"];
  return [
    makeInstance({ studyInstanceUid: one, seriesInstanceUid: `${one}.1`, sopInstanceUid: `${one}.1.1` }),
    makeInstance({
      studyInstanceUid: one,
      seriesInstanceUid: `${one}.1`,
      sopInstanceUid: `${one}.1.2`,
      transferSyntax,
    }),
    makeInstance({ studyInstanceUid: other, seriesInstanceUid: `${other}.1`, sopInstanceUid: `${other}.1.1` }),
  ];
}

Deno.test(peerTest("dcmqrscp: gantry find, get and move", ["dcmqrscp", "storescp"], async () => {
  using folder = temporaryFolder();
  await using destination = await startStoreScp("-aet", "DEST", "+xa");
  await using peer = await startDcmqrscp(folder.path, destination.port);
  using sending = temporaryFolder();
  writeInstances(sending.path, instances("1.2.840.10008.1.2"));
  const sent = await gantry(["send", peer.address, sending.path]);
  assert.equal(sent.code, 0, sent.stderr);
  await retrieveFrom(peer.address, `${folder.path}/got`, destination);
}));

Deno.test(
  peerTest("dcmqrscp: gantry get brings compressed and other instances of one SOP class", ["dcmqrscp"], async () => {
    using folder = temporaryFolder();
    await using peer = await startDcmqrscp(folder.path, freePort(), "+xs");
    using sending = temporaryFolder();
    writeInstances(sending.path, instances("1.2.840.10008.1.2.4.70"));
    assert.equal((await gantry(["send", peer.address, sending.path])).code, 0);
    const got = await gantry(["get", peer.address, "StudyInstanceUID=1.2.826.9.1", "-o", `${folder.path}/got`]);
    assert.equal(got.code, 0, got.stderr);
    assert.match(got.stdout, /^2 instances retrieved; /);
    const syntaxes = filesBelow(`${folder.path}/got`).map((name) =>
      readFileHeader(Deno.readFileSync(`${folder.path}/got/${name}`), { ended: true })?.meta.transferSyntaxUid
    );
    assert.deepEqual(syntaxes.sort(), ["1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.70"]);
  }),
);

Deno.test(peerTest("getscu: gets what it negotiated, and the number of what it did not", ["getscu"], async () => {
  await using gateway = await listeningGantry();
  using sending = temporaryFolder();
  writeInstances(sending.path, instances("1.2.840.10008.1.2.4.70"));
  assert.equal((await gantry(["send", `ANY@${HERE}:${gateway.port}`, sending.path])).code, 0);
  const get = async (study: string, ...args: string[]) => {
    using folder = temporaryFolder();
    const keys = ["-k", "QueryRetrieveLevel=STUDY", "-k", `StudyInstanceUID=${study}`];
    const call = ["-v", "-S", ...args, ...keys, "-od", folder.path, HERE, String(gateway.port)];
    const { stdout, stderr } = await dcmtk("getscu", call);
    const [, failed] = /Failed Suboperations\s*: (\d+)/.exec(`${stdout}${stderr}`) ?? [];
    const [, status] = /DIMSE status is: (.*)/.exec(`${stdout}${stderr}`) ?? [];
    return { files: filesBelow(folder.path).length, failed, status };
  };
  assert.deepEqual(await get("1.2.826.9.1"), {
    ...{ files: 1, failed: "1" },
    status: "Warning: SubOperationsCompleteOneOrMoreFailures",
  });
  // Where nothing at all could be sent, that is a failure (PS3.4 C.4.3.3.1).
  writeInstances(sending.path, [
    makeInstance({ studyInstanceUid: "1.2.826.9.3", transferSyntax: "1.2.840.10008.1.2.4.70" }),
  ]);
  assert.equal((await gantry(["send", `ANY@${HERE}:${gateway.port}`, sending.path])).code, 0);
  const refused = await get("1.2.826.9.3");
  assert.deepEqual([refused.files, refused.failed, refused.status], [0, "1", "Refused: OutOfResourcesSubOperations"]);
  assert.equal((await get("1.2.826.9.3", "+xs")).files, 1);
}));

Deno.test(peerTest("Orthanc: gantry find, get and move", ["Orthanc", "storescp"], async () => {
  using folder = temporaryFolder();
  await using destination = await startStoreScp("-aet", "DEST", "+xa");
  await using orthanc = await startOrthanc({
    DicomModalities: { dest: ["DEST", HERE, destination.port] },
    DicomAlwaysAllowGet: true,
    DicomAlwaysAllowFind: true,
    DicomAlwaysAllowMove: true,
  });
  using sending = temporaryFolder();
  writeInstances(sending.path, instances("1.2.840.10008.1.2.4.70"));
  const address = `ORTHANC@${HERE}:${orthanc.port}`;
  const sent = await gantry(["send", address, sending.path]);
  assert.equal(sent.code, 0, sent.stderr);
  await retrieveFrom(address, `${folder.path}/got`, destination);
}));
