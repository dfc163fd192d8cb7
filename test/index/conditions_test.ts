import assert from "node:assert/strict";
import { conditionsOf } from "../../src/index/sqlite/conditions.ts";
import { createQuery } from "../../src/query/query.ts";
import { readCriteria } from "../../src/query/read_criteria.ts";
import { dataSetOf } from "../query/data_sets.ts";

/** How many parameters SQLite gets for a query of studies, and whether it decides alone. */
function asked(keys: Record<string, string>): { parameters: number; exact: boolean } {
  const { all } = readCriteria(createQuery({ level: "STUDY", keys: dataSetOf(keys) }));
  const { above, exact } = conditionsOf(all, "STUDY");
  return { parameters: above.flatMap(({ parameters }) => parameters).length, exact };
}

const patterns = (count: number) => Array.from({ length: count }, (_, index) => `*${index}*`).join("\\");

Deno.test("SQLite is asked for few things at a time, however many a query has, and a list of values is one", () => {
  assert.deepEqual(asked({ StudyInstanceUID: Array.from({ length: 5000 }, (_, index) => `1.2.${index}`).join("\\") }), {
    parameters: 1,
    exact: true,
  });
  assert.deepEqual(asked({ AccessionNumber: patterns(20) }), { parameters: 20, exact: true });
  assert.deepEqual(asked({ AccessionNumber: patterns(900) }), { parameters: 0, exact: false });
  const { parameters, exact } = asked({
    AccessionNumber: patterns(20),
    PatientID: patterns(20),
    StudyDescription: patterns(20),
  });
  assert.equal(exact, false);
  assert.ok(parameters >= 20 && parameters <= 32, `${parameters} parameters`);
});
