/**
 * Both ends of a connection through a transport's own listener.
 *
 * @module
 */

import type * as node from "../../src/transport/node.ts";
import type * as deno from "../../src/transport/deno.ts";
import type { Certificates } from "../support/certificates.ts";
import type { Pair } from "./connection_checks.ts";

const hostname = "127.0.0.1";

/** Opens a connection on this machine: by TLS when there are certificates for it. */
export async function openPair(
  transport: typeof deno | typeof node,
  certificates?: Pick<Certificates, "authority" | "server">,
): Promise<Pair> {
  const listener = certificates === undefined
    ? await transport.listenTcp({ hostname, port: 0 })
    : await transport.listenTls({ hostname, port: 0, cert: certificates.server.cert, key: certificates.server.key });
  await using _ = listener;
  const { port } = listener.addr;
  const accepting = listener[Symbol.asyncIterator]().next();
  const near = certificates === undefined
    ? await transport.connectTcp({ hostname, port })
    : await transport.connectTls({ hostname, port, caCerts: [certificates.authority.cert] });
  const { value: far } = await accepting;
  if (far === undefined) throw new Error("Cannot open a pair: the listener ended");
  return [near, far];
}
