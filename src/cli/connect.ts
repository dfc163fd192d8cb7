/**
 * How the commands reach a peer.
 *
 * @module
 */

import type { Connect } from "../gateway/connect.ts";
import type { Connection } from "../upper_layer/connection.ts";
import { connectTcp, connectTls } from "../transport/deno.ts";
import type { PeerCall } from "./peer.ts";
import { readPem } from "./pem_files.ts";

/** Connects by TCP, or by TLS where the peer has it; certificates are read from their files. */
export const connect: Connect = async ({ host, port, tls }, { timeout, signal, onSecuring }) => {
  const where = { hostname: host, port, timeout, signal };
  if (tls === undefined) return await connectTcp(where);
  const { ca, certificate, key, serverName, verifyName } = tls;
  return await connectTls({
    ...where,
    caCerts: ca === undefined ? [] : [await readPem(ca)],
    ...(certificate !== undefined && { cert: await readPem(certificate) }),
    ...(key !== undefined && { key: await readPem(key) }),
    ...(serverName !== undefined && { serverName }),
    ...(verifyName !== undefined && { verifyName }),
    onConnect: onSecuring,
  });
};

/** Connects to the peer of a call. */
export function connectTo(peer: PeerCall, onSecuring: () => void = () => {}): Promise<Connection> {
  return connect(peer, { timeout: peer.timeouts.connect, signal: new AbortController().signal, onSecuring });
}
