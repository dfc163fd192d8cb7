import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { DeadlineError, TransportError } from "../../src/errors.ts";
import * as deno from "../../src/transport/deno.ts";
import type { DenoListenTlsOptions } from "../../src/transport/deno.ts";
import * as node from "../../src/transport/node.ts";
import type { Connection } from "../../src/upper_layer/connection.ts";
import { certificates, type Identity, opensslPresent } from "../support/certificates.ts";
import { FakeTime, settle } from "../support/fake_time.ts";
import { echo, finish, serve } from "./connection_checks.ts";
import { nativeDeno } from "./native_deno.ts";
import { makesNothingOfProbes, tlsChecks } from "./tls_checks.ts";

const hostname = "127.0.0.1";

/** The port of a listener that was closed: nobody listens there. */
async function closedPort(): Promise<number> {
  const listener = await deno.listenTcp({ hostname, port: 0 });
  await listener.close();
  return listener.addr.port;
}

Deno.test("listenTcp() and connectTcp() have one signature on Node and on Deno", () => {
  // What counts is that this type-checks, in both directions.
  const [onDeno, onNode]: [typeof node.listenTcp, typeof deno.listenTcp] = [deno.listenTcp, node.listenTcp];
  const [connectDeno, connectNode]: [typeof node.connectTcp, typeof deno.connectTcp] = [
    deno.connectTcp,
    node.connectTcp,
  ];
  assert.deepEqual([onDeno.length, connectDeno.length], [onNode.length, connectNode.length]);
});

for (const [runtime, transport] of Object.entries({ Deno: deno, Node: node })) {
  Deno.test(`${runtime} listenTcp() gives connections in turn, with both endpoints`, async () => {
    const listener = await transport.listenTcp({ hostname, port: 0 });
    const serving = serve(listener);
    assert.equal(listener.addr.hostname, hostname);
    for (const text of ["one", "two", "three"]) {
      const connection = await transport.connectTcp(listener.addr);
      assert.equal(connection.transport, "tcp");
      assert.deepEqual(connection.remote, listener.addr);
      assert.equal(connection.local?.hostname, hostname);
      assert.equal(await echo(connection, text), text);
    }
    await listener.close();
    await serving;
  });

  Deno.test(`${runtime} listenTcp() shows an IPv4 peer of a dual-stack port by its IPv4 address`, async () => {
    await using listener = await transport.listenTcp({ hostname: "::", port: 0 });
    const next = listener[Symbol.asyncIterator]().next();
    const near = await transport.connectTcp({ hostname, port: listener.addr.port });
    const far = (await next).value;
    assert.ok(far !== undefined);
    assert.equal(far.remote?.hostname, hostname);
    await Promise.all([finish(near), finish(far)]);
  });

  Deno.test(`${runtime} listener ends the loop and gives up what nobody took when it is closed`, async () => {
    const listener = await transport.listenTcp({ hostname, port: 0 });
    const connection = await transport.connectTcp(listener.addr);
    await listener.close();
    for await (const _ of listener) assert.fail("a connection came after the end");
    await assert.rejects(async () => {
      const reader = connection.readable.getReader();
      if ((await reader.read()).done) throw new Error("ended");
    });
    await connection.writable.abort();
    await assert.rejects(transport.connectTcp(listener.addr), TransportError);
  });

  Deno.test(`${runtime} listener is closed by leaving its loop, and its connections live on`, async () => {
    const listener = await transport.listenTcp({ hostname, port: 0 });
    const near = transport.connectTcp(listener.addr);
    let far: Connection | undefined;
    for await (far of listener) break;
    assert.ok(far !== undefined);
    await assert.rejects(transport.connectTcp(listener.addr), TransportError);
    far.readable.pipeTo(far.writable);
    assert.equal(await echo(await near, "still here"), "still here");
  });

  Deno.test(`${runtime} listenTcp() says that a port is in use`, async () => {
    await using listener = await transport.listenTcp({ hostname, port: 0 });
    const { port } = listener.addr;
    await assert.rejects(async () => await transport.listenTcp({ hostname, port }), {
      name: "TransportError",
      phase: "connect",
      message: `Cannot listen on 127.0.0.1:${port}: the port is in use`,
    });
  });

  Deno.test(`${runtime} connectTcp() says that nobody listens`, async () => {
    const port = await closedPort();
    await assert.rejects(transport.connectTcp({ hostname, port }), {
      name: "TransportError",
      phase: "connect",
      message: `Cannot connect to 127.0.0.1:${port}: nothing listens there (connection refused)`,
    });
  });

  Deno.test(`${runtime} connectTcp() says that a host name is not known`, async () => {
    await assert.rejects(transport.connectTcp({ hostname: "pacs.invalid", port: 104 }), {
      name: "TransportError",
      message: /^Cannot connect to pacs\.invalid:104: the host name is not known/,
    });
  });

  Deno.test(`${runtime} connectTcp() gives up after 10 s and with its signal`, async () => {
    await using full = await fullListener();
    const { port } = full;
    using time = new FakeTime();
    const waiting = assertDeadline(transport.connectTcp({ hostname, port }), "connect", 10_000);
    await time.advance(9_999);
    assert.equal(time.pending, 1);
    await time.advance(1);
    await waiting;
    const reason = new Error("shutting down");
    const giving = new AbortController();
    const connecting = assert.rejects(transport.connectTcp({ hostname, port, signal: giving.signal }), reason);
    giving.abort(reason);
    await connecting;
    await assert.rejects(transport.connectTcp({ hostname, port, signal: AbortSignal.abort(reason) }), reason);
  });
}

