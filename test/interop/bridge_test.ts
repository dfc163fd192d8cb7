/** Real archives behind the bridge: a PACS on the web, and a DICOMweb server on DIMSE. */

import assert from "node:assert/strict";
import { api } from "dicomweb-client";
import { parseConfig } from "../../src/config.ts";
import { DicomwebClient } from "../../src/dicomweb/client/client.ts";
import { createGateway } from "../../src/gateway/gateway.ts";
import { connect } from "../../src/hosts/deno_platform.ts";
import { openFileStore } from "../../src/objects/file_store.ts";
import { createMemoryStore } from "../../src/objects/memory_store.ts";
import type { ObjectStore } from "../../src/objects/object_store.ts";
import { listenTcp } from "../../src/transport/deno.ts";
import { collect } from "../archive/support.ts";
import { held } from "../dicomweb/client/server.ts";
import { filesBelow, temporaryFolder } from "../support/folders.ts";
import { listeningGantry } from "../support/gantry.ts";
import { type MadeInstance, makeInstance, readContent, writeInstances } from "../support/instances.ts";
import { dicomwebPlugin, missingOfPlugin, startOrthanc } from "../support/orthanc.ts";
import { dcmtk, find, peerTest, testWith } from "../support/peers.ts";
import { run } from "../support/process.ts";
import { FetchedXmlHttpRequest } from "../support/xml_http_request.ts";
import { startDcmqrscp } from "./query_retrieve_peers.ts";
import { HERE } from "./support.ts";

/** Starts the peer, which may send to a port, and gives the gateway's configuration of it. */
type StartPeer = (
  gatewayPort: number,
  using: AsyncDisposableStack,
) => Promise<{ readonly yaml: string; readonly port: number }>;

interface Bridge extends AsyncDisposable {
  /** `…/peers/PEER/dicom-web`. */
  readonly url: string;
  /** Where the gateway is for DICOM. */
  readonly port: number;
  /** Where the peer is. */
  readonly peerPort: number;
  /** The archive of the gateway. */
  readonly store: ObjectStore;
  readonly errors: string[];
}

