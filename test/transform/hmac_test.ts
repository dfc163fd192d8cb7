import assert from "node:assert/strict";
import { Hmac } from "../../src/transform/hmac.ts";
import { isStandardUid, KeyedNames } from "../../src/transform/keyed_names.ts";
import { isValidUid } from "../../src/dicom/uids.ts";
import { Random } from "../support/random.ts";

Deno.test("Hmac gives what Web Crypto gives, for keys and messages of all lengths around a block", async () => {
  const random = new Random(42);
  for (let length = 0; length < 200; length++) {
    const key = random.bytes(1 + random.below(150));
    const message = random.bytes(length);
    const imported = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    const expected = new Uint8Array(await crypto.subtle.sign("HMAC", imported, message));
    assert.deepEqual(new Hmac(key).digest(message), expected, `${key.length} and ${length} bytes`);
  }
});

Deno.test("new UIDs are valid UUIDs under 2.25 that depend on the key and the UID alone", () => {
  const names = new KeyedNames(new Uint8Array(16).fill(1));
  const again = new KeyedNames(new Uint8Array(16).fill(1));
  const other = new KeyedNames(new Uint8Array(16).fill(2));
  const made = new Set<string>();
  for (let number = 0; number < 12_000; number++) {
    const uid = names.uid(`1.2.${number}`);
    made.add(uid);
    if (number % 1000 !== 0) continue;
    assert.ok(isValidUid(uid));
    const digits = BigInt(uid.slice(5)).toString(16).padStart(32, "0");
    assert.match(digits, /^.{12}8.{3}[89ab].{15}$/);
    assert.equal(again.uid(`1.2.${number}`), uid);
    assert.notEqual(other.uid(`1.2.${number}`), uid);
  }
  assert.equal(made.size, 12_000);
  assert.equal(names.uid("1.2.0"), again.uid("1.2.0"), "also where it is kept no longer");
});

Deno.test("a key of less than 16 bytes is refused, and the message doesn't show it", () => {
  assert.throws(() => new KeyedNames(new TextEncoder().encode("too short")), (error: Error) => {
    assert.match(error.message, /9 bytes: expected at least 16/);
    return !error.message.includes("short");
  });
});

Deno.test("UIDs of the standard are told from those of instances", () => {
  assert.ok(isStandardUid("1.2.840.10008.1.2") && isStandardUid("1.2.840.10008.5.1.4.1.1.2"));
  assert.ok(!isStandardUid("1.2.840.100081") && !isStandardUid("2.25.1") && !isStandardUid(""));
});
