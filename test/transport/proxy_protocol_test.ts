import assert from "node:assert/strict";
import fc from "fast-check";
import { TransportError } from "../../src/errors.ts";
import { connectionPair } from "../../src/transport/memory.ts";
import { parseProxyHeader, readProxyProtocol } from "../../src/transport/proxy_protocol.ts";
import { sourceOf } from "../../src/streams/lending_stream.ts";
import type { Connection } from "../../src/upper_layer/connection.ts";
import { FakeTime } from "../support/fake_time.ts";
import { lending } from "../support/lending.ts";

const text = (line: string) => new TextEncoder().encode(line);

/** Version 2: signature, version and command, family and protocol, length, addresses. */
function version2(command: number, family: number, addresses: number[]): Uint8Array {
  const signature = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a];
  return Uint8Array.of(
    ...signature,
    0x20 | command,
    family,
    addresses.length >> 8,
    addresses.length & 0xff,
    ...addresses,
  );
}

/** 203.0.113.7 port 40000 to 192.0.2.1 port 104. */
const IPV4 = [203, 0, 113, 7, 192, 0, 2, 1, 0x9c, 0x40, 0, 104];

Deno.test("parseProxyHeader() reads version 1", () => {
  const line = "PROXY TCP4 203.0.113.7 192.0.2.1 40000 104\r\n";
  assert.deepEqual(parseProxyHeader(text(`${line}rest`)), {
    remote: { hostname: "203.0.113.7", port: 40000 },
    length: line.length,
  });
  assert.deepEqual(parseProxyHeader(text("PROXY TCP6 2001:db8::7 ::1 40000 104\r\n"))?.remote, {
    hostname: "2001:db8::7",
    port: 40000,
  });
  assert.deepEqual(parseProxyHeader(text("PROXY UNKNOWN\r\n")), { remote: undefined, length: 15 });
});

Deno.test("parseProxyHeader() reads version 2", () => {
  const header = version2(1, 0x11, IPV4);
  assert.deepEqual(parseProxyHeader(header), { remote: { hostname: "203.0.113.7", port: 40000 }, length: 28 });
  const address = [0x20, 0x01, 0x0d, 0xb8, ...Array<number>(11).fill(0), 7];
  const ipv6 = [...address, ...Array<number>(16).fill(0), 0x9c, 0x40, 0, 104];
  assert.equal(parseProxyHeader(version2(1, 0x21, ipv6))?.remote?.hostname, "2001:db8::7");
  assert.deepEqual(parseProxyHeader(version2(0, 0x00, [])), { remote: undefined, length: 16 });
});

Deno.test("parseProxyHeader() wants more bytes at every truncation, and gives nothing else", () => {
  for (const header of [text("PROXY TCP4 203.0.113.7 192.0.2.1 40000 104\r\n"), version2(1, 0x11, IPV4)]) {
    for (let length = 0; length < header.length; length++) {
      assert.equal(parseProxyHeader(header.subarray(0, length)), undefined, `${length} bytes`);
    }
  }
});

Deno.test("parseProxyHeader() refuses what is no header", () => {
  const wrong: [string, Uint8Array][] = [
    ["an A-ASSOCIATE-RQ", Uint8Array.of(1, 0, 0, 0, 0, 68)],
    ["an unknown family", text("PROXY UDP4 203.0.113.7 192.0.2.1 1 2\r\n")],
    ["a port above 65535", text("PROXY TCP4 203.0.113.7 192.0.2.1 70000 104\r\n")],
    ["an address with leading zeros", text("PROXY TCP4 0177.0.0.1 192.0.2.1 1 2\r\n")],
    ["an address that is none", text("PROXY TCP6 1:2:3 ::1 1 2\r\n")],
    ["an address of the other family", text("PROXY TCP4 ::1 ::1 1 2\r\n")],
    ["a port with a leading zero", text("PROXY TCP4 203.0.113.7 192.0.2.1 0104 104\r\n")],
    ["no port", text("PROXY TCP4 203.0.113.7 192.0.2.1\r\n")],
    ["a destination of the other family", text("PROXY TCP4 203.0.113.7 ::1 40000 104\r\n")],
    ["a destination without a port", text("PROXY TCP4 203.0.113.7 192.0.2.1 40000\r\n")],
    ["two spaces in a row", text("PROXY TCP4  203.0.113.7 192.0.2.1 40000 104\r\n")],
    ["more than two ports", text("PROXY TCP4 203.0.113.7 192.0.2.1 40000 104 1\r\n")],
    ["a line that ends with LF alone", text(`PROXY TCP4 203.0.113.7 192.0.2.1 40000 104\n${" ".repeat(70)}`)],
    ["an address with a line break in it", text("PROXY TCP4 203.0\n.1 192.0.2.1 1 2\r\n")],
    ["an endless line", text(`PROXY TCP4 ${"1".repeat(200)}`)],
    ["another version", version2(1, 0x11, IPV4).with(12, 0x31)],
    ["an unknown command", version2(5, 0x11, IPV4)],
    ["addresses that end early", version2(1, 0x11, IPV4.slice(0, 8))],
    ["an address family that version 2 doesn't have", version2(1, 0x41, IPV4)],
    ["a protocol that version 2 doesn't have", version2(1, 0x13, IPV4)],
  ];
  for (const [what, bytes] of wrong) assert.throws(() => parseProxyHeader(bytes), TransportError, what);
});

