/**
 * What holds for TLS on every runtime. Portable, as `connection_checks.ts`.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { ConnectionOptions } from "node:tls";
import { DeadlineError, TransportError } from "../../src/errors.ts";
import { readPemCertificates, tlsInfoOf } from "../../src/transport/certificate.ts";
import type * as deno from "../../src/transport/deno.ts";
import {
  defaultTimeout as HANDSHAKE_TIMEOUT,
  type TlsListener,
  type TlsProfile,
  type TlsServerSettings,
} from "../../src/transport/listener.ts";
import type * as node from "../../src/transport/node.ts";
import type { Certificates, Identity } from "../support/certificates.ts";
import { FakeTime } from "../support/fake_time.ts";
import { echo, finish, serve } from "./connection_checks.ts";

/** The functions of a runtime's transport. */
export type Transport = typeof deno | typeof node;

const hostname = "127.0.0.1";

/** By what they hold. */
export const tlsChecks: Readonly<Record<string, (transport: Transport, pem: Certificates) => Promise<void>>> = {
  "serves others while handshakes fail and stall": (transport, pem) => failingHandshakes(transport, pem, {}),

  "serves others while handshakes fail, also when it asks for client certificates": (transport, pem) =>
    failingHandshakes(transport, pem, { clientCa: pem.authority.cert, clientCertificates: "optional" }),

  "tells of handshakes that break off": async (transport, { server, authority }) => {
    for (const settings of [server, { ...server, clientCa: authority.cert }]) {
      const { promise: failure, resolve } = deferred<Error>();
      await using listener = await listen(transport, settings, resolve);
      const peer = await transport.connectTcp(listener.addr);
      const writer = peer.writable.getWriter();
      await writer.write(Uint8Array.of(0x16, 0x03)); // The beginning of a TLS record.
      writer.releaseLock();
      await finish(peer);
      assert.match((await failure).message, /^Cannot secure the connection from .*: the peer (closed|reset)/);
    }
  },

  "does not wait for handshakes in progress when it is closed": async (transport, { server, authority }) => {
    for (const settings of [server, { ...server, clientCa: authority.cert }]) {
      const listener = await listen(transport, settings, (error) => assert.fail(error));
      const serving = serve(listener);
      const silent = await transport.connectTcp(listener.addr);
      await listener.close();
      await serving;
      await finish(silent);
    }
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

  "refuses certificates, keys, authorities and settings that can't be used": async (transport, pem) => {
    const { server, client, authority } = pem;
    const wrong: [settings: Partial<TlsServerSettings>, problem: RegExp][] = [
      [{ cert: "none" }, /the certificate can't be read \(Cannot read the certificates: found none in PEM format\)/],
      [{ cert: server.cert.replace(/MII..../, "MIIAAAAA") }, /the certificate can't be read/],
      [{ key: "none" }, /the private key can't be read/],
      [{ key: server.cert }, /the private key can't be read/],
      [{ key: client.key }, /the private key is not that of the certificate/],
      [{ key: server.key.replaceAll("PRIVATE", "ENCRYPTED PRIVATE") }, /the private key is encrypted/],
      [{ clientCa: "none" }, /the list of authorities can't be read/],
      [{ clientCa: "" }, /the list of authorities can't be read/],
      [{ clientCertificates: "required" }, /no authorities are given to check them \(clientCa\)/],
      [{ clientCertificates: "optional" }, /no authorities are given to check them \(clientCa\)/],
    ];
    for (const [settings, problem] of wrong) {
      await assert.rejects(async () => await listen(transport, { ...server, ...settings }, () => {}), (error) => {
        assert.ok(error instanceof TransportError);
        assert.equal(error.phase, "tls");
        assert.match(error.message, /^Cannot listen on 127\.0\.0\.1:0: /);
        assert.match(error.message, problem);
        return true;
      });
    }
    const half = { hostname, port: 1, cert: client.cert, caCerts: [authority.cert] };
    await using listener = await listen(transport, server, () => {});
    await assert.rejects(transport.connectTls({ ...half, port: listener.addr.port }), TransportError);
  },

  "asks for client certificates, and tells whose they are": async (transport, { authority, server, client }) => {
    const settings = { ...server, clientCa: authority.cert };
    for (const clientCertificates of [undefined, "required", "optional"] as const) {
      await using listener = await listen(
        transport,
        { ...settings, ...(clientCertificates && { clientCertificates }) },
        (error) => assert.fail(error),
      );
      const accepting = listener[Symbol.asyncIterator]().next();
      const trusting = { ...listener.addr, caCerts: [authority.cert] };
      const near = await transport.connectTls({ ...trusting, cert: client.cert, key: client.key });
      const far = (await accepting).value;
      const expected = readPemCertificates(client.cert).map((der) => tlsInfoOf(der))[0];
      assert.deepEqual(far?.tls, await expected);
      assert.deepEqual([far?.tls?.peerSubject, far?.tls?.peerNames], ["CT1", ["ct1.example"]]);
      assert.deepEqual([far?.transport, far?.remote], ["tls", near.local]);
      await Promise.all([finish(near), far && finish(far)]);

      if (clientCertificates !== "optional") continue;
      const anonymousAccepting = listener[Symbol.asyncIterator]().next();
      const anonymous = await transport.connectTls(trusting);
      const anonymousFar = (await anonymousAccepting).value;
      assert.deepEqual(anonymousFar?.tls, {});
      await Promise.all([finish(anonymous), anonymousFar && finish(anonymousFar)]);
    }
  },

  "refuses client certificates that are missing or not valid, and says why": async (transport, pem) => {
    const { authority, server, expiredClient, rogueClient } = pem;
    const cases: [clientCertificates: "required" | "optional", identity: Identity | undefined, why: RegExp][] = [
      ["required", undefined, /: the peer showed no certificate$/],
      ["required", expiredClient, /: the peer's certificate has expired, on 2021-01-01$/],
      ["optional", expiredClient, /: the peer's certificate has expired, on 2021-01-01$/],
      ["required", rogueClient, /: the peer's certificate is not trusted: no authority in clientCa issued it/],
      ["optional", rogueClient, /: the peer's certificate is not trusted: no authority in clientCa issued it/],
      // A server's certificate isn't one for clients.
      ["required", server, /: the peer's certificate is not trusted: .* it isn't for clients/],
      ["optional", server, /: the peer's certificate is not trusted: .* it isn't for clients/],
    ];
    for (const [clientCertificates, identity, why] of cases) {
      let refuse: (error: Error) => void = () => {};
      const refused = new Promise<Error>((resolve) => refuse = resolve);
      await using listener = await listen(
        transport,
        { ...server, clientCa: authority.cert, clientCertificates },
        refuse,
      );
      const serving = (async () => {
        for await (const _ of listener) assert.fail("a connection came through");
      })();
      const shown = identity && { cert: identity.cert, key: identity.key };
      // TLS 1.3 tells a client late that it isn't welcome.
      await assert.rejects(async () => {
        const near = await transport.connectTls({ ...listener.addr, caCerts: [authority.cert], ...shown });
        const answer = await echo(near, "let me in").catch(() => "");
        assert.equal(answer, "");
        throw new Error("refused");
      });
      const error = await refused;
      assert.ok(error instanceof TransportError);
      assert.match(error.message, /^Cannot secure the connection from 127\.0\.0\.1:\d+: /);
      assert.match(error.message, why);
      await listener.close();
      await serving;
    }
  },

  "uses another certificate from now on, and leaves open connections alone": async (transport, pem) => {
    const { authority, server, renewed, client, rogue } = pem;
    for (const mutual of [false, true]) {
      const clientCa = mutual ? { clientCa: authority.cert } : {};
      const shown = mutual ? { cert: client.cert, key: client.key } : {};
      await using listener = await listen(transport, { ...server, ...clientCa }, (error) => assert.fail(error));
      const serving = serve(listener);
      const connect = (trusted: Identity) =>
        transport.connectTls({ ...listener.addr, caCerts: [trusted.cert], ...shown });
      const before = await connect(authority);
      await assert.rejects(listener.replace({ cert: rogue.cert, key: server.key, ...clientCa }), TransportError);
      await assert.rejects(
        listener.replace({ ...renewed, ...(mutual ? { clientCa: "none" } : { clientCa: authority.cert }) }),
        TransportError,
      );
      assert.equal(await echo(await connect(authority), "as before"), "as before");

      await listener.replace({ cert: rogue.cert, key: rogue.key, ...clientCa });
      await assert.rejects(connect(authority), /not from an authority that is trusted|not trusted|unable to verify/);
      await listener.replace({ cert: renewed.cert, key: renewed.key, ...clientCa });
      assert.equal(await echo(await connect(authority), "renewed"), "renewed");
      assert.equal(await echo(before, "still here"), "still here");
      await listener.close();
      await serving;
    }
  },

  "negotiates nothing but what its profile allows": async (transport, { authority, server }) => {
    const tls = await import("node:tls");
    /** The cipher suite of a handshake with a client that offers these; undefined when there was none. */
    const negotiate = async (profile: TlsProfile, options: ConnectionOptions): Promise<string | undefined> => {
      await using listener = await listen(transport, { ...server, profile }, () => {});
      const serving = serve(listener);
      const socket = tls.connect({ ...options, host: hostname, port: listener.addr.port, ca: authority.cert });
      const suite = await new Promise<string | undefined>((resolve) => {
        socket.on("error", () => resolve(undefined));
        socket.on("close", () => resolve(undefined));
        // A suite is allowed when the server lets bytes through.
        socket.on("secureConnect", () => socket.write("bytes"));
        socket.on("data", () => resolve(socket.getCipher().name));
      });
      socket.destroy();
      await listener.close();
      await serving;
      return suite;
    };
    assert.match(await negotiate("bcp195", {}) ?? "", /^TLS_/);
    assert.match(await negotiate("bcp195", { maxVersion: "TLSv1.2" }) ?? "", /^ECDHE-ECDSA-/);
    assert.match(await negotiate("bcp195-extended", {}) ?? "", /^ECDHE-ECDSA-AES\d+-GCM-/);
    assert.equal(await negotiate("bcp195-extended", { minVersion: "TLSv1.3" }), undefined);
  },
};

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((settle) => resolve = settle);
  return { promise, resolve };
}

/** What Deno's own TLS can't tell from a handshake that broke off. */
export async function makesNothingOfProbes(transport: Transport, { authority, server }: Certificates): Promise<void> {
  for (const clients of [{}, { clientCa: authority.cert }]) {
    const errors: Error[] = [];
    const listener = await listen(transport, { ...server, ...clients }, (error) => errors.push(error));
    const serving = serve(listener);
    for (let count = 0; count < 20; count++) await finish(await transport.connectTcp(listener.addr));
    const stranger = await transport.connectTcp(listener.addr); // Those before it have been dealt with when it has.
    await echo(stranger, "GET / HTTP/1.1\r\n\r\n").catch(() => "");
    await listener.close();
    await serving;
    assert.deepEqual(errors.map(({ message }) => /does not speak TLS/.test(message)), [true], String(errors));
  }
}

async function failingHandshakes(
  transport: Transport,
  { authority, server }: Certificates,
  clients: Pick<TlsServerSettings, "clientCa" | "clientCertificates">,
): Promise<void> {
  const errors: Error[] = [];
  const silence = deferred<void>();
  // A loaded machine takes its time for the others' handshakes.
  using time = new FakeTime();
  const listener = await listen(transport, { ...server, ...clients }, (error) => {
    errors.push(error);
    if (error.cause instanceof DeadlineError) silence.resolve();
    throw new Error("an observer that throws");
  });
  const serving = serve(listener);
  const silentPeer = await transport.connectTcp(listener.addr);
  const answer = await echo(await transport.connectTcp(listener.addr), "GET / HTTP/1.1\r\n\r\n").catch(() => "");
  assert.ok(!answer.includes("GET"));
  const secured = await transport.connectTls({ ...listener.addr, caCerts: [authority.cert] });
  assert.equal(secured.transport, "tls");
  assert.equal(await echo(secured, "served"), "served");
  await time.advance(HANDSHAKE_TIMEOUT);
  await silence.promise;
  await listener.close();
  await serving;
  await finish(silentPeer);
  assert.equal(errors.length, 2);
  assert.match(errors[0]?.message ?? "", /^Cannot secure the connection from .*: the peer does not speak TLS/);
  const { hostname: address = "", port } = silentPeer.local ?? {};
  const who = `Cannot secure the connection from ${address}:${port}`;
  assert.equal(errors[1]?.message, `${who}: the handshake didn't end within ${HANDSHAKE_TIMEOUT} ms`);
  assert.ok(errors[1]?.cause instanceof DeadlineError);
  assert.equal(errors[1].cause.phase, "tls");
}

function listen(
  transport: Transport,
  { cert, key, clientCa, clientCertificates, profile }: TlsServerSettings,
  onError: (error: Error) => void,
): Promise<TlsListener> {
  return transport.listenTls({
    ...{ hostname, port: 0, cert, key, onError },
    ...(clientCa !== undefined && { clientCa }),
    ...(clientCertificates !== undefined && { clientCertificates }),
    ...(profile !== undefined && { profile }),
  });
}
