import assert from "node:assert/strict";
import { shownStep } from "../../src/transform/shown_steps.ts";

Deno.test("steps are shown without their secrets, and tables by their length", () => {
  const key = "a key for tests alone";
  assert.equal(shownStep({ remove: ["PatientComments"] }), 'remove ["PatientComments"]');
  assert.equal(shownStep({ compress: "JPEGLSLossless" }), 'compress "JPEGLSLossless"');
  assert.equal(shownStep({ mapUids: { key } }), 'mapUids {"key":"(not shown)"}');
  assert.equal(
    shownStep({ deidentify: { key, options: ["retain-device"] } }),
    'deidentify {"key":"(not shown)","options":["retain-device"]}',
  );
  assert.equal(shownStep({ mine: { apiToken: key, length: 8 } }), 'mine {"apiToken":"(not shown)","length":8}');
  const nested = { mine: { to: { url: "https://a.example", token: key }, others: [{ passwords: [key] }] } };
  assert.equal(
    shownStep(nested),
    'mine {"to":{"url":"https://a.example","token":"(not shown)"},"others":[{"passwords":"(not shown)"}]}',
  );
  const table = Object.fromEntries([1, 2, 3, 4].map((id) => [`P${id}`, "x"]));
  const shown = shownStep({ map: { attribute: "PatientID", table, key: "column" } as never });
  assert.equal(shown, 'map {"attribute":"PatientID","table":"(4 entries)","key":"column"}');
  assert.equal(shownStep({ set: { PatientComments: "x".repeat(500) } }).length, 120);
});
