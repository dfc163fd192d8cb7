/**
 * The body of `POST /commitments`.
 *
 * @module
 */

/** An instance. */
export interface CommitmentInstance {
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
}

/** Which peer to ask, for which instances, and how long to wait. */
export interface CommitmentRequestBody {
  readonly peer: string;
  readonly instances: readonly CommitmentInstance[];
  /** In milliseconds. */
  readonly timeout: number;
}

/** How long the gateway waits for a report: by default, and at most; in milliseconds. */
const DEFAULT_TIMEOUT = 10 * 60 * 1000;
const LONGEST_TIMEOUT = 24 * 60 * 60 * 1000;

/** The request in a parsed body, or the problem with it. */
export function parseCommitmentRequest(value: unknown, maxReferences: number): CommitmentRequestBody | string {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return "The body is no object; expected one with `peer` and `instances`";
  }
  const { peer, instances, timeout = DEFAULT_TIMEOUT, ...others } = value as Record<string, unknown>;
  if (typeof peer !== "string" || peer === "") return "`peer` is not the name of a configured peer";
  if (!Array.isArray(instances) || instances.length === 0) {
    return "`instances` is no list of instances with at least one";
  }
  if (instances.length > maxReferences) {
    return `\`instances\` has ${instances.length} items, expected at most ${maxReferences}`;
  }
  const bad = instances.findIndex((instance) => !isInstance(instance));
  if (bad >= 0) return `\`instances[${bad}]\` has no \`sopClassUid\` and \`sopInstanceUid\`, or more than these`;
  if (!(Number.isInteger(timeout) && Number(timeout) >= 1 && Number(timeout) <= LONGEST_TIMEOUT)) {
    return `\`timeout\` is no whole number of milliseconds from 1 to ${LONGEST_TIMEOUT}`;
  }
  if (Object.keys(others).length > 0) return "The body has members besides `peer`, `instances` and `timeout`";
  return { peer, instances, timeout: Number(timeout) };
}

function isInstance(value: unknown): value is CommitmentInstance {
  if (typeof value !== "object" || value === null) return false;
  const { sopClassUid, sopInstanceUid, ...others } = value as Record<string, unknown>;
  return isUid(sopClassUid) && isUid(sopInstanceUid) && Object.keys(others).length === 0;
}

function isUid(value: unknown): boolean {
  return typeof value === "string" && /^[\x21-\x7e]{1,250}$/.test(value);
}