/** Expects a deadline to be passed. */
async function assertDeadline(work: Promise<unknown>, ...[phase, milliseconds]: [string, number]): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof DeadlineError, String(error));
    assert.deepEqual([error.phase, error.milliseconds], [phase, milliseconds]);
    return true;
  });
}

/** A port whose backlog is full: connecting to it takes for ever. */
async function fullListener(): Promise<AsyncDisposable & { port: number }> {
  const listener = Deno.listen({ hostname, port: 0, tcpBacklog: 1 });
  const { port } = listener.addr;
  const waiting: Connection[] = [];
  try {
    for (;;) waiting.push(await deno.connectTcp({ hostname, port, timeout: 100 }));
  } catch {
    // The backlog is full now.
  }
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      listener.close();
      await Promise.all(waiting.map(finish));
    },
  };
}

for (const [runtime, transport] of Object.entries({ Deno: deno, "Deno's own": nativeDeno })) {
  for (const [what, check] of Object.entries(tlsChecks)) {
    const fn = async () => check(transport, await certificates());
    Deno.test({ name: `${runtime} listenTls() ${what}`, ignore: !opensslPresent, fn });
  }
}

Deno.test({
  name: "Deno listenTls() makes nothing of connections that end before they say anything",
  ignore: !opensslPresent,
  fn: async () => makesNothingOfProbes(deno, await certificates()),
});

Deno.test({
  name: "Deno listenTls() refuses what Deno's own TLS can't do, before it listens",
  ignore: !opensslPresent,
  fn: async () => {
    const { server: { cert, key }, authority } = await certificates();
    const cases: [settings: Partial<DenoListenTlsOptions>, problem: string][] = [
      [{ clientCa: authority.cert }, "ask for client certificates (clientCa)"],
      [{ clientCa: authority.cert, clientCertificates: "optional" }, "ask for client certificates (clientCa)"],
      [{ isProxy: () => false }, "come behind a load balancer's header (isProxy)"],
      [{ profile: "bcp195-extended" }, "hold to the profile bcp195-extended"],
    ];
    const port = await closedPort();
    for (const [settings, problem] of cases) {
      await assert.rejects(deno.listenTls({ hostname, port, cert, key, native: true, ...settings }), {
        name: "TransportError",
        phase: "tls",
        message: `Cannot listen on 127.0.0.1:${port}: Deno's own TLS (native) can't ${problem}`,
      });
      await assert.rejects(deno.connectTcp({ hostname, port }), /nothing listens there/);
    }
  },
});

