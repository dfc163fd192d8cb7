/**
 * Records what real peers say to each other: `deno run -A test/vectors/record.ts` writes `recordings/` anew.
 *
 * @module
 */

import dcmjs from "dcmjs-dimse";
import { createGateway } from "../../src/gateway/gateway.ts";
import { createMemoryStore } from "../../src/objects/memory_store.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import { listenTcp } from "../../src/transport/deno.ts";
import { temporaryFolder } from "../support/folders.ts";
import { gantry } from "../support/gantry.ts";
import { makeInstance, writeInstances } from "../support/instances.ts";
import { dcmtk, startStoreScp } from "../support/peers.ts";
import { type Recording, writeRecording } from "./recordings.ts";

const HERE = "127.0.0.1";

/** Has `talk` go through a proxy to `port`, and writes down what passes. */
async function record(
  name: string,
  about: string,
  port: number,
  talk: (port: number) => Promise<unknown>,
): Promise<void> {
  using listener = Deno.listen({ hostname: HERE, port: 0 });
  const turns: { by: "requestor" | "acceptor"; bytes: Uint8Array }[] = [];
  const passing = (async () => {
    const near = await listener.accept();
    const far = await Deno.connect({ hostname: HERE, port });
    near.setNoDelay();
    far.setNoDelay();
    const pass = async (from: Deno.TcpConn, to: Deno.TcpConn, by: "requestor" | "acceptor") => {
      const seen = new TransformStream<Uint8Array, Uint8Array>({
        transform(bytes, controller) {
          turns.push({ by, bytes: bytes.slice() });
          controller.enqueue(bytes);
        },
      });
      await from.readable.pipeThrough(seen).pipeTo(to.writable).catch(() => {});
    };
    await Promise.all([pass(near, far, "requestor"), pass(far, near, "acceptor")]);
  })();
  await talk(listener.addr.port);
  await passing;
  const recording: Recording = { name, about, turns };
  writeRecording(recording);
  console.log(`${name}: ${turns.length} pieces, ${turns.reduce((sum, { bytes }) => sum + bytes.length, 0)} bytes`);
}

dcmjs.log.setLevel("silent");
using folder = temporaryFolder();
const [ct, deflated] = [
  makeInstance({ sopClassUid: UID.CTImageStorage, sopInstanceUid: "1.2.3.4.1", pixelBytes: 64 }),
  makeInstance({ sopInstanceUid: "1.2.3.4.2", pixelBytes: 64, transferSyntax: UID.DeflatedExplicitVRLittleEndian }),
];
const [ctPath = ""] = writeInstances(folder.path, [ct]);
const both = writeInstances(folder.path, [ct, deflated]);

const gateway = createGateway({
  store: createMemoryStore(),
  connect: () => Promise.reject(new Error("Nobody is to be connected to")),
});
await using listener = await listenTcp({ hostname: HERE, port: 0 });
const accepting = (async () => {
  for await (const connection of listener) gateway.accept(connection);
})();
const { port } = listener.addr;

await record(
  "echoscu-gantry",
  "DCMTK echoscu, two C-ECHOs, to Gantry",
  port,
  (port) => dcmtk("echoscu", ["--repeat", "2", "-aec", "GANTRY", HERE, String(port)]),
);
await record(
  "echoscu-abort-gantry",
  "DCMTK echoscu, which aborts, to Gantry",
  port,
  (port) => dcmtk("echoscu", ["--abort", "-aec", "GANTRY", HERE, String(port)]),
);
await record(
  "storescu-gantry",
  "DCMTK storescu, one instance, to Gantry",
  port,
  (port) => dcmtk("storescu", ["-R", "-aec", "GANTRY", HERE, String(port), ctPath]),
);
await record(
  "storescu-small-pdus-gantry",
  "DCMTK storescu, PDUs of 4 KB, all SOP classes proposed, to Gantry",
  port,
  (port) => dcmtk("storescu", ["-pdu", "4096", "-aec", "GANTRY", HERE, String(port), ctPath]),
);
await record(
  "dcmsend-gantry",
  "DCMTK dcmsend, two instances, one of them deflated, to Gantry",
  port,
  (port) => dcmtk("dcmsend", ["-aec", "GANTRY", HERE, String(port), ...both]),
);
await record(
  "dcmjs-dimse-gantry",
  "dcmjs-dimse, C-ECHO and C-STORE, to Gantry",
  port,
  (port) =>
    new Promise<void>((resolve, reject) => {
      const client = new dcmjs.Client();
      client.addRequest(new dcmjs.requests.CEchoRequest());
      client.addRequest(new dcmjs.requests.CStoreRequest(ctPath));
      client.on("closed", resolve);
      client.on("networkError", reject);
      client.send(HERE, port, "DCMJS", "GANTRY");
    }),
);

await using scp = await startStoreScp("+xa");
await record(
  "gantry-echo-storescp",
  "gantry echo, two C-ECHOs, to DCMTK storescp",
  scp.port,
  (port) => gantry(["echo", `STORESCP@${HERE}:${port}`, "--repeat", "2"]),
);
await record(
  "gantry-send-storescp",
  "gantry send, one instance, to DCMTK storescp",
  scp.port,
  (port) => gantry(["send", `STORESCP@${HERE}:${port}`, ctPath]),
);
await using picky = await startStoreScp("--refuse");
await record(
  "gantry-echo-refused-storescp",
  "gantry echo to a DCMTK storescp that refuses",
  picky.port,
  (port) => gantry(["echo", `STORESCP@${HERE}:${port}`]),
);

await listener.close();
await accepting;
await gateway[Symbol.asyncDispose]();
