import assert from "node:assert/strict";
import fc from "fast-check";
import { encodePdu } from "../../src/upper_layer/codec/pdu_encode.ts";
import { hex } from "../dicom/encoding/elements.ts";
import { certificates, opensslPresent } from "../support/certificates.ts";
import { listeningGantry } from "../support/gantry.ts";
import { joined } from "../support/instances.ts";
import { associateRq, commandPdv, echoRq, pData } from "../support/scripted_peer.ts";
import { assertUnharmed, associations, HERE, stranger, warnings } from "./support.ts";

/** What PS3.8 Table 9-10 answers before an association, by action AA-1: an A-ABORT whose source is the service user. */
const ABORTED = "07 00 00000004 00 00 00 00";

/** Sends bytes to a port; answers all that comes back. */
async function say(port: number, bytes: Uint8Array): Promise<Uint8Array> {
  return await hear(await Deno.connect({ hostname: HERE, port }), bytes);
}

async function hear(socket: Deno.TcpConn, bytes: Uint8Array): Promise<Uint8Array> {
  const writer = socket.writable.getWriter();
  writer.write(bytes).catch(() => {}); // The other side need not take all of it.
  const answer = await new Response(socket.readable).bytes();
  await writer.close().catch(() => {});
  return answer;
}

const strangers: Readonly<Record<string, { readonly bytes: Uint8Array; readonly told: RegExp }>> = {
  "an HTTP request": {
    bytes: new TextEncoder().encode("GET /dicom-web/studies HTTP/1.1\r\nHost: pacs\r\n\r\n"),
    told: /type 0x47 is not defined in PS3\.8; the bytes look like an HTTP request$/,
  },
  "a TLS handshake": {
    bytes: hex("16 03 01 00 2e 01 00 00 2a 03 03"),
    told: /type 0x16 is not defined in PS3\.8; the bytes look like a TLS handshake$/,
  },
  "an A-ASSOCIATE-RQ of 4 GiB": {
    bytes: hex("01 00 ffffffff 0001"),
    told: /Cannot read A-ASSOCIATE-RQ: its length field says 4294967295 bytes; expected at most 262144$/,
  },
  "an A-ABORT of another length": {
    bytes: hex("07 00 00000005 00 00 00 00 00"),
    told: /Cannot read A-ABORT: its length field says 5 bytes; expected 4$/,
  },
  "P-DATA before an association": {
    bytes: encodePdu(pData(commandPdv(1, echoRq(1)))),
    told: /P-DATA-TF/,
  },
  "an A-RELEASE-RQ before an association": {
    bytes: hex("05 00 00000004 00000000"),
    told: /A-RELEASE-RQ/,
  },
  "an A-ASSOCIATE-RQ whose application context overruns it": {
    // 68 bytes of fields, then an item of type 10H that says 65535 bytes and has two.
    bytes: joined(hex("01 00 0000004a"), encodePdu(associateRq()).slice(6, 74), hex("10 00 ffff 0000")),
    told: /Cannot read A-ASSOCIATE-RQ: .*65535/,
  },
};

Deno.test("strangers at the door get the standard's A-ABORT, and a line in the log that names them", async (t) => {
  await using gateway = await listeningGantry();
  for (const [name, { bytes, told }] of Object.entries(strangers)) {
    await t.step(name, async () => {
      const [fault, ...others] = await warnings(gateway, async () => {
        assert.deepEqual(await say(gateway.port, bytes), hex(ABORTED));
      });
      assert.match(fault?.message ?? "", /^Connection aborted by this gateway: Cannot /);
      assert.match(fault?.message ?? "", told);
      assert.deepEqual(others, []);
    });
  }
});

