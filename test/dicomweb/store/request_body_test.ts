import assert from "node:assert/strict";
import { RequestBody } from "../../../src/dicomweb/store/request_body.ts";
import { FakeTime } from "../../support/fake_time.ts";

/** A body of which so many bytes come every so many milliseconds, and how many of them were read. */
async function bytesRead({ bytes, every, until }: { bytes: number; every: number; until: number }) {
  using time = new FakeTime();
  let [clock, cancelled] = [0, false];
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, every));
      if (!cancelled) controller.enqueue(new Uint8Array(bytes));
    },
    cancel: () => void (cancelled = true),
  }, { highWaterMark: 0 });
  let length = 0;
  const { stream } = new RequestBody(body, { now: () => clock });
  const reading = (async () => {
    for await (const chunk of stream) length += chunk.length;
  })();
  const ended = reading.then(() => "whole", (error: Error) => error.message);
  for (; clock < until; clock += 1_000) await time.advance(1_000);
  const left = await Promise.race([ended, Promise.resolve("still read")]);
  return { length, left, cancelled };
}

Deno.test("a body is read as long as a hundred bytes come a second, whatever their pace", async () => {
  for (const [bytes, every] of [[1_000, 10_000], [5_500, 55_000], [65_536, 50_000]] as const) {
    const { length, left } = await bytesRead({ bytes, every, until: 300_000 });
    assert.equal(left, "still read", `${bytes} bytes every ${every} ms`);
    assert.ok(length >= bytes * (300_000 / every - 2));
  }
});

Deno.test("a client that trickles is left after a minute or two, however much it sent before", async () => {
  for (const [bytes, every] of [[1, 1_000], [90, 10_000], [1, 59_000], [1_000_000, 61_000]] as const) {
    const { left, cancelled } = await bytesRead({ bytes, every, until: 150_000 });
    assert.match(left, /nothing, or less than 100 bytes a second/, `${bytes} bytes every ${every} ms`);
    assert.ok(cancelled);
  }
});
