/** Briefly what `deno task soak` does at length. */

import assert from "node:assert/strict";
import { routingCrash } from "./routing_crash.ts";

Deno.test("what a gateway that was killed had acknowledged reaches each of its destinations, the same each time, also when its index is lost or a route has gone", async () => {
  const { kills, acknowledged, indexesLost, sometimes, studies } = await routingCrash({ seed: 42, kills: 30 });
  assert.equal(kills, 30);
  assert.ok(studies > 30, `${studies} generations of studies`);
  assert.ok(acknowledged > 100 && indexesLost > 0, `${acknowledged} instances, ${indexesLost} indexes`);
  assert.ok(sometimes > 0 && sometimes < acknowledged, `${sometimes} instances`);
});
