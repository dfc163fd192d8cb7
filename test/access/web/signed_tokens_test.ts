import assert from "node:assert/strict";
import { SignJWT, UnsecuredJWT } from "jose";
import type { Recognition } from "../../../src/access/web/asker.ts";
import { recognizeSigned, type SignedTokenOptions } from "../../../src/access/web/signed_tokens.ts";
import { AUDIENCE, ISSUER, issuerKey, KeyServer } from "./issuer.ts";

const key = await issuerKey("one");
const other = await issuerKey("two", "RS256");
const MINUTE = 60_000;

function recognizer(server: KeyServer, options: Partial<SignedTokenOptions> = {}) {
  const errors: string[] = [];
  const recognize = recognizeSigned({
    ...{ issuer: ISSUER, audience: AUDIENCE, jwks: "https://login.example/keys", clockSkew: 30_000 },
    ...{ scopeClaim: "scope", scopePrefix: "", fetch: server.fetch },
    onError: (error) => void errors.push(String(error)),
    ...options,
  });
  return { recognize, errors };
}

function why(recognition: Recognition): string | undefined {
  return recognition.outcome === "refused" ? recognition.why : recognition.outcome;
}

const seconds = () => Math.floor(Date.now() / 1000);

Deno.test("recognizeSigned() knows tokens of the issuer: by subject, or else by client, with their scopes", async () => {
  const server = new KeyServer(key, other);
  const { recognize, errors } = recognizer(server);
  for (
    const [made, name] of [[key.sign(), "ct1"], [
      other.sign({ sub: undefined, client_id: "viewer" }),
      "viewer",
    ]] as const
  ) {
    assert.deepEqual(await recognize(await made), { outcome: "known", asker: { name, scopes: new Set(["read"]) } });
  }
  const odd = await recognize(await key.sign({ sub: `Dräger\n${"x".repeat(100)}`, aud: ["x", AUDIENCE] }));
  assert.equal(odd.outcome === "known" && odd.asker.name, `Dr?ger?${"x".repeat(57)}`);
  assert.deepEqual([server.asked, errors], [1, []]);
});

Deno.test("recognizeSigned() finds scopes in text and lists, below a prefix, and in objects", async () => {
  const server = new KeyServer(key);
  const cases: [Partial<SignedTokenOptions>, object, string[]][] = [
    [{}, { scope: "read write admin delete other" }, ["read", "write", "delete", "admin"]],
    [{}, { scope: ["write", 5, null] }, ["write"]],
    [{}, { scope: undefined }, []],
    [{}, { scope: 5 }, []],
    [{}, { scope: "READ readx" }, []],
    [{ scopePrefix: "gantry." }, { scope: "gantry.read write" }, ["read"]],
    [{ scopeClaim: "realm_access.roles" }, { realm_access: { roles: ["delete"] } }, ["delete"]],
    [{ scopeClaim: "https://x.example/roles" }, { "https://x.example/roles": ["admin"] }, ["admin"]],
    [{ scopeClaim: "constructor.name" }, {}, []],
  ];
  for (const [options, claims, expected] of cases) {
    const found = await recognizer(server, options).recognize(await key.sign({ ...claims }));
    assert.deepEqual(found.outcome === "known" && [...found.asker.scopes], expected, JSON.stringify(claims));
  }
});

Deno.test("recognizeSigned() refuses tokens of others, for others, and out of their time", async () => {
  const { recognize } = recognizer(new KeyServer(key));
  const refused: [object, string][] = [
    [{ iss: `${ISSUER}/` }, "is of another issuer"],
    [{ iss: undefined }, "is of another issuer"],
    [{ aud: "other" }, "is for another audience"],
    [{ aud: undefined }, "is for another audience"],
    [{ exp: seconds() - 31 }, "has expired"],
    [{ exp: undefined }, "has no time at which it expires"],
    [{ exp: "soon" }, "has no time at which it expires"],
    [{ nbf: seconds() + 60 }, "is not valid yet"],
  ];
  for (const [claims, expected] of refused) {
    assert.equal(why(await recognize(await key.sign({ ...claims }))), expected, JSON.stringify(claims));
  }
  for (const claims of [{ exp: seconds() - 20 }, { nbf: seconds() + 20 }]) {
    assert.equal(why(await recognize(await key.sign(claims))), "known", JSON.stringify(claims));
  }
});

