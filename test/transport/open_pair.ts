/**
 * Both ends of a connection through a transport's own listener.
 *
 * @module
 */

import type * as node from "../../src/transport/node.ts";
import type * as deno from "../../src/transport/deno.ts";
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
