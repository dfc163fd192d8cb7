/**
 * C-ECHOs to targets that are not configured: they help an operator who sets up a peer, and tell nothing to a client that
 * probes a network.
 *
 * One runs at a time. If the target does not answer as a DICOM peer (no program listens, none answers, or the program speaks
 * another protocol), the outcome always has the same words and comes after the same time.
 *
 * @module
 */

import type { Echo, EchoOutcome, EchoTarget } from "./echo_outcome.ts";

/** As an `Echo`, for ad-hoc targets; `busy` while another one runs. */
export type AdHocEcho = (
  target: EchoTarget,
  options: { readonly signal: AbortSignal },
) => Promise<EchoOutcome | "busy">;

/** Makes an `AdHocEcho`; a target has `timeout` milliseconds for its whole answer. */
export function adHocEcho(echo: Echo, timeout: number): AdHocEcho {
  let busy = false;
  return async (target, { signal }) => {
    if (busy) return "busy";
    busy = true;
    const deadline = new AbortController();
    const over = new Promise((resolve) => deadline.signal.addEventListener("abort", resolve));
    const end = () => deadline.abort(new DOMException(`The target had ${timeout} ms`, "TimeoutError"));
    const timer = setTimeout(end, timeout);
    signal.addEventListener("abort", end);
    if (signal.aborted) end();
    try {
      const outcome = await echo(target, { signal: deadline.signal });
      if (isOfPeer(outcome)) return outcome;
      await over;
      return noPeer(timeout);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      busy = false;
    }
  };
}

/** Reasons for a failed association that only a PDU can give: A-ASSOCIATE-RJ, A-ASSOCIATE-AC, A-ABORT (PS3.8 9.3). */
const SAID_BY_PEER: ReadonlySet<string> = new Set([
  "no-reason-given",
  "application-context-name-not-supported",
  "calling-ae-title-not-recognized",
  "called-ae-title-not-recognized",
  "protocol-version-not-supported",
  "temporary-congestion",
  "local-limit-exceeded",
  "verification-not-accepted",
  "aborted-by-peer",
]);

/** Whether a DICOM peer answered, even by a rejection. */
function isOfPeer(outcome: EchoOutcome): boolean {
  if (outcome.outcome === "answered" || outcome.negotiated !== undefined) return true;
  return outcome.phase === "associate" && SAID_BY_PEER.has(outcome.reason);
}

function noPeer(timeout: number): EchoOutcome {
  const detail = `Cannot echo: nothing answered as a DICOM peer within ${timeout} ms`;
  return { outcome: "failed", phase: "connect", reason: "no-dicom-peer", detail, timedOut: false, timings: {} };
}
