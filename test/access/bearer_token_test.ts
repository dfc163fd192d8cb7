import assert from "node:assert/strict";
import { readBearerToken, tokenCheck } from "../../src/access/bearer_token.ts";
import { equalBytes } from "../../src/access/equal_bytes.ts";

Deno.test("readBearerToken() reads the token of a header, and of nothing else", () => {
  for (const header of ["Bearer t0ken", "bearer t0ken", "BEARER   t0ken"]) {
    assert.equal(readBearerToken(header), "t0ken", header);
  }
  for (
    const header of [undefined, null, "", "Bearer", "Bearer ", "t0ken", "Basic t0ken", "Bearer t0 ken", " Bearer t0ken"]
  ) {
    assert.equal(readBearerToken(header), undefined, String(header));
  }
});

Deno.test("tokenCheck() takes the expected token alone", async () => {
  const check = tokenCheck("correct-horse");
  assert.equal(await check("correct-horse"), true);
  for (const wrong of ["", "correct-hors", "correct-horse ", "correct-horsf", "Correct-horse"]) {
    assert.equal(await check(wrong), false, wrong);
  }
});

Deno.test("equalBytes() tells any difference, of lengths as well", () => {
  const bytes = (...values: number[]) => Uint8Array.from(values);
  assert.equal(equalBytes(bytes(), bytes()), true);
  assert.equal(equalBytes(bytes(1, 2, 3), bytes(1, 2, 3)), true);
  for (
    const [a, b] of [[bytes(1, 2, 3), bytes(1, 2, 4)], [bytes(0, 2), bytes(1, 2)], [bytes(1), bytes(1, 0)], [
      bytes(0),
      bytes(),
    ]]
  ) {
    assert.equal(equalBytes(a!, b!), false, `${a} ${b}`);
    assert.equal(equalBytes(b!, a!), false, `${b} ${a}`);
  }
});
