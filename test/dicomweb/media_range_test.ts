import assert from "node:assert/strict";
import { isInRange, parseMediaRange, parseMediaRanges } from "../../src/dicomweb/media_range.ts";

/** The ranges as plain objects. */
function read(text: string) {
  return parseMediaRanges(text).map(({ type, parameters, quality }) => [type, Object.fromEntries(parameters), quality]);
}

Deno.test("parseMediaRanges() reads parameters quoted or not, with slashes and semicolons in them", () => {
  const octets = { type: "application/octet-stream", "transfer-syntax": "*" };
  for (
    const text of [
      "multipart/related; type=application/octet-stream; transfer-syntax=*",
      'multipart/related; type="application/octet-stream"; transfer-syntax="*"',
      'multipart/related;type="application/octet-stream;transfer-syntax=*"',
      "Multipart/Related;TYPE='application/octet-stream';Transfer-Syntax=*",
    ]
  ) assert.deepEqual(read(text), [["multipart/related", octets, 1]], text);
});

Deno.test("parseMediaRanges() puts first what is liked best, and keeps the order of what is liked the same", () => {
  assert.deepEqual(read('a/b;q=0.5, c/d;x="y,z;q=0", e/f;q=1, g/*;q=0'), [
    ["c/d", { x: "y,z;q=0" }, 1],
    ["e/f", {}, 1],
    ["a/b", {}, 0.5],
    ["g/*", {}, 0],
  ]);
});

Deno.test("parseMediaRanges() passes over what is no media range, and looks at so many", () => {
  assert.deepEqual(read('nonsense, /, a/, ;, "a/b", x/y z, c/d;;=;e'), [["c/d", {}, 1]]);
  assert.equal(parseMediaRanges("a/b,".repeat(100_000)).length, 64);
  assert.equal(parseMediaRange('a/b;c="unfinished')?.parameters.get("c"), '"unfinished');
});

Deno.test("parseMediaRange() takes a quality that is none for 1", () => {
  for (const q of ["", "x", "2", "-1", "NaN"]) assert.equal(parseMediaRange(`a/b;q=${q}`)?.quality, 1, q);
});

Deno.test("isInRange() knows wild cards", () => {
  assert.ok(isInRange("image/jpeg", "image/*") && isInRange("image/jpeg", "*/*") && isInRange("a/b", "a/b"));
  assert.ok(!isInRange("image/jpeg", "image/png") && !isInRange("imagery/x", "image/*"));
});
