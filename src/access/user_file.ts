/**
 * Users in a text, one a line: `USERNAME:HASH`, with the hash of the user's passcode (see `hashPasscode`), or
 * `USERNAME:-` for a user that needs no passcode and proves nothing. Empty lines, and those that begin with `#`, say nothing.
 *
 * @module
 */

import type { UserIdentity } from "../upper_layer/pdu.ts";
import {
  DEFAULT_ITERATIONS,
  parsePasscodeHash,
  type PasscodeHash,
  unattainableHash,
  verifyPasscode,
} from "./passcode.ts";
import type { Identify } from "./user_identity.ts";

/** Users by name; `undefined` for one without a passcode. */
export type Users = ReadonlyMap<string, PasscodeHash | undefined>;

/** Longest line and most users, which bound what a wrong file costs. */
const MAXIMUM_LINE_LENGTH = 1024;
const MAXIMUM_USERS = 100_000;

/** Reads users. Throws TypeError that names the line, and shows nothing of it. */
export function parseUsers(text: string): Users {
  const users = new Map<string, PasscodeHash | undefined>();
  // Some editors begin a file with a byte order mark, which is no part of a name.
  for (const [index, line] of text.replace(/^\ufeff/, "").split(/\r?\n/).entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const wrong = (problem: string) => new TypeError(`Cannot read the users: line ${index + 1}: ${problem}`);
    const colon = line.indexOf(":");
    const name = line.slice(0, colon);
    if (colon < 1 || line.length > MAXIMUM_LINE_LENGTH) throw wrong("expected USERNAME:HASH");
    if (users.has(name)) throw wrong("the user is listed already");
    if (users.size >= MAXIMUM_USERS) throw wrong(`expected at most ${MAXIMUM_USERS} users`);
    const written = line.slice(colon + 1).trim();
    const hash = written === "-" ? undefined : parsePasscodeHash(written);
    if (written !== "-" && hash === undefined) throw wrong("expected a hash as gantry passwd prints it, or -");
    users.set(name, hash);
  }
  return users;
}

/**
 * Identifies users by name and passcode, with the text that `load` returns. It calls `load` for each identity, so that
 * changes hold at once. Other types of identity are not to be believed.
 *
 * Whether there is such a user doesn't show in the time that it takes: an unknown one is checked against a hash of the
 * most iterations in the text. One passcode is checked at a time, so that guessing takes no more than one processor.
 *
 * @example
 * ```ts
 * import { admitByRules, identifyUsers } from "@gantry/dicom";
 *
 * const identify = identifyUsers(() => Deno.readTextFile("users.txt"));
 * const admit = admitByRules([{ users: "any" }], { identify });
 * ```
 */
export function identifyUsers(load: () => string | Promise<string>): Identify {
  let turn: Promise<unknown> = Promise.resolve();
  const usersOf = lastParsed();
  return async (identity) => {
    const name = decode(identity.primaryField);
    if (name === undefined || !(identity.type === "username" || identity.type === "username-and-passcode")) {
      return undefined;
    }
    const users = usersOf(await load());
    const checked = turn.then(() => check(identity, name, users));
    turn = checked.catch(() => {});
    return await checked ? { name } : undefined;
  };
}

/** `parseUsers`, which everybody can ask for as often as he likes, and which takes seconds for the most users. */
function lastParsed(): typeof parseUsers {
  let last: { readonly text: string; readonly users: Users } | undefined;
  return (text) => {
    if (last?.text !== text) last = { text, users: parseUsers(text) };
    return last.users;
  };
}

async function check({ type, secondaryField }: UserIdentity, name: string, users: Users): Promise<boolean> {
  const hash = users.get(name);
  if (type === "username") return users.has(name) && hash === undefined;
  return await verifyPasscode(secondaryField, hash ?? unattainableHash(mostIterations(users)));
}

function mostIterations(users: Users): number {
  let most = 0;
  for (const hash of users.values()) most = Math.max(most, hash?.iterations ?? 0);
  return most || DEFAULT_ITERATIONS;
}

/** The text of a field; undefined when it isn't UTF-8 or empty. */
function decode(field: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(field) || undefined;
  } catch {
    return undefined;
  }
}
