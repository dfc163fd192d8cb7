/** What clients send, and what becomes of a connection that breaks, over HTTP. */

import assert from "node:assert/strict";
import { api } from "dicomweb-client";
import { DicomwebClient } from "../../../src/dicomweb/client/client.ts";
import { collect } from "../../archive/support.ts";
import { makeInstance } from "../../support/instances.ts";
import { FetchedXmlHttpRequest } from "../../support/xml_http_request.ts";
import { held } from "../client/server.ts";
import { joined } from "../multipart/messages.ts";
import { multipart } from "./store_support.ts";
import { serveGateway } from "./served.ts";

Deno.test("dicomweb-client stores", async () => {
  await using served = await serveGateway();
  const client = new api.DICOMwebClient({ url: served.url, singlepart: "", requestHooks: [], verbose: false });
  const made = [makeInstance({ studyInstanceUid: "1.2.31" }), makeInstance({ studyInstanceUid: "1.2.31" })];
  for (const study of [{}, { studyInstanceUID: "1.2.31" }]) {
    const request = { instance: new FetchedXmlHttpRequest() as never };
    await client.storeInstances({ datasets: made.map(({ file }) => file.buffer), ...study, request } as never);
  }
  const found = await Array.fromAsync(new DicomwebClient(served).search({ level: "instances", study: "1.2.31" }));
  assert.deepEqual(
    found.map((one) => one["00080018"]?.Value?.[0]).sort(),
    made.map((one) => one.sopInstanceUid).sort(),
  );
});

Deno.test("what the client stores, it finds and retrieves", async () => {
  await using served = await serveGateway();
  const client = new DicomwebClient(served);
  const made = Array.from(
    { length: 12 },
    (_, pixel) => makeInstance({ studyInstanceUid: "1.2.32", pixel, pixelBytes: 50_000 }),
  );
  const results = await Array.fromAsync(client.store(made.map(held), { maxInstances: 5 }));
  assert.deepEqual(results.map(({ stored }) => stored), Array(12).fill(true));
  const retrieved = new Map<string, Uint8Array>();
  for await (const { sopInstanceUid, stream } of client.retrieve({ study: "1.2.32" })) {
    retrieved.set(sopInstanceUid, await collect(stream()));
  }
  for (const { sopInstanceUid, dataSet } of made) assert.deepEqual(retrieved.get(sopInstanceUid), dataSet);
});

/** Sends a part of a request over a socket of its own, and closes it. */
async function sendAndLeave(url: string, headers: readonly string[], body: Uint8Array): Promise<void> {
  const { hostname, port } = new URL(url);
  using connection = await Deno.connect({ hostname, port: Number(port) });
  const head = ["POST /dicom-web/studies HTTP/1.1", `Host: ${hostname}:${port}`, ...headers, "", ""].join("\r\n");
  const writer = connection.writable.getWriter();
  await writer.write(joined(head, body));
  writer.releaseLock();
  await connection.closeWrite().catch(() => {});
  for await (const _ of connection.readable);
}

Deno.test("a connection that breaks leaves the instances before, and nothing of the one under way", async () => {
  await using served = await serveGateway();
  const [one, other] = [
    makeInstance({ studyInstanceUid: "1.2.33" }),
    makeInstance({ studyInstanceUid: "1.2.33", pixelBytes: 90_000 }),
  ];
  const boundary = "0f3cf5c0-70e0-41ef-baef-c6f9f65ec3e1";
  const body = multipart([{ body: one.file }, { body: other.file }]);
  const type = `Content-Type: multipart/related; type="application/dicom"; boundary=${boundary}`;
  await sendAndLeave(served.url, [type, `Content-Length: ${body.length}`], body.slice(0, -50_000));
  const single = "Content-Type: application/dicom";
  await sendAndLeave(served.url, [single, `Content-Length: ${other.file.length}`], other.file.slice(0, -50_000));
  const chunk = joined(`${(40_000).toString(16)}\r\n`, other.file.slice(0, 40_000), "\r\n");
  await sendAndLeave(served.url, [single, "Transfer-Encoding: chunked"], chunk);
  const found = await Array.fromAsync(new DicomwebClient(served).search({ level: "instances", study: "1.2.33" }));
  assert.deepEqual(found.map((answer) => answer["00080018"]?.Value?.[0]), [one.sopInstanceUid]);
});
