/**
 * The ports of the gateway: for DICOM and for HTTP, each by TLS where that is configured.
 *
 * @module
 */

import type { Config } from "../config.ts";
import type { Gateway } from "../gateway/gateway.ts";
import { inNetworks } from "../ip_address.ts";
import { endpointText } from "../transport/endpoint.ts";
import type { Gatekeeper, Listener, TlsIdentity } from "../transport/listener.ts";
import type { Endpoint } from "../upper_layer/connection.ts";
import { follow } from "./followed_identity.ts";
import type { OnNotice } from "./notice.ts";
import { readIdentity } from "./pem_files.ts";
import type { Platform } from "./platform.ts";
import type { Resources } from "./resources.ts";

/** The platform that opens ports, the receiver of notices, and the owner that closes the ports. */
export interface ListenerContext {
  readonly platform: Platform;
  readonly onNotice: OnNotice;
  readonly owner: Resources;
}

/**
 * Listens for DICOM as configured. The gatekeeper counts the connections that it does not get. Follows the files of
 * certificates until the owner is disposed of. Throws TransportError.
 */
export async function listenForDicom(
  { dicom, tls }: Pick<Config, "dicom" | "tls">,
  gatekeeper: Gatekeeper,
  { platform, onNotice, owner }: ListenerContext,
): Promise<Listener> {
  const { host: hostname, port, proxies, timeouts } = dicom;
  const where = {
    hostname,
    port,
    handshakeTimeout: timeouts.connect,
    proxyTimeout: timeouts.connect,
    gatekeeper,
    ...(proxies.length > 0 && { isProxy: inNetworks(proxies) }),
    onError: ({ message }: Error) => onNotice({ level: "warn", event: "connection-failed", message }),
  };
  if (tls === undefined) return owner.use(await platform.listenTcp(where));
  const identity = await readIdentity(platform, tls);
  const { clientCertificates, profile, native } = tls;
  const settings = { ...identity, profile, native, ...(clientCertificates !== undefined && { clientCertificates }) };
  const listener = owner.use(await platform.listenTls({ ...where, ...settings }));
  owner.use(follow({ name: "DICOM", identity, paths: tls, replace: listener.replace }, platform, onNotice));
  return listener;
}

/** Answers HTTP; aborting `enough` ends the wait for requests when the port closes. */
export interface HttpService extends Pick<Gateway, "fetch"> {
  readonly enough: AbortSignal;
}

/** Serves HTTP as configured, in the way that `listenForDicom` listens. Resolves with the address. */
export async function serveHttp(
  { http: { host, port, tls } }: Config,
  { fetch, enough }: HttpService,
  { platform, onNotice, owner }: ListenerContext,
): Promise<Endpoint> {
  const where = {
    hostname: host,
    port,
    handler: fetch,
    enough,
    onError: ({ message }: Error) => onNotice({ level: "error", event: "failed", message }),
  };
  if (tls === undefined) return owner.use(await platform.serveHttp(where)).addr;

  const check = (identity: TlsIdentity) => platform.checkIdentity(identity, `listen on ${endpointText(where)}`);
  const identity = await readIdentity(platform, tls);
  await check(identity);
  const server = owner.use(await platform.serveHttp({ ...where, identity }));
  const replace = async (identity: TlsIdentity) => {
    await check(identity);
    await server.replace(identity);
  };
  owner.use(follow({ name: "HTTP", identity, paths: tls, replace }, platform, onNotice));
  return server.addr;
}
