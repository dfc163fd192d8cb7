import assert from "node:assert/strict";
import { unknownName } from "../../src/http/unknown_name.ts";

Deno.test("unknownName() says what was found, and what is there or was meant, and no more than ten names", () => {
  const of = (name: string, known: string[], fitting?: string[]) => unknownName("peer", name, known, fitting);
  assert.equal(of("A", []), 'No peer is called "A": this gateway has none');
  assert.equal(of("PASC", ["CT1", "PACS"]), 'No peer is called "PASC" (did you mean PACS?)');
  assert.equal(of("nothing", ["CT1", "PACS"]), 'No peer is called "nothing": expected CT1, PACS');
  assert.equal(of("nothing", ["CT1", "PACS"], ["CT1"]), 'No peer is called "nothing": expected CT1');
  assert.equal(of("nothing", ["CT1"], []), 'No peer is called "nothing"');
  const many = Array.from({ length: 12 }, (_, index) => `LANE-${index}`);
  assert.match(of("nothing", many), /LANE-9 or one of 2 others$/);
  assert.match(of(`\n\u202e${"x".repeat(200)}`, many), /called "\?\?x{62}"/);
});
