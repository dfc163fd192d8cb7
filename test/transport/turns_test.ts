import assert from "node:assert/strict";
import * as deno from "../../src/transport/deno.ts";
import { echo, finish } from "./connection_checks.ts";

/** Sends zeros without a pause to a port of this machine, until nobody takes them. */
const FLOOD = `
  const socket = await Deno.connect({ hostname: "127.0.0.1", port: Number(Deno.args[0]) });
  const bytes = new Uint8Array(1 << 20);
  for (;;) await socket.write(bytes);
`;

const FLOODED = 100_000_000;

/** Keeps busy, so that more has come whenever it is read on. */
function work(milliseconds: number): void {
  for (const end = performance.now() + milliseconds; performance.now() < end;);
}

Deno.test("a connection whose peer sends without a pause leaves others their turn", async () => {
  await using flooded = await deno.listenTcp({ hostname: "127.0.0.1", port: 0 });
  await using listener = await deno.listenTcp({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    for await (const { readable, writable } of listener) await readable.pipeTo(writable);
  })();
  const args = ["eval", FLOOD, String(flooded.addr.port)];
  await using child = new Deno.Command(Deno.execPath(), { args, stdout: "null", stderr: "null" }).spawn();
  const accepting = flooded[Symbol.asyncIterator]();
  const { value: connection } = await accepting.next();
  const { lent } = connection!.readable;
  let over = false;
  let echoes = 0;
  const others = (async () => {
    for (; !over; echoes++) assert.equal(await echo(await deno.connectTcp(listener.addr), "others"), "others");
  })();
  for (let length = 0; length < FLOODED;) {
    length += (await lent!.read())!.length;
    work(2);
  }
  const during = echoes;
  over = true;
  child.kill("SIGKILL");
  await child.status;
  await finish(connection!);
  await others;
  await listener.close();
  await serving;
  assert.ok(during > 3, `${during} echoes`);
});
