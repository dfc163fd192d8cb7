import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { DenoHttpServer } from "../../src/hosts/deno_http_server.ts";
import { certificates, opensslPresent } from "../support/certificates.ts";
import { Process } from "../support/process.ts";

const hostname = "127.0.0.1";
const onError = () => {};

/** A handler that waits for all of a body, and tells when it has begun to. */
function patientHandler() {
  const { promise: begun, resolve } = Promise.withResolvers<void>();
  const handler = async (request: Request) => {
    if (request.method === "POST") resolve();
    return new Response(await request.text().catch(() => "") || "served");
  };
  return { begun, handler };
}

const SLOW_BODY = new TextEncoder().encode("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{");

Deno.test("DenoHttpServer is closed in time, whoever never ends a request", async () => {
  const { begun, handler } = patientHandler();
  const server = new DenoHttpServer({ hostname, port: 0, handler, onError });
  using client = await Deno.connect({ hostname, port: server.addr.port });
  await client.write(SLOW_BODY);
  await begun;
  await server[Symbol.asyncDispose]();
});

Deno.test({
  name: "DenoHttpServer takes another certificate at once, whoever never ends a request",
  ignore: !opensslPresent,
  fn: async () => {
    const { server: first, renewed, authority } = await certificates();
    const { begun, handler } = patientHandler();
    await using server = new DenoHttpServer({ hostname, port: 0, identity: first, handler, onError });
    const { port } = server.addr;
    using slow = await Deno.connectTls({ hostname, port, caCerts: [authority.cert] });
    await slow.write(SLOW_BODY);
    await begun;
    await server.replace(renewed);
    using client = Deno.createHttpClient({ caCerts: [authority.cert] });
    assert.equal(await (await fetch(`https://${hostname}:${port}`, { client })).text(), "served");
  },
});

Deno.test({
  name: "DenoHttpServer goes on after the process ran out of file descriptors",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const program = fileURLToPath(new URL("children/few_files_http.ts", import.meta.url));
    const command = `ulimit -n 48 && exec "$0" run --quiet --no-lock --allow-net "$1"`;
    await using child = new Process("sh", ["-c", command, Deno.execPath(), program]);
    const port = Number(await child.line(/^\d+$/));
    const crowd = await Promise.all(Array.from({ length: 60 }, () => Deno.connect({ hostname, port }).catch(() => {})));
    assert.match(await child.line(/^Cannot/), /^Cannot accept HTTP connections on .*: .*too many open files/i);
    for (const socket of crowd) socket?.close();
    const served = async (): Promise<string> => {
      try {
        return await (await fetch(`http://${hostname}:${port}`)).text();
      } catch {
        return await served(); // Its port isn't open again yet.
      }
    };
    assert.equal(await served(), "served");
  },
});
