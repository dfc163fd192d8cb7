/** Instances that come within a moment are committed to by one request. */

import assert from "node:assert/strict";
import { CommitmentBatches } from "../../src/gateway/commitment_batches.ts";
import type { CommitmentReport, ReferencedInstance } from "../../src/services/storage_commitment.ts";
import { FakeTime } from "../support/fake_time.ts";

const instance = (number: number): ReferencedInstance => ({
  sopClassUid: "1.2.840",
  sopInstanceUid: `1.2.3.${number}`,
});

interface Request {
  readonly numbers: readonly number[];
  readonly answer: (failed: readonly number[], forgotten?: readonly number[]) => void;
  readonly signal: AbortSignal;
}

/** A peer whose reports are the test's. */
function setting(maximum = 100) {
  const requests: Request[] = [];
  const batches = new CommitmentBatches({
    ...{ within: 10_000, maximum },
    commit: (instances, { signal }) =>
      new Promise<CommitmentReport>((resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
        const numbers = instances.map(({ sopInstanceUid }) => Number(sopInstanceUid.split(".").at(-1)));
        const answer = (failed: readonly number[], forgotten: readonly number[] = []) =>
          resolve({
            transactionUid: "1.2",
            committed: numbers.filter((number) => !failed.includes(number) && !forgotten.includes(number)).map(
              instance,
            ),
            failed: failed.map((number) => ({ ...instance(number), reason: 0x0112 })),
          });
        requests.push({ numbers, answer, signal });
      }),
  });
  const heard: Record<number, string> = {};
  const ask = (...numbers: number[]) => {
    for (const number of numbers) {
      batches.confirm(instance(number)).then(
        () => heard[number] = "committed",
        (error) => heard[number] = (error as Error).message,
      );
    }
  };
  return { batches, requests, heard, ask };
}

Deno.test("one request asks for all that comes within a moment, each instance once, and each hears of its own", async () => {
  using time = new FakeTime();
  const { batches, requests, heard, ask } = setting();
  ask(1, 2, 3, 3);
  await time.advance(50);
  ask(4);
  assert.deepEqual(requests.map(({ numbers }) => numbers), [[1, 2, 3]]);
  requests[0]!.answer([2], [3]);
  await time.advance(50);
  assert.equal(heard[1], "committed");
  assert.match(heard[2]!, /^Cannot commit: \S/);
  assert.equal(heard[3], "Cannot commit: the report lacks it");
  assert.deepEqual(requests[1]?.numbers, [4]);
  await batches[Symbol.asyncDispose]();
  await time.advance(0);
  assert.equal(heard[4], "The gateway ends");
});

Deno.test("a report that doesn't come in time fails, and few requests are under way at the same time", async () => {
  using time = new FakeTime();
  const { batches, requests, heard, ask } = setting(2);
  ask(1, 2, 3, 4, 5, 6, 7, 8, 9);
  await time.advance(1_000);
  assert.deepEqual(requests.map(({ numbers }) => numbers), [[1, 2], [3, 4], [5, 6], [7, 8]]);
  requests[0]!.answer([]);
  await time.advance(100);
  assert.deepEqual(requests[4]?.numbers, [9]);
  await time.advance(10_000);
  assert.deepEqual([heard[1], heard[3]], ["committed", "Cannot commit: no report within 10000 ms"]);
  await batches[Symbol.asyncDispose]();
  assert.equal(time.pending, 0);
});
