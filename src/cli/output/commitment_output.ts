/**
 * What became of a request for storage commitment, as commands show it.
 *
 * @module
 */

import { statusCode } from "../../dimse/statuses.ts";
import { escapeJson, escapeText } from "../../safe_text.ts";
import { type CommitmentReport, describeFailureReason } from "../../services/storage_commitment.ts";
import { styled, type Terminal } from "./terminal.ts";
import { formatDuration } from "./units.ts";

/** How a report is shown. */
export interface ReportOptions {
  readonly json: boolean;
  /** Paths by SOP Instance UID. */
  readonly paths: ReadonlyMap<string, string>;
}

/** Names what is not committed; in JSON everything. */
export function printReport(
  { committed, failed }: CommitmentReport,
  { json, paths }: ReportOptions,
  { out, err }: Terminal,
): void {
  for (const { sopClassUid, sopInstanceUid } of json ? committed : []) {
    const path = paths.get(sopInstanceUid);
    out.write(`${escapeJson({ type: "commitment", path, sopClassUid, sopInstanceUid, committed: true })}\n`);
  }
  for (const { sopClassUid, sopInstanceUid, reason } of failed) {
    const path = paths.get(sopInstanceUid);
    const meaning = describeFailureReason(reason);
    const instance = { path, sopClassUid, sopInstanceUid, committed: false, reason, meaning };
    if (json) out.write(`${escapeJson({ type: "commitment", ...instance })}\n`);
    else {
      const name = escapeText(path ?? sopInstanceUid);
      err.write(`${styled(err, "red", "gantry:")} ${name}: Not committed: ${statusCode(reason)} ${meaning}\n`);
    }
  }
}

/** Milliseconds between two drawings. */
const INTERVAL = 1000;

/** A line that says how long something is waited for, on a terminal only, until it is disposed of. */
export function showWaiting({ err }: Terminal, what: string, timeout: number): Disposable {
  if (!err.isTerminal) return { [Symbol.dispose]() {} };
  const begun = performance.now();
  const draw = () => {
    const [waited, limit] = [performance.now() - begun, timeout].map(formatDuration);
    err.write(`\r${`${what}: ${waited} of ${limit}`.slice(0, err.columns() - 1)}\x1b[K`);
  };
  draw();
  const timer = setInterval(draw, INTERVAL);
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      err.write("\r\x1b[K");
    },
  };
}
