/**
 * The work of `gantry echo`.
 *
 * @module
 */

import { probe, type ProbeOutcome } from "../../services/verification_probe.ts";
import { connectTo } from "./connect.ts";
import type { PeerCall } from "../command_line/peer.ts";

/** What to send: `repeat` C-ECHOs on one association. */
export interface EchoCall {
  readonly peer: PeerCall;
  readonly repeat: number;
}

/**
 * Sends C-ECHOs and gives what became of each, in order; the first that fails is the last. What takes place once, such as
 * connecting, is timed with the first.
 */
export type Echo = (call: EchoCall) => AsyncIterable<ProbeOutcome>;

/** Sends C-ECHOs on one association. */
export const echo: Echo = async function* ({ peer, repeat }) {
  yield* probe({ ...peer, repeat, connect: (onSecuring) => connectTo(peer, onSecuring) });
};
