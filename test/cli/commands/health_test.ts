import assert from "node:assert/strict";
import { urlOf } from "../../../src/cli/command_line/gateway_url.ts";
import { main } from "../../../src/cli/main.ts";
import { parseConfig } from "../../../src/config.ts";
import { certificates, opensslPresent } from "../../support/certificates.ts";
import { temporaryFolder } from "../../support/folders.ts";
import { fakeTerminal } from "../terminal.ts";

/** Runs `gantry health ARGS…`. */
async function health(...args: string[]) {
  const terminal = fakeTerminal();
  const code = await main(["health", ...args], terminal);
  return { code, out: terminal.out.text(), err: terminal.err.text() };
}

/** A server that answers as told. */
function serve(handler: Deno.ServeHandler, options: Partial<Deno.ServeTcpOptions & Deno.TlsCertifiedKeyPem> = {}) {
  return Deno.serve({ ...options, hostname: "127.0.0.1", port: 0, onListen() {} }, handler);
}

Deno.test("gantry health prints what a gateway says, of the check that was asked for", async () => {
  const asked: string[] = [];
  await using server = serve(({ url }) => {
    asked.push(new URL(url).pathname);
    return Response.json({ status: "pass", checks: { uptime: [{ status: "pass" }] } });
  });
  const url = `http://127.0.0.1:${server.addr.port}`;
  assert.deepEqual(await health(url), { code: 0, out: `${url}/health: pass\n`, err: "" });
  assert.deepEqual(await health(url, "--check", "live"), { code: 0, out: `${url}/health/live: pass\n`, err: "" });
  assert.equal(
    (await health(url, "--json", "--check", "ready")).out,
    '{"status":"pass","checks":{"uptime":[{"status":"pass"}]}}\n',
  );
  assert.deepEqual(asked, ["/health", "/health/live", "/health/ready"]);
});

Deno.test("gantry health fails, and says which checks don't pass", async () => {
  const checks = { "archive:free": [{ status: "fail", output: "The disk is full\u001b[2J" }], odd: "no list" };
  await using server = serve(() => Response.json({ status: "fail", checks }, { status: 503 }));
  const url = `http://127.0.0.1:${server.addr.port}`;
  const { code, out, err } = await health(url);
  assert.deepEqual({ code, out }, { code: 1, out: "" });
  assert.match(err, /health: fail\n {2}archive:free: fail, The disk is full/);
  assert.ok(!err.includes("\u001b"), "what a stranger sends can't move the cursor");
});

Deno.test("gantry health fails where something else answers, too much comes, or nothing does", async () => {
  await using server = serve(({ url }) => {
    const { pathname } = new URL(url);
    if (pathname === "/health") return new Response("<html>", { status: 404 });
    const endless = pathname === "/health/live";
    return new Response(
      new ReadableStream({
        pull: (stream) => endless ? stream.enqueue(new Uint8Array(100_000)) : new Promise(() => {}),
      }),
    );
  });
  const url = `http://127.0.0.1:${server.addr.port}`;
  assert.match((await health(url)).err, /: HTTP status 404\n$/);
  const endless = await health(url, "--check", "live");
  assert.equal(endless.code, 1);
  assert.match(endless.err, /Cannot ask .*: the answer is too long/);
  const silent = await health(url, "--check", "ready", "--timeout", "50");
  assert.equal(silent.code, 1);
  assert.match(silent.err, /Cannot ask .*: no answer within 50 ms\n$/);
});

Deno.test("gantry health fails where nothing listens, and refuses what is no URL", async () => {
  const server = serve(() => new Response());
  const url = `http://127.0.0.1:${server.addr.port}`;
  await server.shutdown();
  const { code, err } = await health(url);
  assert.equal(code, 1);
  assert.equal(err, `gantry: Cannot ask ${url}/health: nothing listens there (connection refused)\n`);
  using other = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const answered = other.accept().then(async (connection) => {
    await connection.read(new Uint8Array(16_384));
    await connection.write(new TextEncoder().encode("no TLS, and no HTTP either\n"));
    connection.close();
  });
  const noTls = await health(`https://127.0.0.1:${other.addr.port}`);
  await answered;
  assert.equal(noTls.code, 1);
  assert.match(noTls.err, /^gantry: Cannot ask https:\/\/127\.0\.0\.1:\d+\/health: the peer does not speak TLS there /);
  for (const wrong of ["ftp://a", "localhost", ""]) assert.equal((await health(wrong)).code, 2, wrong);
  assert.equal((await health(url, "--http-port", "8080")).code, 2);
});

Deno.test("gantry health asks where the configuration says that the gateway listens, by TLS too", {
  ignore: !opensslPresent,
}, async () => {
  using folder = temporaryFolder();
  const { cert, key } = (await certificates()).server;
  await using server = serve(() => Response.json({ status: "pass" }), { cert, key });
  Deno.writeTextFileSync(`${folder.path}/cert.pem`, cert);
  Deno.writeTextFileSync(`${folder.path}/key.pem`, key);
  const file = `${folder.path}/gantry.yaml`;
  Deno.writeTextFileSync(
    file,
    `http: { host: 0.0.0.0, port: ${server.addr.port}, tls: { certificate: cert.pem, key: key.pem }, token: "0123456789abcdef" }`,
  );
  const url = `https://127.0.0.1:${server.addr.port}/health`;
  assert.deepEqual(await health("--config", file), { code: 0, out: `${url}: pass\n`, err: "" });
});

Deno.test("urlOf() is where this machine reaches the gateway", async () => {
  const cases = [["0.0.0.0", "127.0.0.1"], ["'::'", "[::1]"], ["'::1'", "[::1]"], ["192.0.2.7", "192.0.2.7"]];
  for (const [host, name] of cases) {
    const config = await parseConfig(`http: { host: ${host}, port: 8080, token: "0123456789abcdef0123456789abcdef" }`);
    assert.equal(urlOf(config).href, `http://${name}:8080/`);
  }
});
