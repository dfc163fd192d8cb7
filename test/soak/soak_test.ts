/** Briefly what `deno task soak` does at length. */

import assert from "node:assert/strict";
import { createMemoryStore } from "../../src/objects/memory_store.ts";
import { parseConfig } from "../../src/config.ts";
import { createGateway } from "../../src/gateway/gateway.ts";
import { listenTcp } from "../../src/transport/deno.ts";
import { crash } from "./crash.ts";
import { leak } from "./leaks.ts";
import { BREAKING_OFF, CONFIG, echo, receive, SENT_AWAY, visitAndStay } from "./visitors.ts";

Deno.test("what a gateway that was killed had acknowledged to eight senders is there, whole, and nothing else", async () => {
  const { kills, acknowledged, audited } = await crash({ seed: 42, kills: 5 });
  assert.equal(kills, 5);
  assert.ok(acknowledged > 0 && audited >= acknowledged);
});

Deno.test({
  name: "associations that are aborted, and those that are refused, leave no socket, file or memory behind",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const { opened, rejected } = await leak({ associations: 300 });
    assert.ok(opened > 600 && rejected > 200);
  },
});

// In this process the leak sanitizers look at timers, too.
Deno.test("associations that are aborted, and those that are refused, leave no timer behind", async () => {
  const connect = () => Promise.reject(new Error("nobody is called"));
  const config = await parseConfig(CONFIG);
  await using gateway = createGateway({ store: createMemoryStore(), connect, config });
  const listener = await listenTcp({ hostname: "127.0.0.1", port: 0 });
  const serving: Promise<void>[] = [];
  const accepting = (async () => {
    for await (const connection of listener) serving.push(gateway.accept(connection));
  })();
  const { port } = listener.addr;
  {
    using staying = await visitAndStay(port);
    for (const visits of [BREAKING_OFF, SENT_AWAY]) await receive(port, visits, 100);
    await echo(staying);
  }
  await listener[Symbol.asyncDispose]();
  await accepting;
  await Promise.all(serving);
  assert.deepEqual(gateway.associations, []);
});
