/**
 * A gateway on Node or Bun, with files, TCP and HTTP: `DATA`. Prints its ports as JSON when it listens, and drains at SIGTERM.
 *
 * @module
 */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { openFileStore } from "../../src/objects/file_store.ts";
import { createGateway } from "../../src/gateway/gateway.ts";
import { connectTcp, listenTcp } from "../../src/transport/node.ts";

const [, , data = ""] = process.argv;
const hostname = "127.0.0.1";

const store = await openFileStore(data);
const gateway = createGateway({
  store,
  connect: ({ host, port }, options) => connectTcp({ hostname: host, port, ...options }),
});
const listener = await listenTcp({ hostname, port: 0 });
const sidecar = createServer(async ({ method = "GET", headers: { host }, url }, answer) => {
  const response = await gateway.fetch(new Request(`http://${host}${url}`, { method }));
  answer.writeHead(response.status, Object.fromEntries(response.headers));
  answer.end(new Uint8Array(await response.arrayBuffer()));
});
sidecar.listen(0, hostname, () => {
  const { port } = sidecar.address() as AddressInfo;
  console.log(JSON.stringify({ dicom: listener.addr.port, http: port }));
});

process.once("SIGTERM", async () => {
  await gateway.drain();
  await listener[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
  sidecar.close();
  sidecar.closeAllConnections();
});
for await (const connection of listener) gateway.accept(connection);
