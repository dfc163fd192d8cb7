import assert from "node:assert/strict";
import { watchBody } from "../../src/http/watched_body.ts";
import { FakeTime } from "../support/fake_time.ts";

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

Deno.test("watchBody() gives up a minute after the last piece that its client asked for", async () => {
  using time = new FakeTime();
  const { seen, body } = numbered();
  let ends = 0;
  const reader = watchBody(new Response(body), () => ends++).body!.getReader();
  for (const number of [1, 2, 3]) {
    await time.advance(59_999);
    assert.deepEqual((await reader.read()).value, Uint8Array.of(number));
  }
  await time.advance(59_999);
  assert.deepEqual([ends, seen.cancelled], [0, false]);
  await time.advance(1);
  assert.deepEqual([ends, seen.cancelled, time.pending], [1, true, 0]);
  await assert.rejects(reader.read(), /its client has read nothing for 60000 ms/);
});

Deno.test("watchBody() waits for as long as its source takes, and then as long for its client as ever", async () => {
  using time = new FakeTime();
  let give: (piece: Uint8Array) => void = () => {};
  const body = new ReadableStream<Uint8Array>({
    pull: async (controller) => controller.enqueue(await new Promise<Uint8Array>((resolve) => give = resolve)),
  }, { highWaterMark: 0 });
  let ends = 0;
  const reader = watchBody(new Response(body), () => ends++).body!.getReader();
  const first = reader.read();
  await time.advance(200_000);
  assert.equal(ends, 0);
  give(Uint8Array.of(1));
  assert.deepEqual((await first).value, Uint8Array.of(1));
  await time.advance(59_999);
  assert.equal(ends, 0);
  await time.advance(1);
  assert.deepEqual([ends, time.pending], [1, 0]);
});
