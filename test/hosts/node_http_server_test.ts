/** The sidecar's server on Node and Bun: Web requests and responses over their sockets. */

import assert from "node:assert/strict";
import { temporaryFolder } from "../support/folders.ts";
import { Process } from "../support/process.ts";
import { bundleForNode, nodeRuntimeTests } from "../support/runtimes.ts";

const hostname = "127.0.0.1";

/** A server that runs, and how to ask it. */
async function serving(command: string, folder: string) {
  const program = `${folder}/http.mjs`;
  await bundleForNode(new URL("children/node_http.ts", import.meta.url), program);
  const child = new Process(command, [program]);
  const port = Number(await child.line(/^\d+$/));
  const origin = `http://${hostname}:${port}`;
  const counts = async (): Promise<{ produced: number; received: number; aborted: number }> =>
    await (await fetch(`${origin}/counts`)).json();
  /** What a connection answers to these bytes, up to its end. */
  const raw = async (text: string): Promise<string> => {
    using socket = await Deno.connect({ hostname, port });
    await socket.write(new TextEncoder().encode(text));
    return await new Response(socket.readable).text();
  };
  return { child, origin, port, counts, raw };
}

/** Resolves when `counts` fits, which is asked again and again. */
async function until<T>(counts: () => Promise<T>, fits: (found: T) => boolean): Promise<void> {
  while (!fits(await counts()));
}

nodeRuntimeTests(
  "the HTTP server gives handlers what was asked, and clients what was answered",
  async (command) => {
    using folder = temporaryFolder();
    const { child, origin, port, raw } = await serving(command, folder.path);
    await using _ = child;

    const asked = await (await fetch(`${origin}/request?a=%20b`, { headers: [["X-A", "1"], ["X-A", "2"]] })).json();
    assert.deepEqual([asked.url, asked.method, asked.hasBody], [`${origin}/request?a=%20b`, "GET", false]);
    assert.deepEqual(new Headers(asked.headers).get("x-a"), "1, 2");

    const echoed = await fetch(`${origin}/echo?q`, { method: "POST", body: "what was sent" });
    assert.deepEqual([echoed.status, await echoed.text()], [201, "what was sent"]);
    assert.deepEqual([echoed.headers.get("x-search"), echoed.headers.getSetCookie()], ["?q", ["a=1", "b=2"]]);

    // Node would end requests after five minutes, which a study may well take.
    const timeouts: number[] = await (await fetch(`${origin}/request-timeout`)).json();
    assert.deepEqual(timeouts, command === "node" ? [0] : []);

    const head = await fetch(`${origin}/large`, { method: "HEAD" });
    assert.deepEqual([head.status, await head.text()], [200, ""]);

    const close = "Connection: close\r\n\r\n";
    const absolute = await raw(`GET http://other.example/request HTTP/1.1\r\nHost: a.example\r\n${close}`);
    assert.match(absolute, /"url":"http:\/\/other\.example\/request"/);
    const old = await raw(`GET /request HTTP/1.0\r\n\r\n`);
    assert.ok(old.includes(`"url":"http://${hostname}:${port}/request"`), old);
    const chunked = "Transfer-Encoding: chunked\r\n";
    assert.match(
      await raw(`POST /echo HTTP/1.1\r\nHost: x\r\n${chunked}${close}3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n`),
      /^HTTP\/1\.1 201 [\s\S]*abc[\s\S]*de/,
    );
  },
).forEach((test) => Deno.test(test));

nodeRuntimeTests("the HTTP server refuses what is no request, and goes on", async (command) => {
  using folder = temporaryFolder();
  const { child, raw, counts } = await serving(command, folder.path);
  await using _ = child;
  for (
    const text of [
      "GET /request HTTP/1.1\r\nHost: evil.example/path?\r\n\r\n",
      "GET /request HTTP/1.1\r\nHost: user@evil.example\r\n\r\n",
      "TRACE /request HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
      "OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    ]
  ) assert.match(await raw(text), /^HTTP\/1\.1 400 /, text);
  // What is no HTTP at all is answered by the runtime, or not at all.
  assert.doesNotMatch(await raw("\0\0\0\0\r\n\r\n"), / 200 /);
  assert.equal((await counts()).aborted, 0);
}).forEach((test) => Deno.test(test));

nodeRuntimeTests("the HTTP server reads and writes no faster than the other side", async (command) => {
  using folder = temporaryFolder();
  const { child, origin, port, counts } = await serving(command, folder.path);
  await using _ = child;
  const all = 256 * 1024 * 1024;

  // A client that doesn't read: what is made is what sockets hold, not all.
  const slow = await Deno.connect({ hostname, port });
  await slow.write(new TextEncoder().encode("GET /large HTTP/1.1\r\nHost: x\r\n\r\n"));
  await until(counts, ({ produced }) => produced > 0);
  assert.ok((await counts()).produced < all / 4);
  slow.close();
  await until(counts, ({ aborted }) => aborted === 1);

  // Clients that go while they are written to: each body is cancelled, and the server goes on.
  const crowd = await Promise.all(Array.from({ length: 20 }, async () => {
    const client = await Deno.connect({ hostname, port });
    await client.write(new TextEncoder().encode("GET /large HTTP/1.1\r\nHost: x\r\n\r\n"));
    await client.read(new Uint8Array(100_000));
    return client;
  }));
  for (const client of crowd) client.close();
  await until(counts, ({ aborted }) => aborted === 21);

  // A handler that doesn't read: the sender is held back, as it isn't once there is a reader.
  let sent = 0;
  const piece = new Uint8Array(65_536);
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sent === all) return controller.close();
      sent += piece.length;
      controller.enqueue(piece);
    },
  }, { highWaterMark: 0 });
  const answered = fetch(`${origin}/sink`, { method: "POST", body });
  await until(counts, ({ received }) => received > 0);
  for (let still = 0, before = -1; still < 20; still = sent === before ? still + 1 : 0) {
    before = sent;
    await counts();
  }
  assert.ok(sent < all / 4, `${sent} bytes were taken that nobody reads`);
  await fetch(`${origin}/release`).then((response) => response.body?.cancel());
  assert.equal(await (await answered).text(), String(all));
}).forEach((test) => Deno.test(test));

