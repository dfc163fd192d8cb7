import assert from "node:assert/strict";
import { temporaryFolder } from "../support/folders.ts";
import { gantry, listeningGantry } from "../support/gantry.ts";
import { makeInstance, readContent, writeInstances } from "../support/instances.ts";
import { find, peerTest } from "../support/peers.ts";
import { freePort, Process } from "../support/process.ts";
import { assertKept, HERE } from "./support.ts";

/** A running Orthanc. */
interface Orthanc extends AsyncDisposable {
  /** Of DICOM. */
  readonly port: number;
  /** Asks its REST API; a body makes it a POST. */
  ask(path: string, body?: unknown): Promise<Response>;
}

/** Starts an Orthanc that knows a gateway at this port as `gantry`. */
async function startOrthanc(gantryPort: number): Promise<Orthanc> {
  await using starting = new AsyncDisposableStack();
  const { path: folder } = starting.use(temporaryFolder());
  const [port, httpPort] = [freePort(), freePort()];
  const configuration = {
    StorageDirectory: folder,
    IndexDirectory: folder,
    HttpPort: httpPort,
    DicomPort: port,
    DicomAet: "ORTHANC",
    DicomModalities: { gantry: ["GANTRY", HERE, gantryPort] },
    Plugins: [],
  };
  Deno.writeTextFileSync(`${folder}/orthanc.json`, JSON.stringify(configuration));
  const child = starting.use(new Process(find("Orthanc") ?? "Orthanc", [`${folder}/orthanc.json`]));
  await child.line(/Orthanc has started/);
  const running = starting.move();
  return {
    port,
    ask: (path, body) =>
      fetch(
        `http://${HERE}:${httpPort}${path}`,
        body === undefined ? {} : {
          method: "POST",
          body: JSON.stringify(body),
        },
      ),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

peerTest("Orthanc: C-ECHO and C-STORE, both ways", ["Orthanc"], async (t) => {
  using folder = temporaryFolder();
  await using gateway = await listeningGantry();
  await using orthanc = await startOrthanc(gateway.port);
  const syntaxes = ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.5"];
  const instances = syntaxes.map((transferSyntax) => makeInstance({ transferSyntax, pixelBytes: 100_000 }));
  writeInstances(folder.path, instances);
  const peer = `ORTHANC@${HERE}:${orthanc.port}`;

  await t.step("gantry echo", async () => {
    const { code, stderr } = await gantry(["echo", peer]);
    assert.equal(code, 0, stderr);
  });

  await t.step("gantry send", async () => {
    const { code, stderr } = await gantry(["send", peer, folder.path]);
    assert.equal(code, 0, stderr);
    const ids: string[] = await (await orthanc.ask("/instances")).json();
    assert.equal(ids.length, instances.length);
    for (const id of ids) {
      const { sopInstanceUid, transferSyntax, dataSet } = readContent(
        await (await orthanc.ask(`/instances/${id}/file`)).bytes(),
      );
      const sent = instances.find((instance) => instance.sopInstanceUid === sopInstanceUid);
      assert.equal(transferSyntax, sent?.transferSyntax);
      assert.deepEqual(dataSet, sent?.dataSet);
    }
  });

  await t.step("its C-ECHO", async () => {
    const response = await orthanc.ask("/modalities/gantry/echo", {});
    assert.equal(response.status, 200, await response.text());
  });

  await t.step("its C-STORE", async () => {
    const ids: string[] = await (await orthanc.ask("/instances")).json();
    const response = await orthanc.ask("/modalities/gantry/store", ids);
    const { InstancesCount, FailedInstancesCount } = await response.json();
    assert.deepEqual([InstancesCount, FailedInstancesCount], [instances.length, 0]);
    assertKept(gateway, instances);
  });
});
