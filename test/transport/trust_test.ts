import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import tls from "node:tls";
import * as deno from "../../src/transport/deno.ts";
import * as node from "../../src/transport/node.ts";
import { certificates, opensslPresent } from "../support/certificates.ts";
import { type Chain, strangeCertificates } from "../support/strange_certificates.ts";
import { finish } from "./connection_checks.ts";

const hostname = "127.0.0.1";

/** Deno's own client doesn't begin with such a certificate. */
const NEVER_SHOWN = "with a critical extension that nobody knows";

/** A server that shows a chain and keeps what clients say to it. */
async function serve({ cert, key }: Chain): Promise<{ port: number; heard: () => number; close: () => Promise<void> }> {
  let heard = 0;
  const sockets = new Set<tls.TLSSocket>();
  const server = tls.createServer({ cert, key, requestCert: true, rejectUnauthorized: false }, (socket) => {
    sockets.add(socket);
    socket.on("data", ({ length }: Uint8Array) => heard += length);
    socket.on("error", () => {});
  });
  server.on("tlsClientError", (_, socket) => socket.destroy());
  await once(server.listen(0, hostname), "listening");
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    const closed = once(server, "close");
    server.close();
    await closed;
  };
  return { port: (server.address() as AddressInfo).port, heard: () => heard, close };
}

for (const way of ["by its own TLS", "with a client certificate"]) {
  Deno.test({
    name: `Deno connectTls() ${way} believes no server whose certificate proves nothing`,
    ignore: !opensslPresent,
    async fn(t) {
      const { authority, chains } = await strangeCertificates();
      const { client } = await certificates();
      const shown = way === "by its own TLS" ? {} : { cert: client.cert, key: client.key };
      for (const [what, chain] of Object.entries(chains)) {
        await t.step(what, async () => {
          const { port, heard, close } = await serve(chain);
          const call = async () => {
            const connection = await deno.connectTls({
              ...{ hostname, port, serverName: "localhost", caCerts: [authority], timeout: 2000 },
              ...shown,
            });
            await finish(connection);
          };
          if (what === "good") await call();
          else await assert.rejects(call(), { name: "TransportError", phase: "tls" });
          assert.equal(heard(), 0);
          await close();
        });
      }
    },
  });
}

for (const [runtime, transport] of Object.entries({ Deno: deno, Node: node })) {
  Deno.test({
    name: `${runtime} listenTls() believes no client whose certificate proves nothing`,
    ignore: !opensslPresent,
    async fn(t) {
      const { authority, individual, chains } = await strangeCertificates();
      const { server } = await certificates();
      let refuse: (error: Error) => void = () => {};
      await using listener = await transport.listenTls({
        ...{ hostname, port: 0, cert: server.cert, key: server.key, clientCa: authority + individual },
        onError: (error) => refuse(error),
      });
      const connections = listener[Symbol.asyncIterator]();
      let accepting = connections.next();
      for (const [what, { cert, key }] of Object.entries(chains)) {
        if (what === NEVER_SHOWN) continue;
        await t.step(what, async () => {
          const refused = new Promise<Error>((resolve) => refuse = resolve);
          const socket = tls.connect({
            host: hostname,
            port: listener.addr.port,
            cert,
            key,
            rejectUnauthorized: false,
          });
          socket.on("error", () => {});
          const outcome = await Promise.race([accepting, refused]);
          if (what === "good" || what === "individual") {
            assert.ok(!(outcome instanceof Error) && outcome.value !== undefined, String(outcome));
            assert.equal(outcome.value.tls?.peerSubject, what);
            const closed = once(socket, "close");
            socket.destroy();
            await finish(outcome.value);
            await closed;
            accepting = connections.next();
          } else {
            assert.ok(outcome instanceof Error, "it was let in");
            assert.match(outcome.message, /^Cannot secure the connection from 127\.0\.0\.1:\d+: /);
            socket.destroy();
          }
        });
      }
      await listener.close();
      await accepting;
    },
  });
}
