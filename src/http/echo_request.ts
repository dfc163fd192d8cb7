/**
 * The body of `POST /echo`, checked member by member.
 *
 * @module
 */

/** A C-ECHO to a configured peer, or to an ad-hoc target. */
export type EchoRequest =
  | { readonly peer: string }
  | { readonly calledAeTitle: string; readonly host: string; readonly port: number };

/** A problem with one member of a body. */
export interface MemberError {
  /** JSON Pointer (RFC 6901) into the body; empty for the whole of it. */
  readonly pointer: string;
  /** The value found there, shortened. */
  readonly found: string;
  /** What the member may be. */
  readonly expected: string;
}

/** 1 to 16 characters of the default repertoire without backslash, no spaces around (PS3.5 6.2, VR AE). */
export const AE_TITLE_PATTERN = "^[!-\\[\\]-~]([ -\\[\\]-~]{0,14}[!-\\[\\]-~])?$";

/** A host name or an IP address; an IPv6 address without brackets. */
export const HOST_PATTERN = "^[0-9A-Za-z:]([0-9A-Za-z._:-]{0,252})$";

interface Rule {
  readonly expected: string;
  isValid(value: unknown): boolean;
}

const AE_TITLE = new RegExp(AE_TITLE_PATTERN);
const HOST = new RegExp(HOST_PATTERN);

const PEER_RULES: Readonly<Record<string, Rule>> = {
  peer: {
    expected: "the name of a configured peer",
    isValid: (value) => typeof value === "string" && value !== "",
  },
};

const AD_HOC_RULES: Readonly<Record<string, Rule>> = {
  calledAeTitle: {
    expected: "an AE title: 1 to 16 printable ASCII characters without backslash, no spaces around",
    isValid: (value) => typeof value === "string" && AE_TITLE.test(value),
  },
  host: {
    expected: "a host name or IP address, an IPv6 address without brackets",
    isValid: (value) => typeof value === "string" && HOST.test(value),
  },
  port: {
    expected: "a whole number from 1 to 65535",
    isValid: (value) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 65535,
  },
};

/** The request in a parsed body, or all problems with it. */
export function parseEchoRequest(value: unknown): EchoRequest | { readonly errors: readonly MemberError[] } {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    const expected = "an object with `peer`, or with `calledAeTitle`, `host` and `port`";
    return { errors: [{ pointer: "", found: describe(value), expected }] };
  }
  const members = new Map<string, unknown>(Object.entries(value));
  const rules = members.has("peer") ? PEER_RULES : AD_HOC_RULES;
  const errors: MemberError[] = [];
  for (const [name, { expected, isValid }] of Object.entries(rules)) {
    const member = members.get(name);
    if (!isValid(member)) errors.push({ pointer: `/${name}`, found: describe(member), expected });
  }
  for (const name of members.keys()) {
    if (Object.hasOwn(rules, name)) continue;
    const expected = `no other member than ${Object.keys(rules).join(", ")}`;
    errors.push({ pointer: pointerTo(name), found: describe(members.get(name)), expected });
  }
  return errors.length > 0 ? { errors: errors.slice(0, MAXIMUM_ERRORS) } : value as EchoRequest;
}

/** Most errors in an answer. */
const MAXIMUM_ERRORS = 20;

/** Longest text of the client's own that an error repeats, in characters. */
const REPEATED_LENGTH = 40;

function pointerTo(name: string): string {
  return `/${name.slice(0, REPEATED_LENGTH).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

function describe(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object") return "an object";
  if (typeof value !== "string") return String(value);
  if (value.length <= REPEATED_LENGTH) return JSON.stringify(value);
  return `${JSON.stringify(value.slice(0, REPEATED_LENGTH))}…, ${value.length} characters`;
}
