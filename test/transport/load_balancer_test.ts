import assert from "node:assert/strict";
import { inNetworks } from "../../src/ip_address.ts";
import * as deno from "../../src/transport/deno.ts";
import * as node from "../../src/transport/node.ts";
import { certificates, opensslPresent } from "../support/certificates.ts";
import { echo, finish } from "./connection_checks.ts";

const hostname = "127.0.0.1";
const isProxy = inNetworks(["127.0.0.1"]);
const text = (line: string) => new TextEncoder().encode(line);
const HEADER = "PROXY TCP4 203.0.113.7 192.0.2.1 40000 104\r\n";

for (const [runtime, transport] of Object.entries({ Deno: deno, Node: node })) {
  Deno.test(`${runtime} listenTcp() reads no header of an address that is no load balancer's`, async () => {
    const options = { hostname, port: 0, isProxy: inNetworks(["10.0.0.0/8", "::1"]) };
    await using listener = await transport.listenTcp(options);
    const accepting = listener[Symbol.asyncIterator]().next();
    const near = await transport.connectTcp(listener.addr);
    const { value: far } = await accepting;
    assert.equal(far?.remote?.hostname, hostname);
    far.readable.pipeTo(far.writable);
    assert.equal(await echo(near, HEADER), HEADER);
  });

  Deno.test(`${runtime} listenTcp() closes a load balancer's connection without a header, and takes others meanwhile`, async () => {
    const errors: Error[] = [];
    await using listener = await transport.listenTcp({
      hostname,
      port: 0,
      isProxy,
      onError: (error) => errors.push(error),
    });
    const silent = await transport.connectTcp(listener.addr);
    const wrong = await transport.connectTcp(listener.addr);
    const writer = wrong.writable.getWriter();
    await writer.write(Uint8Array.of(1, 0, 0, 0, 0, 68));
    await assert.rejects(async () => {
      if ((await wrong.readable.getReader().read()).done) throw new Error("ended");
    });
    await writer.abort();
    assert.equal(errors.length, 1);
    const { port } = wrong.local ?? {};
    const problem = "the connection begins with something else";
    assert.equal(errors[0]?.message, `Cannot read the PROXY protocol header from 127.0.0.1:${port}: ${problem}`);

    const accepting = listener[Symbol.asyncIterator]().next();
    const near = await transport.connectTcp(listener.addr);
    const heading = near.writable.getWriter();
    await heading.write(text(HEADER));
    heading.releaseLock();
    const { value: far } = await accepting;
    assert.deepEqual(far?.remote, { hostname: "203.0.113.7", port: 40000 });
    far.readable.pipeTo(far.writable);
    assert.equal(await echo(near, "others"), "others");
    await listener.close();
    await finish(silent);
    assert.equal(errors.length, 1);
  });

  Deno.test({
    name: `${runtime} listenTls() makes nothing of a load balancer's health checks`,
    ignore: !opensslPresent,
    fn: async () => {
      const { server } = await certificates();
      const errors: Error[] = [];
      const onError = (error: Error) => errors.push(error);
      const listener = await transport.listenTls({ ...server, hostname, port: 0, isProxy, onError });
      const local = Uint8Array.of(...text("\r\n\r\n\0\r\nQUIT\n"), 0x20, 0, 0, 0);
      for (const header of ["", "PROXY UNKNOWN\r\n", `PROXY TCP4 ${hostname} ${hostname} 4242 104\r\n`, local]) {
        const { writable, readable } = await transport.connectTcp(listener.addr);
        const writer = writable.getWriter();
        if (header.length > 0) await writer.write(typeof header === "string" ? text(header) : header);
        await writer.close();
        assert.equal((await readable.getReader().read().catch(() => ({ done: true }))).done, true);
      }
      await listener.close();
      for await (const _ of listener) assert.fail("a health check was taken for a connection");
      assert.deepEqual(errors, []);
    },
  });

  Deno.test({
    name:
      `${runtime} listenTls() closes a load balancer's connection that begins with TLS, and can change its certificate`,
    ignore: !opensslPresent,
    fn: async () => {
      const { server, rsaServer, authority } = await certificates();
      const errors: Error[] = [];
      const onError = (error: Error) => errors.push(error);
      await using listener = await transport.listenTls({ ...server, hostname, port: 0, isProxy, onError });
      await assert.rejects(transport.connectTls({ ...listener.addr, caCerts: [authority.cert] }));
      assert.match(errors.map(({ message }) => message).join(), /^Cannot read the PROXY .*begins with something else$/);
      await assert.rejects(listener.replace({ cert: server.cert, key: rsaServer.key }));
      await listener.replace(rsaServer);
    },
  });
}
