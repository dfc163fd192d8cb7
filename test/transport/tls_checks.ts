/**
 * What holds for TLS on every runtime. Portable, as `connection_checks.ts`.
 *
 * @module
 */

import assert from "node:assert/strict";
import { DeadlineError } from "../../src/errors.ts";
import type * as deno from "../../src/transport/deno.ts";
import type { Listener } from "../../src/transport/listener.ts";
import type * as node from "../../src/transport/node.ts";
import type { Certificates, Identity } from "../support/certificates.ts";
import { echo, finish, serve } from "./connection_checks.ts";

/** The functions of a runtime's transport. */
export type Transport = typeof deno | typeof node;

const hostname = "127.0.0.1";

/** By what they hold. */
export const tlsChecks: Readonly<Record<string, (transport: Transport, pem: Certificates) => Promise<void>>> = {
  "serves others while handshakes fail, stall and break off": async (transport, { authority, server }) => {
    const errors: Error[] = [];
    let silence = () => {};
    const silent = new Promise<void>((resolve) => silence = resolve);
    const listener = await listen(transport, server, (error) => {
      errors.push(error);
      if (error instanceof DeadlineError) silence();
      throw new Error("an observer that throws");
    });
    const serving = serve(listener);
    const silentPeer = await transport.connectTcp(listener.addr);
    await finish(await transport.connectTcp(listener.addr));
    const answer = await echo(await transport.connectTcp(listener.addr), "GET / HTTP/1.1\r\n\r\n").catch(() => "");
    assert.ok(!answer.includes("GET"));
    const secured = await transport.connectTls({ ...listener.addr, caCerts: [authority.cert] });
    assert.equal(secured.transport, "tls");
    assert.equal(await echo(secured, "served"), "served");
    await silent;
    await listener.close();
    await serving;
    await finish(silentPeer);
    assert.equal(errors.length, 3);
    assert.match(errors[0]?.message ?? "", /^Cannot secure the connection from .*: the peer (closed|reset)/);
    assert.match(errors[1]?.message ?? "", /^Cannot secure the connection from .*: the peer does not speak TLS/);
    assert.ok(errors[2] instanceof DeadlineError);
    assert.equal(errors[2].phase, "tls");
  },

  "does not wait for handshakes in progress when it is closed": async (transport, { server }) => {
    const listener = await listen(transport, server, (error) => assert.fail(error));
    const serving = serve(listener);
    const silent = await transport.connectTcp(listener.addr);
    await listener.close();
    await serving;
    await finish(silent);
  },

  "is believed only with a certificate of a trusted authority, for the host, that is not over": async (
    transport,
    { authority, server, expired, rogue },
  ) => {
    const attempt = async (identity: Identity, options: { serverName?: string; verifyName?: boolean } = {}) => {
      await using listener = await listen(transport, identity, () => {});
      const serving = serve(listener);
      const target = { ...listener.addr, caCerts: [authority.cert], ...options };
      const answer = await echo(await transport.connectTls(target), "trusted");
      await listener.close();
      await serving;
      return answer;
    };
    const refused = (message: RegExp) => ({ name: "TransportError", phase: "tls", message });
    assert.equal(await attempt(server), "trusted");
    assert.equal(await attempt(server, { serverName: "localhost" }), "trusted");
    assert.equal(await attempt(server, { serverName: "pacs.example", verifyName: false }), "trusted");
    await assert.rejects(attempt(server, { serverName: "pacs.example" }), refused(/certificate is for another host/));
    await assert.rejects(attempt(expired), refused(/the certificate has expired/));
    await assert.rejects(attempt(rogue), refused(/the certificate is not from an authority that is trusted/));
  },

  "refuses a certificate that is none, and a key of another certificate": async (transport, { server, client }) => {
    const tlsError = { name: "TransportError", phase: "tls", message: /^Cannot listen on 127\.0\.0\.1:0: / };
    for (const identity of [{ ...server, cert: "none" }, { ...server, key: client.key }]) {
      await assert.rejects(async () => await listen(transport, identity, () => {}), tlsError);
    }
  },
};

function listen(
  transport: Transport,
  { cert, key }: Identity,
  onError: (error: Error) => void,
): Listener | Promise<Listener> {
  return transport.listenTls({ hostname, port: 0, cert, key, handshakeTimeout: 300, onError });
}
