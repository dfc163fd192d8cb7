import assert from "node:assert/strict";
import { DeadlineError, TransportError } from "../../src/errors.ts";
import { withDeadline } from "../../src/transport/deadline.ts";
import * as deno from "../../src/transport/deno.ts";
import { connectionPair } from "../../src/transport/memory.ts";
import * as node from "../../src/transport/node.ts";
import { secureAsClient, secureAsServer } from "../../src/transport/node_tls.ts";
import type { Connection } from "../../src/upper_layer/connection.ts";
import { certificates, opensslPresent } from "../support/certificates.ts";
import { FakeTime, settle } from "../support/fake_time.ts";
import { finish } from "./connection_checks.ts";
import { nativeDeno } from "./native_deno.ts";
import { mutual, type Security, serverOnly } from "./open_pair.ts";

/** What a deadline of TLS is without being told. */
const DEFAULT = 10_000;

/** A TLS record header that announces a ClientHello of 16 KiB, and the beginning of that. */
const HELLO = [0x16, 0x03, 0x01, 0x40, 0x00, 0x01, 0x00, 0x3f, 0xfc, 0x03, 0x03];

/** Work that ends when it is told to, as sockets do: with an error of its own. */
function endless(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("closed"))));
}

/** What a promise has come to, which is asked for at any time. */
function watch(promise: Promise<unknown>): { outcome: unknown } {
  const watched = { outcome: "pending" as unknown };
  promise.then((value) => watched.outcome = value, (error) => watched.outcome = error);
  return watched;
}

/** Of a listener, whose error says whose connection it was. */
function assertLate(error: unknown, milliseconds: number): void {
  assert.ok(error instanceof TransportError, String(error));
  assert.match(error.message, /^Cannot secure the connection from .*: the handshake didn't end within \d+ ms$/);
  assertDeadline(error.cause, "tls", milliseconds);
}

function assertDeadline(error: unknown, phase: DeadlineError["phase"], milliseconds: number): void {
  assert.ok(error instanceof DeadlineError, String(error));
  assert.deepEqual([error.phase, error.milliseconds], [phase, milliseconds]);
}

Deno.test("withDeadline() ends its work at the deadline, and not before", async () => {
  using time = new FakeTime();
  const watched = watch(withDeadline({ phase: "connect", timeout: 10_000 }, endless));
  await time.advance(9_999);
  assert.equal(watched.outcome, "pending");
  await time.advance(1);
  assertDeadline(watched.outcome, "connect", 10_000);
  assert.equal(time.pending, 0);
});

Deno.test("withDeadline() leaves no timer behind when its work is done, or has failed", async () => {
  using time = new FakeTime();
  assert.equal(await withDeadline({ phase: "tls", timeout: 10_000 }, () => Promise.resolve("done")), "done");
  const failure = new Error("refused");
  await assert.rejects(withDeadline({ phase: "tls", timeout: 10_000 }, () => Promise.reject(failure)), failure);
  assert.equal(time.pending, 0);
});

Deno.test("withDeadline() ends its work with the caller's signal, or doesn't begin it", async () => {
  using time = new FakeTime();
  const giving = new AbortController();
  const reason = new Error("shutting down");
  const watched = watch(withDeadline({ phase: "tls", timeout: 10_000, signal: giving.signal }, endless));
  await time.advance(5_000);
  giving.abort(reason);
  await settle();
  assert.equal(watched.outcome, reason);
  const never = () => assert.fail("it began");
  await assert.rejects(withDeadline({ phase: "tls", timeout: 10_000, signal: giving.signal }, never), reason);
  assert.equal(time.pending, 0);
});

Deno.test("withDeadline() has no timer for an endless deadline", async () => {
  using time = new FakeTime();
  const giving = new AbortController();
  const watched = watch(withDeadline({ phase: "connect", timeout: Infinity, signal: giving.signal }, endless));
  assert.equal(time.pending, 0);
  giving.abort("enough");
  await settle();
  assert.equal(watched.outcome, "enough");
});

/** A peer on the far end of a connection in memory, which says what it is told to; `gone` resolves when it was closed. */
function slowPeer(): { near: Connection; say: (bytes: readonly number[]) => void; gone: Promise<void> } {
  const [near, far] = connectionPair();
  const gone = far.readable.pipeTo(new WritableStream()).catch(() => {});
  const writer = far.writable.getWriter();
  writer.closed.catch(() => {});
  return { near, say: (bytes) => void writer.write(Uint8Array.from(bytes)).catch(() => {}), gone };
}

/** Lets all but the last millisecond of the deadline pass, while a piece of the speech is said each second. */
async function trickle(time: FakeTime, speech: Speech, say: (bytes: readonly number[]) => unknown): Promise<void> {
  for (let second = 1; second < DEFAULT / 1000; second++) {
    await time.advance(1000);
    const bytes = speech[second - 1];
    if (bytes !== undefined) await say(bytes);
  }
  await time.advance(999);
}

/** What is said each second. */
type Speech = readonly (readonly number[])[];

const SPEECHES: Readonly<Record<string, Speech>> = {
  "says nothing": [],
  "says half of its part": [[...HELLO, ...Array<number>(8192).fill(0)]],
  "says one byte a second": HELLO.map((byte) => [byte]),
};

const SECURING: Readonly<Record<string, (connection: Connection, security: Security) => Promise<Connection>>> = {
  "a client": (connection, { server }) => secureAsServer(server)(connection, new AbortController().signal),
  "a server": (connection, { client }) => secureAsClient(connection, { hostname: "localhost", port: 104, ...client }),
};

interface Listening {
  readonly transport: typeof deno | typeof node;
  readonly security: typeof serverOnly | typeof mutual;
  readonly native?: boolean;
}

const LISTENING: Readonly<Record<string, Listening>> = {
  "Deno listenTls()": { transport: deno, security: serverOnly },
  "Deno listenTls() with client certificates": { transport: deno, security: mutual },
  "Deno listenTls() by its own TLS": { transport: nativeDeno, security: serverOnly, native: true },
  "Node listenTls()": { transport: node, security: serverOnly },
  "Node listenTls() with client certificates": { transport: node, security: mutual },
};

for (const [speech, pieces] of Object.entries(SPEECHES)) {
  for (const [peer, secure] of Object.entries(SECURING)) {
    Deno.test({
      name: `TLS over any connection gives up ${peer} that ${speech} after 10 s`,
      ignore: !opensslPresent,
      async fn() {
        const security = mutual(await certificates());
        using time = new FakeTime();
        const { near, say, gone } = slowPeer();
        const watched = watch(secure(near, security));
        await trickle(time, pieces, say);
        assert.equal(watched.outcome, "pending");
        await time.advance(1);
        if (peer === "a client") assertLate(watched.outcome, DEFAULT);
        else assertDeadline(watched.outcome, "tls", DEFAULT);
        await gone;
        assert.equal(time.pending, 0);
      },
    });
  }

  for (const [what, { transport, security, native = false }] of Object.entries(LISTENING)) {
    Deno.test({
      name: `${what} ${native ? "gives up" : "hangs up on"} a client that ${speech} after 10 s`,
      ignore: !opensslPresent,
      async fn() {
        const { server } = security(await certificates());
        using time = new FakeTime();
        let entered = () => {};
        const entering = new Promise<void>((resolve) => entered = resolve);
        let failed: (error: Error) => void = () => {};
        const failure = new Promise<Error>((resolve) => failed = resolve);
        const enter = () => {
          entered();
          return () => {};
        };
        const where = { hostname: "127.0.0.1", port: 0, gatekeeper: { enter }, onError: failed };
        const listener = await transport.listenTls({ ...where, ...server });
        const watched = watch(failure);
        const peer = await transport.connectTcp(listener.addr);
        await entering;
        const writer = peer.writable.getWriter();
        await trickle(time, pieces, (bytes) => writer.write(Uint8Array.from(bytes)));
        assert.equal(watched.outcome, "pending");
        await time.advance(1);
        assertLate(await failure, DEFAULT);
        assert.equal(time.pending, 0);
        writer.releaseLock();
        if (!native) await peer.readable.pipeTo(new WritableStream()).catch(() => {});
        await finish(peer);
        await listener.close();
      },
    });
  }
}

/** How many sockets somebody has open whose local or remote port is this one: other tests have sockets, too. */
function openSockets(end: "local" | "remote", port: number): number {
  const [, ...lines] = Deno.readTextFileSync("/proc/self/net/tcp").trim().split("\n");
  return lines.map((line) => line.trim().split(/\s+/)).filter((fields) => {
    const [, hexadecimal = ""] = fields[end === "local" ? 1 : 2]?.split(":") ?? [];
    // Nobody has a socket open that has no inode: the system says goodbye for it.
    return Number.parseInt(hexadecimal, 16) === port && fields[9] !== "0";
  }).length;
}

/** Waits until no more than so many are open. */
async function assertOpenSockets(end: "local" | "remote", port: number, expected: number): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (openSockets(end, port) > expected) {
    assert.ok(performance.now() < deadline, `${openSockets(end, port)} sockets, not ${expected}`);
    await settle();
  }
}