Deno.test("parseProxyHeader() reads any bytes as a header, as the beginning of one, or refuses them", () => {
  const starts = ["", "PROXY ", "PROXY TCP4 ", "PROXY TCP6 "].map(text);
  const start = fc.oneof(fc.constantFrom(...starts), fc.constant(version2(1, 0x11, []).slice(0, 12)));
  fc.assert(
    fc.property(start, fc.uint8Array({ maxLength: 300 }), (start, more) => {
      const bytes = Uint8Array.of(...start, ...more);
      let header;
      try {
        header = parseProxyHeader(bytes);
      } catch (error) {
        assert.ok(error instanceof TransportError, String(error));
        assert.match(error.message, /^Cannot read the PROXY protocol header: [ -~]+$/);
      }
      if (header === undefined) return;
      assert.ok(header.length <= bytes.length);
      assert.match(header.remote?.hostname ?? "::", /^[\d.]+$|^[\da-f:]+$/);
    }),
    { seed: 42, numRuns: 2000 },
  );
});

Deno.test("parseProxyHeader() skips all that comes with the addresses, up to the greatest length there is", () => {
  const more = Array<number>(0xffff - IPV4.length).fill(0xff);
  assert.deepEqual(parseProxyHeader(version2(1, 0x11, [...IPV4, ...more])), {
    remote: { hostname: "203.0.113.7", port: 40000 },
    length: 16 + 0xffff,
  });
  const line = `PROXY UNKNOWN ${"ffff:".repeat(7)}ffff ${"ffff:".repeat(7)}ffff 65535 65535\r\n`;
  assert.deepEqual(parseProxyHeader(text(line)), { remote: undefined, length: 107 });
});

Deno.test("parseProxyHeader() gives no address for what is no TCP over IP, or the load balancer's own", () => {
  const others = {
    UNSPEC: 0x00,
    "IPv4, UNSPEC": 0x10,
    "UDP over IPv4": 0x12,
    "UNIX stream": 0x31,
    "UNIX datagram": 0x32,
  };
  for (const [what, family] of Object.entries(others)) {
    const addresses = family >> 4 === 3 ? Array<number>(216).fill(1) : IPV4;
    const length = 16 + addresses.length;
    assert.deepEqual(parseProxyHeader(version2(1, family, addresses)), { remote: undefined, length }, what);
  }
  // What LOCAL has there is ignored, be it none that version 2 has.
  for (const family of [0x11, 0xff]) {
    assert.deepEqual(parseProxyHeader(version2(0, family, IPV4)), { remote: undefined, length: 28 });
  }
});

Deno.test("parseProxyHeader() gives addresses as sockets do, IPv4 within IPv6 as IPv4", () => {
  const mapped = [...Array<number>(10).fill(0), 0xff, 0xff, 203, 0, 113, 7];
  const header = version2(1, 0x21, [...mapped, ...mapped, 0x9c, 0x40, 0, 104]);
  assert.equal(parseProxyHeader(header)?.remote?.hostname, "203.0.113.7");
  const v1 = (source: string) => parseProxyHeader(text(`PROXY TCP6 ${source} ::1 40000 104\r\n`))?.remote?.hostname;
  assert.equal(v1("::ffff:203.0.113.7"), "203.0.113.7");
  assert.equal(v1("2001:0DB8:0:0::7"), "2001:db8::7");
});

const BYTES = Uint8Array.of(...version2(1, 0x11, IPV4), 1, 2, 3);
const BALANCER = { hostname: "10.0.0.5", port: 4242 };

/** A connection from the load balancer, and its end of it. */
function balanced(): [balancer: Connection, gateway: Connection] {
  const [balancer, gateway] = connectionPair();
  return [balancer, { ...gateway, remote: BALANCER }];
}

