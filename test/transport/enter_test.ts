import assert from "node:assert/strict";
import { LimitError } from "../../src/errors.ts";
import { createScp } from "../../src/services/scp.ts";
import { verification } from "../../src/services/verification.ts";
import * as deno from "../../src/transport/deno.ts";
import * as node from "../../src/transport/node.ts";
import type { Connection } from "../../src/upper_layer/connection.ts";
import { certificates, opensslPresent } from "../support/certificates.ts";
import { finish } from "./connection_checks.ts";
import { nativeDeno } from "./native_deno.ts";
import { mutual, type Security, serverOnly } from "./open_pair.ts";

const hostname = "127.0.0.1";

/** Counts as an SCP does, and tells of each that enters. */
function counter(maxUnassociatedPerAddress: number) {
  const scp = createScp({ services: [verification()], maxUnassociatedPerAddress });
  let inside = 0;
  let entered = () => {};
  let left = () => {};
  const enter = (address: string | undefined) => {
    const leave = scp.enter(address);
    inside++;
    entered();
    return () => {
      inside--;
      leave();
      left();
    };
  };
  const next = () => new Promise<void>((resolve) => entered = resolve);
  const nextLeft = () => new Promise<void>((resolve) => left = resolve);
  return { enter, next, nextLeft, inside: () => inside };
}

const securities: Readonly<Record<string, () => Promise<Security>>> = {
  "": async () => serverOnly(await certificates()),
  " with client certificates": async () => mutual(await certificates()),
};

for (const [runtime, transport] of Object.entries({ Deno: deno, "Deno's own": nativeDeno, Node: node })) {
  for (const [what, security] of Object.entries(securities)) {
    Deno.test({
      name: `${runtime} listenTls()${what} counts who owes a handshake, and closes who is one too many`,
      ignore: !opensslPresent,
      fn: async () => {
        const { server, client } = await security();
        const { enter, next, nextLeft, inside } = counter(1);
        const errors: Error[] = [];
        const refusals: Error[] = [];
        const refused = (error: Error) => void refusals.push(error);
        let failed = () => {};
        const failure = () => new Promise<void>((resolve) => failed = resolve);
        const onError = (error: Error) => {
          errors.push(error);
          failed();
        };
        await using listener = await transport.listenTls({
          hostname,
          port: 0,
          gatekeeper: { enter, refused },
          onError,
          ...server,
        });
        const connect = () => transport.connectTls({ ...listener.addr, ...client });
        const accepting = listener[Symbol.asyncIterator]();
        const first = next();
        const silent = await transport.connectTcp(listener.addr);
        await first;
        const refusal = failure();
        const second = await transport.connectTcp(listener.addr);
        await refusal;
        await finish(second);
        assert.ok(errors[0] instanceof LimitError, String(errors[0]));
        const told = "Cannot take the connection from 127.0.0.1: too many connections have no association, " +
          "expected at most 1 (maxUnassociatedPerAddress)";
        assert.deepEqual(errors.map(({ message }) => message), [told]);

        const gaveUp = nextLeft();
        const writer = silent.writable.getWriter();
        await writer.write(Uint8Array.of(0x16)); // Of who says nothing at all, nobody is told.
        writer.releaseLock();
        await finish(silent);
        await gaveUp;
        assert.equal(inside(), 0);
        const [near, { value: far }] = await Promise.all([connect(), accepting.next()]);
        assert.equal(inside(), 0);
        assert.ok(far !== undefined);
        await Promise.all([finish(near), finish(far)]);
        assert.equal(errors.length, 2, String(errors)); // Each of the two was told of once.
        assert.deepEqual(refusals, errors);
      },
    });
  }
}

for (const [runtime, transport] of Object.entries({ Deno: deno, Node: node })) {
  Deno.test(`${runtime} listenTcp() counts who owes a load balancer's header, without an address`, async () => {
    const entered: (string | undefined)[] = [];
    const { enter, next, inside } = counter(1);
    const options = { hostname, port: 0, isProxy: () => true };
    await using listener = await transport.listenTcp({
      ...options,
      gatekeeper: {
        enter(address) {
          entered.push(address);
          return enter(address);
        },
      },
    });
    const silent: Connection[] = [];
    for (let count = 1; count <= 3; count++) {
      const one = next();
      silent.push(await transport.connectTcp(listener.addr));
      await one;
      assert.equal(inside(), count);
    }
    assert.deepEqual(entered, [undefined, undefined, undefined]);
    await listener.close();
    await Promise.all(silent.map(finish));
  });
}
