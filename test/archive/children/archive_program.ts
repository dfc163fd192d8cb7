/** What `runtimes_test.ts` runs: `DATA`. Keeps an instance more than there was, and ends without closing anything. */

import assert from "node:assert/strict";
import process from "node:process";
import { createArchive } from "../../../src/archive/archive.ts";
import { auditIndex } from "../../../src/archive/audit.ts";
import { openFileArchive } from "../../../src/archive/file_archive.ts";
import { dataSetOf, incoming } from "../instances.ts";

const opened = await openFileArchive(process.argv[2]!, { journalLength: 1 << 20 });
const { index, store } = opened;
const before = await index.count();
await auditIndex(store, index, { onDifference: (difference) => assert.fail(JSON.stringify(difference)) });
const archive = createArchive(opened);
for (let again = 0; again < 2; again++) {
  const sopInstanceUid = `1.2.3.4.${before}`;
  const { outcome } = await archive.keep(incoming(dataSetOf({ sopInstance: sopInstanceUid }), { sopInstanceUid }));
  assert.equal(outcome, again === 0 ? "created" : "identical");
}
console.log(before);
process.kill(process.pid, "SIGKILL");
