import assert from "node:assert/strict";
import { connectTcp } from "../../src/transport/deno.ts";
import { secureAsClient } from "../../src/transport/node_tls.ts";
import type { Connection } from "../../src/upper_layer/connection.ts";
import { hex } from "../dicom/encoding/elements.ts";
import { certificates, opensslPresent } from "../support/certificates.ts";
import { type ListeningGantry, listeningGantry } from "../support/gantry.ts";
import { associateRq, commandPdv, echoRq, echoRsp, pData, ScriptedPeer } from "../support/scripted_peer.ts";
import { associations, HERE } from "./support.ts";

const text = (line: string) => new TextEncoder().encode(line);

/** What a load balancer says first. */
const HEADERS = {
  version1: text("PROXY TCP4 203.0.113.7 192.0.2.1 40000 104\r\n"),
  version1Ipv6: text("PROXY TCP6 2001:db8::7 2001:db8::1 40000 104\r\n"),
  unknown: text("PROXY UNKNOWN\r\n"),
  // Signature; version 2, PROXY; TCP over IPv4; 12 bytes: 203.0.113.8, 192.0.2.1, port 40001, port 104.
  version2: hex("0d0a0d0a000d0a515549540a 21 11 000c cb007108 c0000201 9c41 0068"),
  // As before, from 2001:db8::8, port 40002.
  version2Ipv6: hex(
    "0d0a0d0a000d0a515549540a 21 21 0024" +
      "20010db8000000000000000000000008 20010db8000000000000000000000001 9c42 0068",
  ),
  // As before from 203.0.113.7, with an element of 4 bytes behind the addresses (PP2_TYPE_NOOP).
  version2More: hex("0d0a0d0a000d0a515549540a 21 11 0013 cb007107 c0000201 9c43 0068 04 0004 00000000"),
  // Version 2, LOCAL: a health check.
  local: hex("0d0a0d0a000d0a515549540a 20 00 0000"),
} as const;

/** A connection on which this was sent. */
async function begin(gateway: ListeningGantry, bytes: Uint8Array): Promise<Connection> {
  const connection = await connectTcp({ hostname: HERE, port: gateway.port });
  const writer = connection.writable.getWriter();
  await writer.write(bytes);
  writer.releaseLock();
  return connection;
}

/** What a request for an association behind this header is answered. */
async function ask(gateway: ListeningGantry, header: keyof typeof HEADERS, callingAeTitle = "CT1") {
  const peer = new ScriptedPeer(await begin(gateway, HEADERS[header]));
  await peer.send(associateRq({ callingAeTitle }));
  const answer = await peer.receive();
  const outcome = answer?.type === "A-ASSOCIATE-RJ" ? answer.reason : answer?.type;
  return { peer, outcome };
}

Deno.test("behind a load balancer, rules, limits, the log and /associations go by who really calls", async () => {
  const rules = "allow: [{ address: 203.0.113.0/24 }, { address: 2001:db8::/64 }]";
  const config = `dicom: { proxies: [${HERE}], ${rules}, maxAssociationsPerAddress: 1 }`;
  await using gateway = await listeningGantry({ config });
  const open: ScriptedPeer[] = [];
  const remotes = {
    version1: "203.0.113.7:40000",
    version2: "203.0.113.8:40001",
    version2Ipv6: "[2001:db8::8]:40002",
  } as const;
  for (const [header, remote] of Object.entries(remotes)) {
    const { peer, outcome } = await ask(gateway, header as keyof typeof remotes);
    assert.equal(outcome, "A-ASSOCIATE-AC", header);
    await gateway.logged(new RegExp(`"association-established".*"remote":"${remote.replaceAll(/[[\].]/g, "\\$&")}"`));
    open.push(peer);
  }
  const { active } = await associations(gateway);
  assert.deepEqual(
    active.map(({ remote }) => remote?.hostname).sort(),
    ["2001:db8::8", "203.0.113.7", "203.0.113.8"],
  );
  // The same host again, the same /64 again, and the load balancer itself, which no rule names.
  for (
    const [header, reason] of [
      ["version2More", "local-limit-exceeded"],
      ["version1Ipv6", "local-limit-exceeded"],
      ["local", "calling-ae-title-not-recognized"],
      ["unknown", "calling-ae-title-not-recognized"],
    ] as const
  ) {
    const { peer, outcome } = await ask(gateway, header);
    assert.equal(outcome, reason, header);
    await peer.expectClose();
  }
  for (const peer of open) {
    await peer.send(pData(commandPdv(1, echoRq(1))));
    await peer.expect(pData(commandPdv(1, echoRsp(1))));
    await peer.release();
  }
});