async function bridge(start: StartPeer): Promise<Bridge> {
  await using starting = new AsyncDisposableStack();
  const listener = await listenTcp({ port: 0, hostname: HERE });
  starting.defer(() => listener.close());
  const { yaml, port: peerPort } = await start(listener.addr.port, starting);
  const { path } = starting.use(temporaryFolder());
  const retrieved = starting.use(await openFileStore(`${path}/retrieved`, { durable: false }));
  const store = createMemoryStore();
  const errors: string[] = [];
  const onError = (error: unknown) => void errors.push((error as Error).message);
  const config = await parseConfig(yaml);
  const gateway = starting.use(createGateway({ store, connect, config, retrieved, onError }));
  await gateway.start();
  (async () => {
    for await (const connection of listener) gateway.accept(connection);
  })();
  const server = Deno.serve({ port: 0, hostname: HERE, onListen: () => {} }, (request) => gateway.fetch(request));
  starting.defer(() => server.shutdown());
  const running = starting.move();
  return {
    url: `http://${HERE}:${server.addr.port}/peers/PEER/dicom-web`,
    ...{ port: listener.addr.port, peerPort, store, errors },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

const orthanc = (retrieve: "get" | "move"): StartPeer => async (gatewayPort, using) => {
  const { port } = using.use(
    await startOrthanc({
      DicomModalities: { gantry: ["GANTRY", HERE, gatewayPort] },
      DicomAlwaysAllowFind: true,
      DicomAlwaysAllowGet: true,
      DicomAlwaysAllowMove: true,
      DicomCheckCalledAet: false,
    }),
  );
  return {
    port,
    yaml: `peers: { PEER: { aeTitle: ORTHANC, host: ${HERE}, port: ${port}, web: true, retrieve: ${retrieve} } }`,
  };
};

const dcmqrscp = (retrieve: "get" | "move"): StartPeer => async (gatewayPort, using) => {
  const { path } = using.use(temporaryFolder());
  const { port } = using.use(await startDcmqrscp(path, gatewayPort));
  const yaml = `peers: { PEER: { aeTitle: QR, host: ${HERE}, port: ${port}, web: true, retrieve: ${retrieve} } }`;
  return { port, yaml: `aeTitle: DEST\n${yaml}` };
};

const study = () => [
  makeInstance({ studyInstanceUid: "1.2.91", seriesInstanceUid: "1.2.91.1", pixel: 1, pixelBytes: 60_000 }),
  makeInstance({ studyInstanceUid: "1.2.91", seriesInstanceUid: "1.2.91.1", pixel: 2, pixelBytes: 60_000 }),
  makeInstance({ studyInstanceUid: "1.2.91", seriesInstanceUid: "1.2.91.2", pixel: 3, pixelBytes: 60_000 }),
];

/** What a web client does, by the clients that there are. */
async function useBridge({ url, store, errors }: Bridge): Promise<void> {
  const made = study();
  const client = new DicomwebClient({ url });
  const results = await Array.fromAsync(client.store(made.map(held)));
  assert(results.every(({ stored }) => stored), JSON.stringify(results));

  const studies = await Array.fromAsync(client.search({ level: "studies", match: { PatientID: "ID-1" } }));
  assert.deepEqual(studies.map((one) => one["0020000D"]?.Value?.[0]), ["1.2.91"]);
  const instances = await Array.fromAsync(client.search({ level: "instances", study: "1.2.91" }));
  assert.equal(instances.length, 3);

  // One instance alone first; what comes then has to be the same.
  const one = made[1]!;
  const path = { study: "1.2.91", series: "1.2.91.1", instance: one.sopInstanceUid };
  for await (const { body } of client.frames(path, [1])) {
    assert.deepEqual(await collect(body), new Uint8Array(60_000).fill(2));
  }
  const retrieved = new Map<string, Uint8Array>();
  for await (const { sopInstanceUid, stream } of client.retrieve({ study: "1.2.91" })) {
    retrieved.set(sopInstanceUid, await collect(stream()));
  }
  assert.deepEqual([...retrieved.keys()].toSorted(), made.map(({ sopInstanceUid }) => sopInstanceUid).toSorted());

  const viewers = new api.DICOMwebClient({ url, singlepart: "", requestHooks: [], verbose: false });
  const request = () => ({ instance: new FetchedXmlHttpRequest() as never });
  const uids = { studyInstanceUID: "1.2.91", seriesInstanceUID: "1.2.91.1", sopInstanceUID: one.sopInstanceUid };
  const metadata = await viewers.retrieveSeriesMetadata({ ...uids, request: request() } as never);
  assert.equal((metadata as unknown[]).length, 2);
  const frames = await viewers.retrieveInstanceFrames({ ...uids, frameNumbers: [1], request: request() } as never);
  assert.deepEqual(new Uint8Array((frames as ArrayBuffer[])[0]!), new Uint8Array(60_000).fill(2));

  if (find("curl") !== undefined) {
    using folder = temporaryFolder();
    const file = `${folder.path}/one.dcm`;
    const at = `${url}/studies/1.2.91/series/1.2.91.1/instances/${one.sopInstanceUid}`;
    const curl = (...args: string[]) => run("curl", ["--silent", "--fail", ...args]);
    const { code } = await curl("-H", "Accept: application/dicom; transfer-syntax=*", "-o", file, at);
    assert.equal(code, 0);
    assert.deepEqual(readContent(Deno.readFileSync(file)).dataSet.slice(-60_000), new Uint8Array(60_000).fill(2));
    const { stdout } = await curl(`${url}/studies?PatientName=Doe*&includefield=NumberOfStudyRelatedInstances`);
    assert.equal(JSON.parse(stdout).length, 1);
    assert.equal((await curl("-o", file, `${url}/studies/1.2.404`)).code, 22);
  }
  assert.deepEqual(await Array.fromAsync(store.list()), [], "nothing is in the archive");
  assert.deepEqual(errors, []);
}

for (const way of ["get", "move"] as const) {
  Deno.test(peerTest(`Orthanc on the web, by C-${way.toUpperCase()}`, ["Orthanc"], async () => {
    await using there = await bridge(orthanc(way));
    await useBridge(there);
  }));

  Deno.test(
    peerTest(
      `a series comes from Orthanc by C-${way.toUpperCase()} where one of it is at hand`,
      ["Orthanc"],
      async () => {
        await using there = await bridge(orthanc(way));
        const [study, series] = ["1.2.93", "1.2.93.1"];
        const made = Array.from(
          { length: 120 },
          () => makeInstance({ studyInstanceUid: study, seriesInstanceUid: series }),
        );
        const client = new DicomwebClient({ url: there.url });
        await Array.fromAsync(client.store(made.map(held)));
        await client.metadata({ study, series, instance: made[7]!.sopInstanceUid });
        // Orthanc sends nothing more once it was told that an instance can't be taken.
        const found: string[] = [];
        for await (const { sopInstanceUid, stream } of client.retrieve({ study })) {
          await stream().cancel();
          found.push(sopInstanceUid);
        }
        assert.deepEqual(found.toSorted(), made.map(({ sopInstanceUid }) => sopInstanceUid).toSorted());
        assert.deepEqual(there.errors, []);
      },
    ),
  );

  Deno.test(peerTest(`dcmqrscp on the web, by C-${way.toUpperCase()}`, ["dcmqrscp"], async () => {
    await using there = await bridge(dcmqrscp(way));
    await useBridge(there);
  }));
}

Deno.test(peerTest("a search over all instances of dcmqrscp goes from level to level", ["dcmqrscp"], async () => {
  await using there = await bridge(dcmqrscp("get"));
  const client = new DicomwebClient({ url: there.url });
  const made = [...study(), makeInstance({ studyInstanceUid: "1.2.92", seriesInstanceUid: "1.2.92.1" })];
  await Array.fromAsync(client.store(made.map(held)));
  assert.equal((await Array.fromAsync(client.search({ level: "instances" }))).length, 4);
  // It ignores this key without a word.
  assert.deepEqual(await (await fetch(`${there.url}/series?Modality=CT`)).json(), []);
  const one = await (await fetch(`${there.url}/series/1.2.92.1/instances`)).json();
  assert.equal(one.length, 1);
}));

Deno.test(
  peerTest("gantry listen holds what it retrieved in a folder, which each start empties", ["Orthanc"], async () => {
    await using stack = new AsyncDisposableStack();
    const { yaml } = await orthanc("get")(1, stack);
    using data = temporaryFolder();
    const files = () => filesBelow(`${data.path}/retrieved/instances`).length;
    const made = study();
    const client = (origin: string) => new DicomwebClient({ url: `${origin}/peers/PEER/dicom-web` });
    {
      await using gateway = await listeningGantry({ config: yaml, data: data.path });
      await Array.fromAsync(client(gateway.origin).store(made.map(held)));
      let count = 0;
      for await (const { stream } of client(gateway.origin).retrieve({ study: "1.2.91" })) {
        count += (await collect(stream())).length > 60_000 ? 1 : 0;
      }
      assert.deepEqual([count, files()], [3, 3]);
      assert.deepEqual(gateway.instances, []);
    }
    // It was killed: what it held is of no use to the next.
    assert.equal(files(), 3);
    await using gateway = await listeningGantry({ config: yaml, data: data.path });
    assert.deepEqual([files(), gateway.instances], [0, []]);
  }),
);

/** A gateway in front of Orthanc's plugin, which devices call as CLOUD. */
const cloud: StartPeer = async (_gatewayPort, using) => {
  const { url, port } = using.use(await startOrthanc({ Plugins: [dicomwebPlugin()], DicomWeb: { Enable: true } }));
  const peer = `{ aeTitle: CLOUD, url: "${url}/dicom-web", web: true }`;
  return { port, yaml: `peers: { PEER: ${peer} }` };
};

Deno.test(testWith({
  name: "DCMTK's storescu, findscu, getscu and movescu at the AE title of Orthanc's DICOMweb plugin",
  missing: [
    ...missingOfPlugin(),
    ...["storescu", "findscu", "getscu", "movescu"].filter((tool) => find(tool as never) === undefined),
  ],
  async fn() {
    await using there = await bridge(cloud);
    using temporary = temporaryFolder();
    const folder = temporary.path;
    const made: MadeInstance[] = study();
    Deno.mkdirSync(`${folder}/in`);
    Deno.mkdirSync(`${folder}/out`);
    writeInstances(`${folder}/in`, made);
    const call = async (tool: Parameters<typeof dcmtk>[0], ...args: string[]) => {
      const { code, stdout, stderr } = await dcmtk(tool, ["-aec", "CLOUD", ...args]);
      assert.equal(code, 0, `${tool}: ${stderr}${stdout}`);
      return stdout + stderr;
    };
    const address = [HERE, String(there.port)];
    await call("storescu", "+sd", "-xe", ...address, `${folder}/in`);
    assert.deepEqual(await Array.fromAsync(there.store.list()), []);
    const keys = ["-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID=1.2.91"];
    const found = await call("findscu", "-v", "-S", ...keys, "-k", "PatientName", ...address);
    assert.equal(found.match(/Find Response: \d+ \(Pending\)/g)?.length, 1);
    await call("getscu", "-S", ...keys, "-od", `${folder}/out`, ...address);
    assert.equal(filesBelow(`${folder}/out`).length, 3);
    // To itself: the gateway stores what it is told to by STOW-RS.
    const moved = await call("movescu", "-v", "-S", "-aem", "CLOUD", ...keys, ...address);
    assert.match(moved, /Received Final Move Response \(Success\)/);
    const instances = await (await fetch(`${there.url}/studies/1.2.91/instances`)).json();
    assert.equal(instances.length, 3, "as a DICOMweb server behind another");
    const { sopInstanceUid } = made[0]!;
    const frame = await fetch(`${there.url}/studies/1.2.91/series/1.2.91.1/instances/${sopInstanceUid}/frames/1`, {
      headers: { Accept: "application/octet-stream; transfer-syntax=*" },
    });
    assert.deepEqual(new Uint8Array(await frame.arrayBuffer()), new Uint8Array(60_000).fill(1));
  },
}));
