import assert from "node:assert/strict";
import net from "node:net";
import * as deno from "../../src/transport/deno.ts";
import { Acceptor, type Port } from "../../src/transport/deno_acceptor.ts";
import * as node from "../../src/transport/node.ts";
import type { Endpoint } from "../../src/upper_layer/connection.ts";
import { FakeTime } from "../support/fake_time.ts";
import { finish } from "./connection_checks.ts";

const hostname = "127.0.0.1";

/** Connects and resets the connection at once, as load balancers do that look whether somebody listens. */
async function look({ hostname, port }: Endpoint): Promise<void> {
  const socket = net.connect(port, hostname);
  await new Promise((resolve) => socket.once("connect", resolve));
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.resetAndDestroy();
  await closed;
}

for (const [runtime, transport] of Object.entries({ Deno: deno, Node: node })) {
  Deno.test(`${runtime} listenTcp() makes nothing of connections that are reset before they are accepted`, async () => {
    const errors: Error[] = [];
    await using listener = await transport.listenTcp({ hostname, port: 0, onError: (error) => errors.push(error) });
    // What nobody takes keeps the listener from accepting more.
    const first = await transport.connectTcp(listener.addr);
    for (let count = 0; count < 100; count++) await look(listener.addr);
    const last = await transport.connectTcp(listener.addr);
    const started = performance.now(); // A pause for each would take 5 s.
    for await (const connection of listener) {
      const { port } = connection.remote ?? {};
      await finish(connection);
      if (port === last.local?.port) break;
    }
    assert.ok(performance.now() - started < 2_500, "each of them held up those behind it");
    assert.deepEqual(errors, []);
    await Promise.all([finish(first), finish(last)]);
  });
}

Deno.test("a port that can't accept for long is tried again ever more seldom, and at once where it can", async () => {
  using time = new FakeTime();
  const never = new Promise<never>(() => {});
  let answers: (() => Promise<Deno.TcpConn>)[] = [];
  const port = {
    addr: { transport: "tcp", hostname, port: 104 },
    accept: () => answers.shift()?.() ?? Promise.reject(new Error("Too many open files")),
    close: () => {},
  } as unknown as Port<Deno.TcpConn>;
  const errors: Error[] = [];
  const acceptor = new Acceptor(port, { port: 104, onError: (error) => errors.push(error) }, () => never);
  await time.advance(60_000);
  assert.ok(errors.length > 55 && errors.length < 70, `${errors.length} in a minute`);
  const before = errors.length;
  answers = [() => Promise.resolve({} as Deno.TcpConn)];
  await time.advance(1_000);
  assert.ok(errors.length - before >= 3, "it goes on from the beginning");
  answers = [() => never];
  acceptor.listener.close();
  await time.advance(1_000);
  assert.equal(time.pending, 0);
});