Deno.test("a load balancer that sends no header, or none in time, is closed with a line in the log that says so", async () => {
  const config = `dicom: { proxies: [${HERE}], timeouts: { connect: 100ms } }`;
  await using gateway = await listeningGantry({ config });
  const cases: [bytes: Uint8Array, told: RegExp][] = [
    [hex("01 00 00000044 0001"), /the connection begins with something else$/],
    [text("PROXY TCP4 nobody 192.0.2.1 1 2\r\n"), /its source is not an address and a port$/],
    [text("PROXY TCP4 203."), /no header came within 100 ms$/],
    [new Uint8Array(), /no header came within 100 ms$/],
  ];
  for (const [bytes, told] of cases) {
    const before = gateway.log.length;
    const connection = await connectTcp({ hostname: HERE, port: gateway.port });
    const peer = new ScriptedPeer(connection);
    if (bytes.length > 0) await peer.send(bytes);
    assert.equal(await peer.receive(), undefined);
    await peer.close().catch(() => {});
    const from = `Cannot read the PROXY protocol header from 127\\.0\\.0\\.1:${connection.local?.port}: `;
    const { level, event, message } = await gateway.logged(new RegExp(from));
    assert.deepEqual([level, event], ["warn", "connection-failed"]);
    assert.match(message, told);
    assert.equal(gateway.log.slice(before).filter(({ level }) => level === "warn").length, 1);
  }
  const { totals } = await associations(gateway);
  assert.deepEqual(totals.refusals, [{ reason: "proxy", count: 2 }, { reason: "deadline", count: 2 }]);
  assert.deepEqual(totals.deadlines, [{ phase: "proxy", count: 2 }]);
});

Deno.test("a load balancer that only looks whether somebody is there leaves no warning", async () => {
  await using gateway = await listeningGantry({ config: `dicom: { proxies: [${HERE}] }` });
  for (const bytes of [new Uint8Array(), HEADERS.local, HEADERS.unknown]) {
    const before = gateway.log.length;
    const peer = new ScriptedPeer(await connectTcp({ hostname: HERE, port: gateway.port }));
    if (bytes.length > 0) await peer.send(bytes);
    await peer.close();
    await peer.expectClose();
    const { peer: caller, outcome } = await ask(gateway, "version1");
    assert.equal(outcome, "A-ASSOCIATE-AC");
    await caller.release();
    assert.deepEqual(gateway.log.slice(before).filter(({ level }) => level === "warn"), []);
  }
});

Deno.test("a PROXY protocol header from elsewhere is a stranger's: aborted, and the log names it", async () => {
  for (const config of ["", "dicom: { proxies: [192.0.2.20, 10.0.0.0/8] }"]) {
    await using gateway = await listeningGantry({ config });
    for (const header of ["version1", "version2"] as const) {
      const connection = await begin(gateway, HEADERS[header]);
      await new ScriptedPeer(connection).expectAbort("service-user");
      const { message } = await gateway.logged(
        new RegExp(`"association-ended".*"127.0.0.1:${connection.local?.port}"`),
      );
      assert.match(message, /the bytes look like a PROXY protocol header$/);
    }
  }
});

Deno.test({
  name: "behind a load balancer, the header comes before TLS, with and without client certificates",
  ignore: !opensslPresent,
  fn: async () => {
    const { authority, server, client } = await certificates();
    for (const clientCa of ["", `, clientCa: ${authority.certFile}`]) {
      const config = `tls: { certificate: ${server.certFile}, key: ${server.keyFile}${clientCa} }\n` +
        `dicom: { proxies: [${HERE}], allow: [{ address: 203.0.113.8 }] }`;
      await using gateway = await listeningGantry({ config });
      const connection = await secureAsClient(await begin(gateway, HEADERS.version2), {
        hostname: HERE,
        port: gateway.port,
        caCerts: [authority.cert],
        cert: client.cert,
        key: client.key,
      });
      const peer = new ScriptedPeer(connection);
      await peer.send(associateRq());
      await peer.expectType("A-ASSOCIATE-AC");
      const { active: [association] } = await associations(gateway);
      assert.deepEqual([association?.transport, association?.remote], ["tls", {
        hostname: "203.0.113.8",
        port: 40001,
      }]);
      await peer.release();
    }
  },
});
