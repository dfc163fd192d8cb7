import assert from "node:assert/strict";
import { ANSWERED, assertMatches, assertProblem, sidecar } from "./support.ts";

/** Serves `app` on a port of its own while `use` runs. */
async function serving(app: ReturnType<typeof sidecar>, use: (origin: string) => Promise<void>): Promise<void> {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, app.fetch);
  try {
    await use(`http://127.0.0.1:${server.addr.port}`);
  } finally {
    await server.shutdown();
  }
}

Deno.test("the sidecar answers over a real socket", async () => {
  await serving(sidecar({ allowedHosts: ["127.0.0.1"] }), async (origin) => {
    const health = await fetch(`${origin}/health`);
    assert.equal(health.status, 200);
    assertMatches("Health", await health.json());

    const echo = await fetch(`${origin}/echo`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ peer: "PACS" }),
    });
    assert.equal(echo.status, 200);
    assertMatches("EchoAnswer", await echo.json());

    const large = await fetch(`${origin}/echo`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: new Uint8Array(100_000),
    });
    await assertProblem(large, "BodyTooLarge");

    const head = await fetch(`${origin}/metrics`, { method: "HEAD" });
    assert.equal(head.status, 200);
    assert.equal(await head.text(), "");

    const localhost = await fetch(origin.replace("127.0.0.1", "localhost"));
    await assertProblem(localhost, "HostNotAllowed");
  });
});

Deno.test("a C-ECHO is aborted when its caller hangs up", async () => {
  const asked = Promise.withResolvers<void>();
  const aborted = Promise.withResolvers<void>();
  const app = sidecar({
    echo: async (_, { signal }) => {
      signal.addEventListener("abort", () => aborted.resolve());
      asked.resolve();
      await aborted.promise;
      return ANSWERED;
    },
  });
  await serving(app, async (origin) => {
    const caller = new AbortController();
    const answer = fetch(`${origin}/echo`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ peer: "PACS" }),
      signal: caller.signal,
    });
    await asked.promise;
    caller.abort();
    await assert.rejects(answer, { name: "AbortError" });
    await aborted.promise;
  });
});
