import assert from "node:assert/strict";
import { deliveryLine } from "../../../src/cli/output/queue_listing.ts";

Deno.test("an attempt is told with the UID that the destination knows, where that is another one", () => {
  const attempt = { id: 1, at: "2025-03-01T08:00:00.000Z", lane: "PACS", sopInstanceUid: "1.2.1", class: "delivered" };
  const plain = "2025-03-01T08:00:00.000Z  PACS  1.2.1  delivered";
  assert.equal(deliveryLine(attempt), plain);
  assert.equal(deliveryLine({ ...attempt, sentAs: { sopInstanceUid: "1.2.1" } }), plain);
  const other = deliveryLine({ ...attempt, sentAs: { sopInstanceUid: "2.25.7" } });
  assert.equal(other, "2025-03-01T08:00:00.000Z  PACS  1.2.1 as 2.25.7  delivered");
});
