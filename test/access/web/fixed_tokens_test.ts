import assert from "node:assert/strict";
import { recognizeByAny } from "../../../src/access/web/asker.ts";
import { recognizeFixed, recognizeOne } from "../../../src/access/web/fixed_tokens.ts";

/** SHA-256 of `second-second-second`. */
const DIGEST = Array.from(
  new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode("second-second-second"))),
  (byte) => byte.toString(16).padStart(2, "0"),
);

const recognize = recognizeFixed({
  VIEWER: { token: "first-first-first", scopes: ["read"] },
  CT1: { sha256: DIGEST.join(""), scopes: ["write", "admin"] },
});

Deno.test("recognizeFixed() knows tokens by themselves and by their digests, with names and scopes", async () => {
  const first = await recognize("first-first-first");
  assert.deepEqual(first, { outcome: "known", asker: { name: "VIEWER", scopes: new Set(["read"]) } });
  const second = await recognize("second-second-second");
  assert.deepEqual(second, { outcome: "known", asker: { name: "CT1", scopes: new Set(["write", "admin"]) } });
  const written = recognizeFixed({ X: { sha256: DIGEST.join(":").toUpperCase(), scopes: ["read"] } });
  assert.equal((await written("second-second-second")).outcome, "known");
});

Deno.test("recognizeFixed() knows nothing else: no part of a token, no digest, no empty one", async () => {
  for (const token of ["", "first", "first-first-firstx", "FIRST-FIRST-FIRST", DIGEST.join(""), "VIEWER"]) {
    assert.deepEqual(await recognize(token), { outcome: "refused", why: "is wrong" }, token);
  }
});

Deno.test("recognizeOne() gives one token without a name all scopes", async () => {
  const one = recognizeOne("t");
  assert.deepEqual(await one("t"), {
    outcome: "known",
    asker: { scopes: new Set(["read", "write", "delete", "admin"]) },
  });
  assert.equal((await one("x")).outcome, "refused");
});

Deno.test("recognizeByAny() asks in turn, and nobody about a huge token", async () => {
  const asked: string[] = [];
  const any = recognizeByAny([
    recognizeOne("t"),
    (token) => {
      asked.push(token);
      return Promise.resolve({ outcome: "unavailable" });
    },
  ]);
  assert.equal((await any("t")).outcome, "known");
  assert.equal((await any("x")).outcome, "unavailable");
  const huge = await any("x".repeat(16_385));
  assert.deepEqual(huge, { outcome: "refused", why: "has more than 16384 characters" });
  assert.deepEqual(asked, ["x"]);
  assert.equal((await recognizeByAny([])("x")).outcome, "refused");
});
