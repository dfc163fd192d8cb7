import assert from "node:assert/strict";
import fc from "fast-check";
import { errorText, escapeJson, escapeText } from "../src/safe_text.ts";

Deno.test("escapeJson() gives the value back, and escapeText() one short line", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 400 }), (text) => {
      assert.deepEqual(JSON.parse(escapeJson({ text })), { text });
      const escaped = escapeText(text);
      // deno-lint-ignore no-control-regex
      assert.doesNotMatch(escaped, /[\0-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/);
      assert.ok(escaped.length <= 300 * 6);
    }),
    { seed: 42 },
  );
});

Deno.test("escapeText() cuts at a word, and never a UID", () => {
  const uid = `1.2.${"3".repeat(60)}`;
  for (let length = 880; length < 1010; length++) {
    const text = escapeText(`${"x".repeat(length)} ${uid} is what was found`);
    assert.deepEqual(text.length <= 1000, true);
    assert.deepEqual(text.includes(uid) || !text.includes(" 1"), true, text.slice(-80));
  }
  assert.deepEqual(escapeText("y".repeat(2000)).length, 1000);
});

Deno.test("errorText() says what the runtime's error says, without the call", () => {
  assert.deepEqual(
    errorText(new Error("No such file or directory (os error 2): open 'x'")),
    "No such file or directory",
  );
  assert.deepEqual(
    errorText(new Error("ENOENT: no such file or directory, open '/a, b/x'")),
    "no such file or directory",
  );
  assert.deepEqual(errorText(new Error("ENOSPC: no space left on device, write")), "no space left on device");
  assert.deepEqual(errorText(new Error("EVERYTHING is fine, so far")), "EVERYTHING is fine, so far");
  assert.deepEqual(errorText("just text"), "just text");
});
