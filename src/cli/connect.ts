/**
 * How the commands reach a peer, and where they listen.
 *
 * @module
 */

import type { Config } from "../config.ts";
import { TransportError } from "../errors.ts";
import type { Connect } from "../gateway.ts";
import type { Connection } from "../upper_layer/connection.ts";
import { connectTcp, connectTls, type Listener, listenTcp, listenTls } from "../transport/deno.ts";
import { errorText } from "./escape.ts";
import type { PeerCall } from "./peer.ts";

/** Connects by TCP, or by TLS where the peer has it; its own authorities are read from their file. */
export const connect: Connect = async ({ host, port, tls }, { timeout, signal, onSecuring }) => {
  const where = { hostname: host, port, timeout, signal };
  if (tls === undefined) return await connectTcp(where);
  const caCerts = tls.ca === undefined ? [] : [await readPem(tls.ca)];
  return await connectTls({ ...where, caCerts, onConnect: onSecuring });
};

/** Listens for DICOM as configured. */
export async function listenForDicom({ dicom, tls }: Config, onError: (error: Error) => void): Promise<Listener> {
  const where = { hostname: dicom.host, port: dicom.port, onError };
  if (tls === undefined) return listenTcp(where);
  const [cert, key] = await Promise.all([readPem(tls.certificate), readPem(tls.key)]);
  return listenTls({ ...where, cert, key });
}

/** Connects to the peer of a call. */
export function connectTo(peer: PeerCall, onSecuring: () => void = () => {}): Promise<Connection> {
  return connect(peer, { timeout: peer.timeouts.connect, signal: new AbortController().signal, onSecuring });
}

async function readPem(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    throw new TransportError(`Cannot read ${path}: ${errorText(error)}`, { phase: "tls" });
  }
}