nodeRuntimeTests(
  "the HTTP server tells handlers that the client has gone, and clients that a body broke off",
  async (command) => {
    using folder = temporaryFolder();
    const { child, origin, port, counts, raw } = await serving(command, folder.path);
    await using _ = child;
    const client = await Deno.connect({ hostname, port });
    await client.write(new TextEncoder().encode("GET /waits HTTP/1.1\r\nHost: x\r\n\r\n"));
    await child.line(/^waiting$/);
    client.close();
    await until(counts, ({ aborted }) => aborted === 1);

    await assert.rejects(fetch(`${origin}/broken`).then((response) => response.text()));
    assert.equal(await child.line(/^Cannot go on/), "Cannot go on: the source is gone");

    // A body that nobody reads is not waited for: the connection ends with the answer.
    const unread = await raw("POST /unread HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nbeginning");
    assert.match(unread, /^HTTP\/1\.1 401 [\s\S]*\r\nconnection: close\r\n/i);
  },
).forEach((test) => Deno.test(test));

/** Milliseconds: longer than Bun's own server waits for a byte. No clock of a test reaches the one that it goes by. */
const STANDSTILL = 11_000;

nodeRuntimeTests(
  "the HTTP server waits where a request, its answer or the body of that stands still",
  async (command) => {
    using folder = temporaryFolder();
    const { child, origin, raw } = await serving(command, folder.path);
    await using _ = child;
    /** Two bytes of a body, and two more after a while. */
    const halting = async (head: string, [first, second]: readonly [string, string]) => {
      using socket = await Deno.connect({ hostname, port: Number(new URL(origin).port) });
      const encoder = new TextEncoder();
      await socket.write(
        encoder.encode(`POST /length HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${head}\r\n\r\n${first}`),
      );
      await new Promise((resolve) => setTimeout(resolve, STANDSTILL));
      await socket.write(encoder.encode(second));
      return await new Response(socket.readable).text();
    };
    const get = (path: string) => raw(`GET ${path}?${STANDSTILL} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    const [late, pause, known, chunked] = await Promise.all([
      get("/late"),
      get("/pause"),
      halting("Content-Length: 4", ["ab", "cd"]),
      halting("Transfer-Encoding: chunked", ["2\r\nab\r\n", "2\r\ncd\r\n0\r\n\r\n"]),
    ]);
    assert.match(late, /^HTTP\/1\.1 200 [\s\S]*late/);
    assert.match(pause, /^HTTP\/1\.1 200 [\s\S]*before, [\s\S]*after[\s\S]*0\r\n\r\n$/);
    for (const length of [known, chunked]) assert.match(length, /^HTTP\/1\.1 200 [\s\S]*\r\n4(\r\n|$)/);
  },
).forEach((test) => Deno.test(test));

nodeRuntimeTests("the HTTP server is closed in time, whoever never ends a request", async (command) => {
  using folder = temporaryFolder();
  const { child, port } = await serving(command, folder.path);
  await using _ = child;
  using idle = await Deno.connect({ hostname, port });
  using slow = await Deno.connect({ hostname, port });
  await slow.write(new TextEncoder().encode("GET /waits HTTP/1.1\r\nHost: x\r\n\r\n"));
  await child.line(/^waiting$/);
  child.kill("SIGTERM");
  await child.line(/^closed$/);
  assert.equal((await child.exited).code, 0);
  assert.equal(await idle.read(new Uint8Array(1)).catch(() => null), null);
}).forEach((test) => Deno.test(test));
