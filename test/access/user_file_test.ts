import assert from "node:assert/strict";
import type { UserIdentity } from "../../src/upper_layer/pdu.ts";
import { hashPasscode, parsePasscodeHash, verifyPasscode } from "../../src/access/passcode.ts";
import { identifyUsers, parseUsers } from "../../src/access/user_file.ts";
import { usernameIdentity } from "../../src/access/user_identity.ts";
import { connectionPair } from "../../src/transport/memory.ts";
import { associateRq } from "../support/scripted_peer.ts";

/** The fewest that are taken: tests needn't be slow. */
const ITERATIONS = 100_000;

const encode = (text: string) => new TextEncoder().encode(text);

/** PBKDF2 of `secret` with the salt `saltsaltsaltsalt`, as Python's hashlib.pbkdf2_hmac derives it. */
const PYTHON_HASH = "$pbkdf2-sha256$i=100000$c2FsdHNhbHRzYWx0c2FsdA$MI+P8ArZxL807eVfmB/TB8eo+begDzCe812TLwaxnRY";

Deno.test("hashPasscode() makes another hash each time, which one passcode alone has", async () => {
  const [first, second] = await Promise.all([hashPasscode("sécret", ITERATIONS), hashPasscode("sécret", ITERATIONS)]);
  assert.notEqual(first, second);
  assert.match(first, /^\$pbkdf2-sha256\$i=100000\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  const hash = parsePasscodeHash(first);
  assert.ok(hash !== undefined);
  assert.equal(await verifyPasscode(encode("sécret"), hash), true);
  for (const wrong of ["secret", "sécret ", "", "SÉCRET"]) {
    assert.equal(await verifyPasscode(encode(wrong), hash), false, wrong);
  }
});

Deno.test("verifyPasscode() derives what others derive", async () => {
  const hash = parsePasscodeHash(PYTHON_HASH);
  assert.ok(hash !== undefined);
  assert.equal(await verifyPasscode(encode("secret"), hash), true);
});

Deno.test("hashPasscode() refuses an empty passcode and iterations that make no sense", async () => {
  await assert.rejects(hashPasscode(""), TypeError);
  for (const iterations of [0, 99_999, 10_000_001, NaN]) {
    await assert.rejects(hashPasscode("x", iterations), RangeError);
  }
});

Deno.test("parsePasscodeHash() takes nothing but hashes", () => {
  const wrong = [
    "",
    "secret",
    PYTHON_HASH.replace("sha256", "sha1"),
    PYTHON_HASH.replace("100000", "99999"),
    PYTHON_HASH.replace("100000", "99999999"),
    PYTHON_HASH.slice(0, -1),
    `${PYTHON_HASH}=`,
    PYTHON_HASH.replace("c2FsdHNhbHRzYWx0c2FsdA", "c2FsdHNhbHRzY"),
  ];
  for (const text of wrong) assert.equal(parsePasscodeHash(text), undefined, text);
});

Deno.test("parseUsers() reads users, and tells wrong lines without showing them", () => {
  const users = parseUsers(`# users\r\n\r\nct1:${PYTHON_HASH}\r\nnobody:-\nDr. Müller:${PYTHON_HASH}\n`);
  assert.deepEqual([...users.keys()], ["ct1", "nobody", "Dr. Müller"]);
  assert.equal(users.get("nobody"), undefined);
  assert.deepEqual([...parseUsers("\ufeffct1:-").keys()], ["ct1"]);
  const wrong: [text: string, line: number][] = [
    ["secret", 1],
    [`:${PYTHON_HASH}`, 1],
    [`a:-\nb:secret`, 2],
    [`a:-\n\na:${PYTHON_HASH}`, 3],
    [`a:${"x".repeat(2000)}`, 1],
    ["a:", 1],
  ];
  for (const [text, line] of wrong) {
    assert.throws(() => parseUsers(text), ({ message }: Error) => {
      assert.match(message, new RegExp(`^Cannot read the users: line ${line}: `));
      assert.doesNotMatch(message, /secret|xxx/);
      return true;
    });
  }
});

/** The name of the user who is identified out of the text. */
async function identified(text: string, identity: UserIdentity): Promise<string | undefined> {
  const [connection] = connectionPair();
  return (await identifyUsers(() => Promise.resolve(text))(identity, associateRq(), connection))?.name;
}

Deno.test("identifyUsers() believes the right passcode of a known user, and nothing else", async () => {
  const text = `ct1:${PYTHON_HASH}\nopen:-\n`;
  assert.equal(await identified(text, usernameIdentity("ct1", "secret")), "ct1");
  assert.equal(await identified(text, usernameIdentity("open")), "open");
  const wrong: UserIdentity[] = [
    usernameIdentity("ct1", "Secret"),
    usernameIdentity("ct2", "secret"),
    usernameIdentity("CT1", "secret"),
    usernameIdentity("ct1"),
    usernameIdentity("ct2"),
    usernameIdentity("open", "secret"),
    { ...usernameIdentity("ct1", "secret"), secondaryField: new Uint8Array() },
    { ...usernameIdentity("ct1", "secret"), primaryField: new Uint8Array() },
    { ...usernameIdentity("ct1", "secret"), primaryField: Uint8Array.of(0xFF, 0xFE) },
    { ...usernameIdentity("open"), type: "kerberos" },
    { ...usernameIdentity("open"), type: "saml" },
    { ...usernameIdentity("open"), type: "jwt" },
  ];
  for (const identity of wrong) assert.equal(await identified(text, identity), undefined, JSON.stringify(identity));
  assert.equal(await identified("", usernameIdentity("ct1", "secret")), undefined);
});

Deno.test("identifyUsers() reads its users anew each time, and believes nobody while it can't", async () => {
  let text = "";
  const identify = identifyUsers(() => text);
  const [connection] = connectionPair();
  const ask = () => Promise.resolve(identify(usernameIdentity("ct1", "secret"), associateRq(), connection));
  assert.equal(await ask(), undefined);
  text = `ct1:${PYTHON_HASH}`;
  assert.deepEqual(await ask(), { name: "ct1" });
  text = "half a line";
  await assert.rejects(ask(), TypeError);
  text = `ct1:${PYTHON_HASH}`;
  assert.deepEqual(await ask(), { name: "ct1" });
});

Deno.test("identifyUsers() reads a text of users once, however often it is asked", async () => {
  const { atob } = globalThis;
  let decoded = 0;
  globalThis.atob = (text) => (decoded++, atob(text));
  try {
    let text = `ct1:${PYTHON_HASH}`;
    const identify = identifyUsers(() => text);
    const [connection] = connectionPair();
    const ask = (name: string) => identify(usernameIdentity(name), associateRq(), connection);
    await ask("ct1");
    const first = decoded;
    assert.ok(first > 0);
    for (const name of ["ct1", "ct2", "nobody"]) assert.equal(await ask(name), undefined);
    assert.equal(decoded, first);
    text += "\nct2:-";
    assert.deepEqual([await ask("ct2"), await ask("ct1")], [{ name: "ct2" }, undefined]);
    assert.equal(decoded, 2 * first);
  } finally {
    globalThis.atob = atob;
  }
});

Deno.test("identifyUsers() takes as long for an unknown user as for a known one", async () => {
  const derived: number[] = [];
  const { deriveBits } = crypto.subtle;
  crypto.subtle.deriveBits = (algorithm, key, length) => {
    derived.push((algorithm as Pbkdf2Params).iterations);
    return deriveBits.call(crypto.subtle, algorithm, key, length);
  };
  try {
    const text = `ct1:${PYTHON_HASH}\nct2:${PYTHON_HASH.replace("100000", "120000")}`;
    await identified(text, usernameIdentity("ct2", "guess"));
    await identified(text, usernameIdentity("nobody", "guess"));
  } finally {
    crypto.subtle.deriveBits = deriveBits;
  }
  assert.deepEqual(derived, [120_000, 120_000]);
});

Deno.test("usernameIdentity() refuses what is empty", () => {
  assert.throws(() => usernameIdentity(""), TypeError);
  assert.throws(() => usernameIdentity("a", ""), TypeError);
});
