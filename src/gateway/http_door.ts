/**
 * The HTTP side of a gateway: the routes of its modules, behind the access rules of the configuration.
 *
 * @module
 */

import type { Config } from "../config.ts";
import { needsToken } from "../config/needs_token.ts";
import { createHttpApp } from "../http/app.ts";
import type { HttpRequestEvent } from "../http/authorize.ts";
import type { HttpSender } from "../http/part.ts";
import { httpAccess } from "./http_access.ts";
import type { GatewayContext } from "./module.ts";

/** Answers HTTP requests. */
export interface HttpDoor {
  /** Answers one request; `sender` describes the connected client. */
  fetch(request: Request, sender: HttpSender): Response | Promise<Response>;
}

/** Opens it once all modules have loaded their HTTP parts. `onRequest` is called with each request that needs a token. */
export async function openHttpDoor(
  { config, version, modules, onError }: GatewayContext,
  onRequest: (event: HttpRequestEvent) => void,
): Promise<HttpDoor> {
  const parts = await Promise.all(modules.map((module) => module.http?.() ?? module));
  const access = httpAccess(config.http, onError);
  return createHttpApp({
    version,
    parts,
    ...(config.http.token !== undefined && { token: config.http.token }),
    ...(access !== undefined && { access }),
    ...(!needsToken(config.http) && { allowedHosts: loopbackNames(config) }),
    onRequest,
    onError,
  });
}

/**
 * Without a token only programs on this machine may send requests, and only to its own names: a web page elsewhere must not
 * (DNS rebinding). The gateway may listen on another loopback address than the usual one.
 */
function loopbackNames({ http: { host } }: Config): readonly string[] {
  return ["localhost", "127.0.0.1", "[::1]", ...(/^127(\.\d+){3}$/.test(host) ? [host] : [])];
}