Deno.test("recognizeSigned() refuses signatures that anybody could make, or somebody else has made", async () => {
  const server = new KeyServer(key);
  const { recognize } = recognizer(server);
  const claims = { iss: ISSUER, aud: AUDIENCE, exp: seconds() + 300, scope: "admin" };
  const none = `${new UnsecuredJWT(claims).encode()}`;
  assert.equal(why(await recognize(none)), "is wrong");
  assert.equal(why(await recognize(`${none}AA`)), "is signed in a way that is not taken");
  // The public key as the secret of an HMAC.
  const secret = new TextEncoder().encode(JSON.stringify(key.jwk));
  const confused = await new SignJWT(claims).setProtectedHeader({ alg: "HS256", kid: "one" }).sign(secret);
  assert.equal(why(await recognize(confused)), "is signed in a way that is not taken");
  const imposter = await issuerKey("one");
  assert.equal(why(await recognize(await imposter.sign())), "has a wrong signature");
  const good = await key.sign();
  const [head, , signature] = good.split(".");
  const forged = btoa(JSON.stringify(claims)).replace(/=+$/, "").replaceAll("+", "-").replaceAll("/", "_");
  assert.equal(why(await recognize(`${head}.${forged}.${signature}`)), "has a wrong signature");
  for (const odd of ["a.b.c", "e30.e30.e30", `${good}.x`, good.slice(0, -5), "x", ".."]) {
    assert.notEqual(why(await recognize(odd)), "known", odd);
  }
});

Deno.test("recognizeSigned() takes no symmetric key from a key set", async () => {
  const secret = new Uint8Array(32).fill(7);
  const server = new KeyServer();
  server.answer = () => Response.json({ keys: [{ kty: "oct", kid: "s", k: btoa(String.fromCharCode(...secret)) }] });
  const { recognize } = recognizer(server);
  const claims = { iss: ISSUER, aud: AUDIENCE, exp: seconds() + 300 };
  const token = await new SignJWT(claims).setProtectedHeader({ alg: "HS256", kid: "s" }).sign(secret);
  assert.equal(why(await recognize(token)), "is signed in a way that is not taken");
});

Deno.test("recognizeSigned() tries each key for a token that names none", async () => {
  const second = await issuerKey("three");
  const { recognize } = recognizer(new KeyServer(key, second));
  assert.equal(why(await recognize(await second.sign({}, { kid: undefined }))), "known");
  assert.equal(
    why(await recognize(await (await issuerKey("x")).sign({}, { kid: undefined }))),
    "has a wrong signature",
  );
});

Deno.test("recognizeSigned() asks for keys again when a token has a new one, once in 30 seconds", async () => {
  let now = Date.now();
  const server = new KeyServer(key);
  const { recognize } = recognizer(server, { now: () => now });
  const next = await issuerKey("next");
  assert.equal(why(await recognize(await key.sign())), "known");
  assert.equal(why(await recognize(await next.sign())), "is signed with a key that its issuer does not have");
  server.answer = () => server.give(next);
  assert.equal(why(await recognize(await next.sign())), "is signed with a key that its issuer does not have");
  assert.equal(server.asked, 1);
  now += 30_000;
  const sent = await Promise.all([next.sign(), next.sign(), next.sign()]);
  assert.deepEqual((await Promise.all(sent.map(recognize))).map(why), ["known", "known", "known"]);
  assert.equal(server.asked, 2);
  // The old one is gone with its set.
  assert.equal(why(await recognize(await key.sign())), "is signed with a key that its issuer does not have");
  assert.equal(server.asked, 2);
});

Deno.test("recognizeSigned() does without the issuer for an hour, and then says that nobody can tell", async () => {
  let now = Date.now();
  const server = new KeyServer(key);
  const { recognize, errors } = recognizer(server, { now: () => now });
  const lasting = await key.sign({ exp: seconds() + 4 * 3600 });
  assert.equal(why(await recognize(lasting)), "known");
  server.answer = () => Promise.reject(new TypeError("connection refused"));
  now += 59 * MINUTE;
  assert.equal(why(await recognize(lasting)), "known");
  await new Promise((resolve) => setTimeout(resolve)); // What it asked for by the way.
  assert.deepEqual([server.asked, errors.length], [2, 1]);
  now += 2 * MINUTE;
  assert.equal(why(await recognize(lasting)), "unavailable");
  assert.equal(why(await recognize(lasting)), "unavailable");
  assert.equal(server.asked, 3);
  assert.match(
    errors[1]!,
    /^Error: Cannot get the keys that tokens are checked with \(http\.oidc\.jwks\): connection refused$/,
  );
  server.answer = () => server.give(key);
  now += 30_000;
  assert.equal(why(await recognize(lasting)), "known");
});

Deno.test("recognizeSigned() has no keys of answers that are none, or too much", async () => {
  const answers: [() => Response, RegExp][] = [
    [() => new Response("no", { status: 500 }), /found HTTP status 500, expected 200$/],
    [() => Response.redirect("https://evil.example/keys"), /found HTTP status 302, expected 200$/],
    [() => new Response("<html>"), /the answer is not JSON$/],
    [() => Response.json([]), /the answer is not a JSON Web Key Set$/],
    [() => Response.json({ keys: ["x"] }), /the answer is not a JSON Web Key Set$/],
    [() => Response.json({ keys: Array(101).fill(key.jwk) }), /found 101 keys, expected at most 100$/],
    [() => new Response(" ".repeat(300_000)), /the answer has more than 262144 bytes$/],
  ];
  for (const [answer, expected] of answers) {
    const server = new KeyServer();
    server.answer = answer;
    const { recognize, errors } = recognizer(server);
    assert.equal(why(await recognize(await key.sign())), "unavailable");
    assert.match(errors.join(), expected);
  }
});
