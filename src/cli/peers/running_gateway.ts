/**
 * Asking for storage commitment by the gateway that listens on the configured port: the peer calls that port to report.
 *
 * @module
 */

import type { Config } from "../../config.ts";
import type { CommitmentReport } from "../../services/storage_commitment.ts";
import { urlOf } from "../command_line/gateway_url.ts";
import { endpointText } from "../../transport/endpoint.ts";
import type { CommitCall, Committer, CommitterCall } from "./committer.ts";

const OTHER_PORT = "use --commit-port PORT if the peer calls this AE title at another port";

/** Asks over HTTP. Throws at once where that can't be; `taken` says why no other process can listen. */
export function askRunningGateway({ config, peer, asConfigured }: CommitterCall, taken: Error): Committer {
  if (!asConfigured || !Object.hasOwn(config.peers, peer.written) || config.http.tls !== undefined) {
    const why = config.http.tls !== undefined
      ? "this command can't ask a gateway over HTTPS"
      : "a gateway calls only peers that its configuration names";
    throw new Error(`${taken.message}; ${why}: ${OTHER_PORT}`);
  }
  const url = new URL("/commitments", urlOf(config));
  return {
    where: `${endpointText({ hostname: config.dicom.host, port: config.dicom.port })}, by the gateway there`,
    commit: (call) => ask(url, config, peer.written, call, taken),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function ask(
  url: URL,
  { http }: Config,
  peer: string,
  { instances, timeout, signal }: CommitCall,
  taken: Error,
): Promise<CommitmentReport> {
  const token = http.token ?? adminToken(http);
  let response: Response;
  try {
    response = await fetch(url, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        ...(token !== undefined && { Authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify({ peer, instances, timeout: Math.max(1, Math.round(timeout)) }),
      signal,
      redirect: "manual",
    });
  } catch (error) {
    signal.throwIfAborted();
    throw new Error(`${taken.message}, and no gateway answers at ${url.href}: ${OTHER_PORT}`, { cause: error });
  }
  const said = await response.json().catch(() => undefined);
  if (response.status === 200) return said;
  const detail = typeof said?.detail === "string" ? said.detail : `HTTP status ${response.status}`;
  throw new Error(
    detail.startsWith("Cannot ") ? detail : `Cannot get commitment by the gateway at ${url.href}: ${detail}`,
  );
}

/** A token that may ask for storage commitment, where the configuration has one in it. */
function adminToken({ tokens }: Config["http"]): string | undefined {
  return Object.values(tokens).find(({ token, scopes }) => token !== undefined && scopes.includes("admin"))?.token;
}