for (const [what, change] of Object.entries({ "": (connection: Connection) => connection, ", lent": lending })) {
  Deno.test(`readProxyProtocol() gives the connection behind the header, however the bytes are split${what}`, async () => {
    for (let split = 1; split < BYTES.length; split++) {
      const [balancer, gateway] = balanced();
      const writer = balancer.writable.getWriter();
      const written = (async () => {
        await writer.write(BYTES.subarray(0, split));
        await writer.write(BYTES.subarray(split));
        await writer.close();
      })();
      const connection = await readProxyProtocol(change(gateway));
      assert.ok(connection !== undefined);
      const received: number[] = [];
      const { lent } = connection.readable;
      assert.equal(lent !== undefined, what !== "");
      if (lent === undefined) { for await (const chunk of connection.readable) received.push(...chunk); }
      else for (let bytes = await lent.read(); bytes !== undefined; bytes = await lent.read()) received.push(...bytes);
      await written;
      assert.deepEqual(connection.remote, { hostname: "203.0.113.7", port: 40000 });
      assert.deepEqual(received, [1, 2, 3], `split at ${split}`);
      await connection.writable.close();
    }
  });
}

/** Headers of connections of the load balancer's own: the last one gives its address. */
const OWN = [text("PROXY UNKNOWN\r\n"), version2(0, 0x00, []), text("PROXY TCP4 10.0.0.5 10.0.0.9 4242 104\r\n")];

for (const [what, change] of Object.entries({ "": (connection: Connection) => connection, ", lent": lending })) {
  Deno.test(`readProxyProtocol() keeps the load balancer's address where its header names none${what}`, async () => {
    for (const header of OWN) {
      for (const split of [false, true]) {
        const [balancer, gateway] = balanced();
        const writer = balancer.writable.getWriter();
        const written = (async () => {
          if (split) await writer.write(header);
          await writer.write(Uint8Array.of(...split ? [] : header, 1, 2));
          await writer.write(Uint8Array.of(3));
          await writer.close();
        })();
        const connection = await readProxyProtocol(change(gateway));
        assert.deepEqual(connection?.remote, BALANCER);
        const source = sourceOf(connection.readable);
        const received: number[] = [];
        for (let bytes = await source.read(); bytes !== undefined; bytes = await source.read()) received.push(...bytes);
        assert.deepEqual(received, [1, 2, 3]);
        await written;
        await connection.writable.abort();
      }
    }
  });
}

Deno.test("readProxyProtocol() gives nothing for a health check, however it ends, and closes it", async () => {
  for (const header of [text(""), ...OWN]) {
    for (const end of ["close", "abort"] as const) {
      const [balancer, gateway] = balanced();
      const writer = balancer.writable.getWriter();
      const reading = readProxyProtocol(gateway);
      if (header.length > 0) await writer.write(header);
      await writer[end]();
      assert.equal(await reading, undefined);
      await assert.rejects(balancer.readable.getReader().read());
    }
  }
});

Deno.test("readProxyProtocol() gives a caller's connection at once, said anything or not", async () => {
  const [balancer, gateway] = balanced();
  const written = balancer.writable.getWriter().write(version2(1, 0x11, IPV4));
  const connection = await readProxyProtocol(gateway);
  assert.equal(connection?.remote?.hostname, "203.0.113.7");
  await Promise.all([written, connection.writable.abort()]);
});

Deno.test("readProxyProtocol() closes a connection without a header, and says whose it was", async () => {
  const cases: [sent: Uint8Array, close: boolean, message: string][] = [
    [Uint8Array.of(1, 0, 0, 0, 0, 68), false, "the connection begins with something else"],
    [text("PROXY TCP4 203."), true, "the connection ended in the middle of it"],
    [version2(1, 0x11, IPV4).with(12, 0x31), false, "its version is 3, expected 2"],
  ];
  for (const [sent, close, problem] of cases) {
    const [balancer, gateway] = balanced();
    const writer = balancer.writable.getWriter();
    const written = writer.write(sent).then(() => close ? writer.close() : undefined);
    await assert.rejects(readProxyProtocol(gateway), {
      name: "TransportError",
      message: `Cannot read the PROXY protocol header from 10.0.0.5:4242: ${problem}`,
    });
    await written;
    await assert.rejects(balancer.readable.getReader().read());
  }
});

Deno.test("readProxyProtocol() closes a connection whose header doesn't come in time", async () => {
  const cases: [sent: Uint8Array, late: string][] = [
    [text(""), "no header came"],
    [text("PROXY TCP4 "), "no header came"],
    [version2(0, 0x00, []), "nothing followed it"],
  ];
  for (const [sent, late] of cases) {
    using time = new FakeTime();
    const [balancer, gateway] = balanced();
    const written = sent.length > 0 && balancer.writable.getWriter().write(sent);
    const reading = assert.rejects(readProxyProtocol(gateway), {
      name: "TransportError",
      message: `Cannot read the PROXY protocol header from 10.0.0.5:4242: ${late} within 5000 ms`,
    });
    await time.advance(5_000);
    await Promise.all([reading, written]);
    assert.equal(time.pending, 0);
    await assert.rejects(balancer.readable.getReader().read());
  }
});
