/** Briefly what `deno task soak` does at length. */

import assert from "node:assert/strict";
import { crash } from "./crash.ts";

Deno.test("what a gateway that was killed had acknowledged to eight senders is there, whole, and nothing else", async () => {
  const { kills, acknowledged } = await crash({ seed: 42, kills: 5 });
  assert.equal(kills, 5);
  assert.ok(acknowledged > 0);
});
