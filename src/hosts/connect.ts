/**
 * Connects a host to peers.
 *
 * @module
 */

import type { Connect } from "../gateway/connect.ts";
import { readPem } from "./pem_files.ts";
import type { Connector } from "./platform.ts";

/** Connects by TCP, or by TLS if the peer's configuration has it; reads certificates from their files for each connection. */
export function connectBy(connector: Connector): Connect {
  return async ({ host, port, tls }, { timeout, signal, onSecuring }) => {
    const where = { hostname: host, port, timeout, signal };
    if (tls === undefined) return await connector.connectTcp(where);
    const { ca, certificate, key, serverName, verifyName } = tls;
    return await connector.connectTls({
      ...where,
      caCerts: ca === undefined ? [] : [await readPem(connector, ca)],
      ...(certificate !== undefined && { cert: await readPem(connector, certificate) }),
      ...(key !== undefined && { key: await readPem(connector, key) }),
      ...(serverName !== undefined && { serverName }),
      ...(verifyName !== undefined && { verifyName }),
      onConnect: onSecuring,
    });
  };
}
