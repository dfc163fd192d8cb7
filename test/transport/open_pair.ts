/**
 * Both ends of a connection through a transport's own listener.
 *
 * @module
 */

import type * as node from "../../src/transport/node.ts";
import type * as deno from "../../src/transport/deno.ts";
import { secureAsClient } from "../../src/transport/node_tls.ts";
import type { ConnectTlsOptions, TlsServerSettings } from "../../src/transport/listener.ts";
import type { Certificates } from "../support/certificates.ts";
import type { Pair } from "./connection_checks.ts";

const hostname = "127.0.0.1";

/** How both ends are secured. */
export interface Security {
  readonly server: TlsServerSettings;
  readonly client: Pick<ConnectTlsOptions, "caCerts" | "cert" | "key">;
}

/** TLS with the server's certificate alone. */
export function serverOnly({ authority, server: { cert, key } }: Pick<Certificates, "authority" | "server">): Security {
  return { server: { cert, key }, client: { caCerts: [authority.cert] } };
}

/** TLS with certificates of both. */
export function mutual({ authority, server, client }: Pick<Certificates, "authority" | "server" | "client">): Security {
  return {
    server: { cert: server.cert, key: server.key, clientCa: authority.cert },
    client: { caCerts: [authority.cert], cert: client.cert, key: client.key },
  };
}

/** Opens a connection on this machine: by TLS when it is to be secured. */
export async function openPair(transport: typeof deno | typeof node, security?: Security): Promise<Pair> {
  const listener = security === undefined
    ? await transport.listenTcp({ hostname, port: 0 })
    : await transport.listenTls({ hostname, port: 0, ...security.server });
  await using _ = listener;
  const { port } = listener.addr;
  const accepting = listener[Symbol.asyncIterator]().next();
  const near = security === undefined
    ? await transport.connectTcp({ hostname, port })
    : await transport.connectTls({ hostname, port, ...security.client });
  const { value: far } = await accepting;
  if (far === undefined) throw new Error("Cannot open a pair: the listener ended");
  return [near, far];
}

/** PROXY protocol, version 1: from 203.0.113.7 port 40000. */
const HEADER = new TextEncoder().encode("PROXY TCP4 203.0.113.7 192.0.2.1 40000 104\r\n");

/** As `openPair`, by a load balancer: the near end is the caller's, and the far end's `remote` is 203.0.113.7:40000. */
export async function openBalancedPair(transport: typeof deno | typeof node, security?: Security): Promise<Pair> {
  const options = { hostname, port: 0, isProxy: (address: string) => address === hostname };
  const listener = security === undefined
    ? await transport.listenTcp(options)
    : await transport.listenTls({ ...options, ...security.server });
  await using _ = listener;
  const accepting = listener[Symbol.asyncIterator]().next();
  const plain = await transport.connectTcp(listener.addr);
  const writer = plain.writable.getWriter();
  await writer.write(HEADER);
  writer.releaseLock();
  const near = security === undefined ? plain : await secureAsClient(plain, { ...listener.addr, ...security.client });
  const { value: far } = await accepting;
  if (far?.remote?.hostname !== "203.0.113.7") {
    throw new Error(`Cannot open a pair: it is from ${far?.remote?.hostname}`);
  }
  return [near, far];
}