Deno.test({
  name:
    "Deno listenTls(), and connectTls() with a client certificate, leave no socket behind of a hundred silent peers",
  ignore: !opensslPresent || Deno.build.os !== "linux",
  async fn() {
    const { server, client } = mutual(await certificates());
    const where = { hostname: "127.0.0.1", port: 0 };
    const peers = Array.from({ length: 100 });
    /** Reads to the end. */
    const end = async (socket: Deno.TcpConn) => {
      const bytes = new Uint8Array(1024);
      while (await socket.read(bytes).catch(() => null) !== null);
    };

    const errors: Error[] = [];
    const onError = (error: Error) => errors.push(error);
    const listener = await deno.listenTls({ ...where, ...server, handshakeTimeout: 300, onError });
    const clients = await Promise.all(peers.map(() => Deno.connect(listener.addr)));
    assert.equal(openSockets("remote", listener.addr.port), clients.length);
    await Promise.all(clients.map(end));
    await assertOpenSockets("local", listener.addr.port, 1);
    for (const client of clients) client.close();
    for (const error of errors) assertLate(error, 300);
    assert.equal(errors.length, clients.length);
    await listener.close();

    const silent = Deno.listen(where);
    const call = () => deno.connectTls({ ...silent.addr, ...client, timeout: 1000 });
    const calls = peers.map(() => assert.rejects(call(), DeadlineError));
    const accepted: Deno.TcpConn[] = [];
    while (accepted.length < peers.length) accepted.push(await silent.accept());
    await Promise.all([...calls, ...accepted.map(end)]);
    await assertOpenSockets("remote", silent.addr.port, 0);
    for (const socket of accepted) socket.close();
    silent.close();
  },
});
