/**
 * C-ECHO, invoked by `POST /echo`.
 *
 * @module
 */

import type { Config } from "../../config.ts";
import { dimsePeers } from "../../config/peer_kinds.ts";
import type { DimseEvent } from "../../dimse/events.ts";
import { echoPart } from "../../http/echo.ts";
import type { EchoOutcome, EchoTarget } from "../../http/echo_outcome.ts";
import { probe } from "../../services/verification_probe.ts";
import type { Observer } from "../../upper_layer/events.ts";
import { usernameIdentity } from "../../access/user_identity.ts";
import type { Connect } from "../connect.ts";
import type { GatewayContext, GatewayModule } from "../module.ts";

/**
 * Sends C-ECHO when HTTP asks for it.
 *
 * @param hostObservers Only these may see a C-ECHO to a target that is not configured: `/associations` would reveal what
 * `/echo` hides
 */
export function echoModule(context: GatewayContext, hostObservers: readonly Observer<DimseEvent>[]): GatewayModule {
  const { config, connect } = context;
  const part = echoPart({
    peers: dimsePeers(config.peers),
    allowAdHocEcho: config.http.allowAdHocEcho,
    adHocTimeout: config.dicom.timeouts.connect,
    echo: (target, { signal }) =>
      echo(target, signal, connect, config, target.peer === undefined ? hostObservers : context.observers),
  });
  return { ...part, name: "echo" };
}

async function echo(
  { peer: name, calledAeTitle, host, port }: EchoTarget,
  signal: AbortSignal,
  connect: Connect,
  { aeTitle, peers, dicom: { timeouts } }: Config,
  observers: readonly Observer<DimseEvent>[],
): Promise<EchoOutcome> {
  const peer = name === undefined ? undefined : peers[name];
  const target = { host, port, ...(peer?.tls !== undefined && { tls: peer.tls }) };
  const outcomes = probe({
    connect: (onSecuring) => connect(target, { timeout: timeouts.connect, signal, onSecuring }),
    calledAeTitle,
    callingAeTitle: peer?.callingAeTitle ?? aeTitle,
    ...(peer?.user !== undefined && { userIdentity: usernameIdentity(peer.user, peer.passcode) }),
    timeouts,
    observers,
    signal,
  });
  for await (const outcome of outcomes) return outcome;
  throw new Error("Cannot echo: the probe had no outcome");
}
