/** What a client says of jobs: what is wrong with it is named, with what was found and expected. */

import assert from "node:assert/strict";
import { parseJobChange } from "../../src/http/job_request.ts";

Deno.test("A request about jobs that is wrong is told what was found and expected", () => {
  for (
    const [body, text] of [
      [{}, "`action` is none of retry, hold, resume, drop, edit; found none"],
      [{ action: "explode" }, '`action` is none of retry, hold, resume, drop, edit; found "explode"'],
      [{ action: {} }, "`action` is none of retry, hold, resume, drop, edit; found object"],
      [
        { action: "drop", lan: "PACS" },
        'No condition is called "lan"; expected ids, states, lane, class, status, sopInstanceUid, studyInstanceUid',
      ],
      [
        { action: "drop", states: ["ded"] },
        '`state` is none of ready, leased, waiting, held, dead, delivered; found ["ded"]',
      ],
      [{ action: "drop", class: "transiet" }, '`class` is none of transient, permanent; found "transiet"'],
    ] as const
  ) assert.equal(parseJobChange(body, ["transient", "permanent"]), text);
});

Deno.test("Of a long text that is wrong the answer has the beginning", () => {
  const answer = parseJobChange({ action: "drop", [`x${"y".repeat(10_000)}`]: "1" }, []);
  assert.ok(typeof answer === "string" && answer.length < 200);
  assert.match(answer, /^No condition is called "xy+…; expected ids/);
});
