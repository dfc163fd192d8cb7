/**
 * Flags of commands that ask for storage commitment.
 *
 * @module
 */

import type { Config } from "../../config.ts";
import type { CommitterCall } from "../peers/committer.ts";
import type { Flags, Values } from "./command.ts";
import type { PeerCall, peerFlags } from "./peer.ts";

/** How long the command waits for a report by default, in milliseconds. */
export const DEFAULT_COMMIT_TIMEOUT = 10 * 60 * 1000;

/** Where and how long to wait for the report. */
export const commitFlags = {
  commitPort: {
    type: "integer",
    value: "PORT",
    minimum: 1,
    maximum: 65535,
    help: "Port on which to wait for the peer's report (default: the configured DICOM port)",
  },
  commitTimeout: {
    type: "duration",
    value: "TIME",
    help: "Time to wait for the report, such as 1h (default: 10m)",
  },
} as const satisfies Flags;

/** What these flags and those of the peer say. */
export function committerCall(
  peer: PeerCall,
  values: Values<typeof commitFlags & typeof peerFlags>,
  config: Config,
): CommitterCall {
  const { aeTitle, tls, ca, certificate, key, serverName, user, passcodeFile } = values;
  const asConfigured = !tls &&
    [aeTitle, ca, certificate, key, serverName, user, passcodeFile].every((value) => value === undefined);
  return { peer, config, port: values.commitPort, asConfigured };
}