for (const [runtime, transport] of Object.entries({ Deno: deno, Node: node })) {
  Deno.test(`${runtime} connectTls() says that the peer does not speak TLS, or does not speak`, async () => {
    await using listener = await deno.listenTcp({ hostname, port: 0 });
    const connections = listener[Symbol.asyncIterator]();
    const talking = assert.rejects(transport.connectTls(listener.addr), {
      name: "TransportError",
      phase: "tls",
      message: /^Cannot secure the connection to 127\.0\.0\.1:\d+: the peer does not speak TLS there/,
    });
    const talker = (await connections.next()).value;
    assert.ok(talker !== undefined);
    const writer = talker.writable.getWriter();
    await writer.write(new TextEncoder().encode("220 mail.example ESMTP\r\n"));
    writer.releaseLock();
    await talking;
    using time = new FakeTime();
    let connected = false;
    const onConnect = () => connected = true;
    const waiting = assertDeadline(transport.connectTls({ ...listener.addr, onConnect }), "tls", 10_000);
    const silent = (await connections.next()).value;
    assert.ok(silent !== undefined);
    while (!connected || time.pending === 0) await settle();
    await time.advance(9_999);
    assert.equal(time.pending, 1);
    await time.advance(1);
    await waiting;
    await Promise.all([finish(talker), finish(silent)]);
  });
}

Deno.test({
  name: "Deno listenTcp() goes on accepting after the process ran out of file descriptors",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const program = fileURLToPath(new URL("few_files_server.ts", import.meta.url));
    const command = `ulimit -n 48 && exec "$0" run --quiet --no-lock --allow-net "$1"`;
    const server = new Deno.Command("sh", {
      args: ["-c", command, Deno.execPath(), program],
      stdin: "null",
      stdout: "piped",
    }).spawn();
    const lines = server.stdout.pipeThrough(new TextDecoderStream()).values({ preventCancel: true });
    const port = Number((await lines.next()).value);
    const crowd = await Promise.all(Array.from({ length: 60 }, () => deno.connectTcp({ hostname, port })));
    assert.match((await lines.next()).value ?? "", /^Cannot accept a connection on .*: too many files/);
    await Promise.all(crowd.map(finish));
    assert.equal(await echo(await deno.connectTcp({ hostname, port }), "served"), "served");
    server.kill("SIGTERM");
    for await (const _ of lines);
    await server.status;
  },
});

Deno.test({
  name: "Deno connectTls() with a client certificate holds a server to its own, whatever its name",
  ignore: !opensslPresent,
  fn: async () => {
    const { authority, server, nameless, versionOne, client, rogue, expired } = await certificates();
    const attempt = async ({ cert, key }: Identity, verifyName: boolean) => {
      await using listener = await deno.listenTls({ hostname, port: 0, cert, key });
      const serving = serve(listener);
      const shown = { cert: client.cert, key: client.key };
      const trust = { serverName: "localhost", verifyName, caCerts: [authority.cert] };
      const near = await deno.connectTls({ ...listener.addr, ...trust, ...shown });
      assert.equal(await echo(near, "trusted"), "trusted");
      await listener.close();
      await serving;
    };
    const refused = (message: RegExp) => ({ name: "TransportError", phase: "tls", message });
    for (const verifyName of [true, false]) {
      await attempt(server, verifyName);
      const cases: [identity: Identity, problem: RegExp][] = [
        [versionOne, /: the certificate is of version 1, expected 3$/],
        [client, /: the certificate is not from an authority that is trusted here, or it isn't for servers/],
        [rogue, /: the certificate is not from an authority that is trusted here/],
        [expired, /: the certificate has expired$/],
      ];
      for (const [identity, problem] of cases) await assert.rejects(attempt(identity, verifyName), refused(problem));
    }
    await attempt(nameless, false);
    await assert.rejects(
      attempt(nameless, true),
      refused(/: the certificate is for another host, expected localhost$/),
    );
    // An authority may be a server itself, as self-signed ones are.
    await attempt(authority, false);
  },
});

Deno.test({
  name: "Deno connectTls() with a client certificate refuses authorities that are none",
  ignore: !opensslPresent,
  fn: async () => {
    const { client: { cert, key } } = await certificates();
    await using listener = await deno.listenTcp({ hostname, port: 0 });
    await assert.rejects(deno.connectTls({ ...listener.addr, caCerts: ["none"], cert, key }), {
      name: "TransportError",
      phase: "tls",
      message:
        /^Cannot secure the connection to .*: the list of authorities can't be read \(.* found none in PEM format\)$/,
    });
  },
});