Deno.test("random bytes get an A-ABORT or a closed connection, and harm nothing", async () => {
  await using gateway = await listeningGantry({ config: "dicom: { timeouts: { associate: 400ms, release: 400ms } }" });
  // A first byte above 7 is no PDU type.
  const noise = fc.tuple(fc.integer({ min: 8, max: 255 }), fc.uint8Array({ minLength: 5, maxLength: 200_000 }));
  await fc.assert(
    fc.asyncProperty(noise, async ([first, rest]) => {
      assert.deepEqual(await say(gateway.port, joined(new Uint8Array([first]), rest)), hex(ABORTED));
    }),
    { seed: 42, numRuns: 50 },
  );
  // Those that begin as a PDU may announce more than there is: then the time runs out.
  const likely = fc.tuple(fc.integer({ min: 1, max: 7 }), fc.uint8Array({ minLength: 5, maxLength: 500 }));
  await fc.assert(
    fc.asyncProperty(likely, async ([first, rest]) => {
      const answer = (await say(gateway.port, joined(new Uint8Array([first, 0, 0, 0]), rest))).toHex();
      assert.ok(answer === "" || answer === hex(ABORTED).toHex(), answer);
    }),
    { seed: 42, numRuns: 10 },
  );
  await assertUnharmed(gateway);
});

Deno.test("who connects and says nothing, or not all, is sent away when the time is up", async () => {
  await using gateway = await listeningGantry({ config: "dicom: { timeouts: { associate: 500ms } }" });
  const beginnings = [new Uint8Array(), hex("01 00 00"), encodePdu(associateRq()).slice(0, 100)];
  for (const beginning of beginnings) {
    const [fault] = await warnings(gateway, async () => {
      assert.deepEqual(await say(gateway.port, beginning), new Uint8Array());
    });
    assert.match(fault?.message ?? "", /(nothing|too little) came in the associate phase for 500 ms/);
  }
});

Deno.test("who connects and hangs up is no trouble worth a warning", async () => {
  await using gateway = await listeningGantry();
  const found = await warnings(gateway, async () => {
    for (let times = 0; times < 20; times++) {
      const peer = await stranger(gateway);
      await peer.close();
      await peer.expectClose();
    }
  });
  assert.deepEqual(found, []);
});

Deno.test({
  name: "plain DICOM and HTTP at the TLS port end with their handshake, and are counted",
  ignore: !opensslPresent,
  async fn() {
    const { server, authority } = await certificates();
    const config = `tls: { certificate: ${server.certFile}, key: ${server.keyFile} }`;
    await using gateway = await listeningGantry({ config });
    for (const bytes of [encodePdu(associateRq()), strangers["an HTTP request"]?.bytes ?? new Uint8Array()]) {
      const socket = await Deno.connect({ hostname: HERE, port: gateway.port });
      const { port } = socket.localAddr;
      await hear(socket, bytes).catch(() => {}); // A reset is as good as an end.
      const { message } = await gateway.logged(new RegExp(`"connection-failed".*:${port}:`));
      assert.match(message, /^Cannot secure the connection from 127\.0\.0\.1:\d+: the peer does not speak TLS there/);
    }
    const secured = await Deno.connectTls({ hostname: "localhost", port: gateway.port, caCerts: [authority.cert] });
    await secured.handshake();
    secured.close();
    assert.deepEqual((await associations(gateway)).totals.refusals, [{ reason: "tls", count: 2 }]);
  },
});

Deno.test({
  name: "a client that does not complete its TLS handshake is disconnected in time, and counted",
  ignore: !opensslPresent,
  async fn() {
    const { server, authority } = await certificates();
    const tls = `tls: { certificate: ${server.certFile}, key: ${server.keyFile} }`;
    await using gateway = await listeningGantry({ config: `${tls}\ndicom: { timeouts: { connect: 500ms } }` });
    // The beginning of a ClientHello of 16 KiB.
    const hello = hex("16 03 01 4000 01 003ffc 03 03");
    const beginnings = [new Uint8Array(), hello, joined(hello, new Uint8Array(8192))];
    for (const beginning of beginnings) await say(gateway.port, beginning).catch(() => {}); // A reset is as good as an end.
    const secured = await Deno.connectTls({ hostname: "localhost", port: gateway.port, caCerts: [authority.cert] });
    await secured.handshake();
    secured.close();
    assert.deepEqual((await associations(gateway)).totals.refusals, [{ reason: "deadline", count: 3 }]);
    await gateway.end();
    const failures = gateway.log.filter(({ event }) => event === "connection-failed");
    assert.equal(failures.length, beginnings.length);
    const told = /^Cannot secure the connection from 127\.0\.0\.1:\d+: the handshake didn't end within 500 ms$/;
    for (const { message } of failures) assert.match(message, told);
  },
});
