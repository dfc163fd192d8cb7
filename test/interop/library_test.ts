import assert from "node:assert/strict";
import { openFileStore } from "../../src/objects/file_store.ts";
import { createGateway } from "../../src/gateway/gateway.ts";
import { createScp } from "../../src/services/scp.ts";
import { storage } from "../../src/services/storage.ts";
import { verification } from "../../src/services/verification.ts";
import { listenTcp } from "../../src/transport/deno.ts";
import { filesBelow, temporaryFolder } from "../support/folders.ts";
import { makeInstance, readContent, writeInstances } from "../support/instances.ts";
import { dcmtk, peerTest } from "../support/peers.ts";
import { HERE } from "./support.ts";

Deno.test(peerTest("echoscu, storescu: the library in this process", ["echoscu", "storescu"], async () => {
  using folder = temporaryFolder();
  const instances = [makeInstance(), makeInstance({ pixelBytes: 500_000 })];
  const paths = writeInstances(folder.path, instances);
  const received = new Map<string, Uint8Array>();
  await using scp = createScp({
    services: [
      verification(),
      storage(async ({ sopInstanceUid, file }) => {
        received.set(
          sopInstanceUid,
          new Uint8Array(await new Response(file().stream() as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer()),
        );
      }),
    ],
  });
  await using listener = await listenTcp({ hostname: HERE, port: 0 });
  const serving = (async () => {
    for await (const connection of listener) scp.accept(connection);
  })();
  const port = String(listener.addr.port);
  assert.equal((await dcmtk("echoscu", [HERE, port])).code, 0);
  assert.equal((await dcmtk("storescu", [HERE, port, ...paths])).code, 0);
  assert.equal(received.size, 2);
  for (const { sopInstanceUid, dataSet } of instances) {
    assert.deepEqual(readContent(received.get(sopInstanceUid) ?? new Uint8Array()).dataSet, dataSet);
  }
  await listener.close();
  await serving;
}));

Deno.test(peerTest("storescu: a gateway in this process, in front of a file store", ["storescu"], async () => {
  using folder = temporaryFolder();
  const instance = makeInstance({ pixelBytes: 1_000_000 });
  const paths = writeInstances(folder.path, [instance]);
  await using store = await openFileStore(`${folder.path}/data`);
  await using gateway = createGateway({ store, connect: () => Promise.reject(new Error("Not to be called")) });
  await using listener = await listenTcp({ hostname: HERE, port: 0 });
  const serving = (async () => {
    for await (const connection of listener) gateway.accept(connection);
  })();
  const { code, stderr } = await dcmtk("storescu", [HERE, String(listener.addr.port), ...paths]);
  assert.equal(code, 0, stderr);
  assert.deepEqual(filesBelow(`${folder.path}/data/instances`), [instance.name]);
  const kept = readContent(Deno.readFileSync(`${folder.path}/data/instances/${instance.name}`));
  assert.deepEqual(kept.dataSet, instance.dataSet);
  const { totals } = await (await gateway.fetch(new Request("http://localhost/associations"))).json();
  assert.equal(totals.operations[0].bytes, instance.dataSet.length);
  await listener.close();
  await serving;
}));
