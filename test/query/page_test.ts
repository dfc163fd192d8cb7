import assert from "node:assert/strict";
import type { InstanceSource, Match } from "../../src/query/instance_source.ts";
import { MemorySource } from "../../src/query/memory_source.ts";
import { findPage, readCursor, writeCursor } from "../../src/query/page.ts";
import { createQuery } from "../../src/query/query.ts";
import { dataSetOf } from "./data_sets.ts";

function instance(study: number, StudyDate: string) {
  const uids = { StudyInstanceUID: `1.${study}`, SeriesInstanceUID: `1.${study}.1`, SOPInstanceUID: `1.${study}.1.1` };
  return dataSetOf({ ...uids, SOPClassUID: "1.2", StudyDate });
}

const query = createQuery({ level: "STUDY", keys: dataSetOf({ StudyInstanceUID: "" }) });

Deno.test("findPage() puts in order what a source without pages finds, and asks it for what that takes", async () => {
  const source = new MemorySource([
    instance(3, "20240101"),
    instance(1, ""),
    instance(4, "20240101"),
    instance(2, "20250101"),
  ]);
  const asked: string[] = [];
  const watched: InstanceSource = {
    find(query, options) {
      asked.push([...query.keys].map(({ tag }) => tag.toString(16)).join());
      return source.find(query, options);
    },
    retrieve: (selection) => source.retrieve(selection),
  };
  const found: string[] = [];
  for (let after: string | undefined, pages = 0; pages < 4; pages++) {
    const page = await findPage(watched, query, { limit: 1, after });
    assert.equal(page.total, 4);
    for await (const { attributes } of page.matches) found.push(attributes.getText("StudyInstanceUID")!);
    after = page.next;
    assert.equal(after === undefined, pages === 3);
  }
  assert.deepEqual(found, ["1.2", "1.3", "1.4", "1.1"]);
  assert.equal(asked[0], "80020,80030,20000d");
});

Deno.test("findPage() gives each of several answers that nothing tells apart, once", async () => {
  const same = dataSetOf({ StudyInstanceUID: "1.1" });
  const source: InstanceSource = {
    async *find(): AsyncGenerator<Match> {
      for (let count = 0; count < 5; count++) yield { attributes: same, unmatched: [] };
    },
    retrieve: () => new MemorySource().retrieve(query),
  };
  let count = 0;
  for (let after: string | undefined;;) {
    const page = await findPage(source, query, { limit: 2, after });
    for await (const _ of page.matches) count++;
    if ((after = page.next) === undefined) break;
  }
  assert.equal(count, 5);
});

Deno.test("findPage() holds no more than its limit of what a source without pages finds", async () => {
  const attributes = dataSetOf({ StudyInstanceUID: "1.1" });
  let ended = false;
  const endless: InstanceSource = {
    async *find(): AsyncGenerator<Match> {
      try {
        for (;;) yield { attributes, unmatched: [] };
      } finally {
        ended = true;
      }
    },
    retrieve: () => new MemorySource().retrieve(query),
  };
  await assert.rejects(findPage(endless, query), { name: "LimitError", limit: "maxAnswers", maximum: 100_000 });
  assert.ok(ended);
});

Deno.test("cursors are text for URLs, and come back as they were", () => {
  const place = [20_000, null, "1.2.3\\4", -1.5];
  const text = writeCursor(place);
  assert.match(text, /^[\w-]+$/);
  assert.deepEqual(readCursor(text, ["number", "number", "string", "number"]), place);
  assert.throws(() => readCursor(text, ["number", "number", "string", "string"]), { name: "IdentifierError" });
});
