import assert from "node:assert/strict";
import { watchBody } from "../../src/http/watched_body.ts";

/** A body of numbered pieces, and how many were asked for; the one numbered `broken` fails. */
function numbered({ broken = Infinity } = {}) {
  const seen = { asked: 0, cancelled: false };
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      seen.asked++;
      if (seen.asked === broken) throw new Error("broken");
      controller.enqueue(Uint8Array.of(seen.asked));
    },
    cancel: () => void (seen.cancelled = true),
  }, { highWaterMark: 0 });
  return { seen, body };
}

const turn = () => new Promise((resolve) => setTimeout(resolve));

Deno.test("watchBody() reads one piece further than was asked for, and no more", async () => {
  const { seen, body } = numbered();
  let ends = 0;
  const reader = watchBody(new Response(body), () => ends++).body!.getReader();
  await turn();
  assert.equal(seen.asked, 0);
  for (const number of [1, 2, 3]) {
    assert.deepEqual((await reader.read()).value, Uint8Array.of(number));
    await turn();
    assert.equal(seen.asked, number + 1);
  }
  assert.equal(ends, 0);
  await reader.cancel();
  assert.deepEqual([ends, seen.cancelled], [1, true]);
});

Deno.test("watchBody() gives all that comes before a fault, then fails, once", async () => {
  const { body } = numbered({ broken: 3 });
  let ends = 0;
  const reader = watchBody(new Response(body), () => ends++).body!.getReader();
  for (const number of [1, 2]) assert.deepEqual((await reader.read()).value, Uint8Array.of(number));
  await assert.rejects(reader.read(), /broken/);
  assert.equal(ends, 1);
});
