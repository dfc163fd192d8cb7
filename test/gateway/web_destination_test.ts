/** What a DICOMweb server answers comes to what the table of outcomes says. */

import assert from "node:assert/strict";
import { DicomwebError } from "../../src/dicomweb/client/web_error.ts";
import { DataSetError, DeadlineError, DimseStatusError } from "../../src/errors.ts";
import { WebDestination } from "../../src/gateway/web_destination.ts";
import { DeliveryError } from "../../src/routing/outcomes.ts";
import { outgoing } from "../routing/support.ts";

function failingWith(error: unknown): WebDestination {
  return new WebDestination({ store: () => Promise.reject(error) });
}

Deno.test("a STOW-RS request is delivered, and a duplicate counts as delivered before", async () => {
  const taken: string[] = [];
  const destination = new WebDestination({
    store: ({ sopInstanceUid }) => Promise.resolve(void taken.push(sopInstanceUid)),
  });
  assert.deepEqual(await destination.store(outgoing(1)), { status: "200" });
  assert.deepEqual(taken, ["1.2.3.1"]);
  const duplicate = failingWith(new DimseStatusError("it is there", { status: 0x0111 }));
  assert.deepEqual(await duplicate.store(outgoing(1)), { duplicate: true, status: "0x0111" });
});

Deno.test("each failure of a STOW-RS request has its class", async () => {
  const cases: readonly (readonly [error: Error, outcome: string, status: string])[] = [
    [new DimseStatusError("no room", { status: 0xA700 }), "transient", "0xA700"],
    [new DimseStatusError("no", { status: 0xC000 }), "permanent", "0xC000"],
    [new DicomwebError("store", 503, ""), "transient", "503"],
    [new DicomwebError("store", 401, ""), "configuration", "401"],
    [new DicomwebError("store", 413, ""), "permanent", "413"],
    [new DeadlineError("response", 1_000), "interrupted", ""],
    [new Error("no connection", { cause: new TypeError("refused") }), "transport", ""],
    [new DataSetError("Cannot read it"), "permanent", ""],
    [new Error("odd"), "failed", ""],
  ];
  for (const [error, outcome, status] of cases) {
    await assert.rejects(failingWith(error).store(outgoing(1)), (found) => {
      assert.ok(found instanceof DeliveryError);
      assert.deepEqual([found.class, found.status], [outcome, status], error.message);
      return true;
    });
  }
});
