/**
 * Where the gateway listens: for DICOM and for HTTP, each by TLS where that is configured.
 *
 * @module
 */

import type { Config } from "../config.ts";
import type { Gateway } from "../gateway/gateway.ts";
import { listenTcp, listenTls } from "../transport/deno.ts";
import { endpointText } from "../transport/endpoint.ts";
import type { Listener, TlsIdentity } from "../transport/listener.ts";
import { inNetworks } from "../ip_address.ts";
import type { Endpoint } from "../upper_layer/connection.ts";
import { HttpServer } from "./http_server.ts";
import type { Log } from "./log.ts";
import { follow, readIdentity } from "./pem_files.ts";

/**
 * Listens for DICOM as configured, for a gateway that counts whom it does not get; follows the files of certificates until
 * `owner` is disposed of. Throws TransportError.
 */
export async function listenForDicom(
  { dicom, tls }: Config,
  gatekeeper: Pick<Gateway, "enter" | "refused">,
  log: Log,
  owner: AsyncDisposableStack,
): Promise<Listener> {
  const onError = (error: Error) => log.write("warn", "connection-failed", error.message);
  const { host: hostname, port, proxies, timeouts } = dicom;
  const where = {
    hostname,
    port,
    handshakeTimeout: timeouts.connect,
    proxyTimeout: timeouts.connect,
    gatekeeper,
    ...(proxies.length > 0 && { isProxy: inNetworks(proxies) }),
    onError,
  };
  if (tls === undefined) return owner.use(await listenTcp(where));
  const identity = await readIdentity(tls);
  const { clientCertificates, profile, native } = tls;
  const settings = { ...identity, profile, native, ...(clientCertificates !== undefined && { clientCertificates }) };
  const listener = owner.use(await listenTls({ ...where, ...settings }));
  owner.use(follow(tls, { name: "DICOM", identity, replace: listener.replace }, log));
  return listener;
}

/** Serves HTTP as configured, as `listenForDicom` listens; answers where. */
export async function serveHttp(
  { http: { host, port, tls } }: Config,
  handler: Deno.ServeHandler,
  log: Log,
  owner: AsyncDisposableStack,
): Promise<Endpoint> {
  const where = { hostname: host, port };
  if (tls === undefined) return owner.use(new HttpServer(where, undefined, handler, log)).addr;

  const { checkIdentity } = await import("../transport/node_tls_settings.ts");
  const check = (identity: TlsIdentity) => checkIdentity(identity, `listen on ${endpointText(where)}`);
  const identity = await readIdentity(tls);
  check(identity);
  const server = owner.use(new HttpServer(where, identity, handler, log));
  const replace = async (identity: TlsIdentity) => {
    check(identity);
    await server.replace(identity);
  };
  owner.use(follow(tls, { name: "HTTP", identity, replace }, log));
  return server.addr;
}
