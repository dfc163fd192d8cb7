/**
 * The user of the process, by Node's API, which every host has.
 *
 * @module
 */

import { escapeText } from "../safe_text.ts";

/** The user of the process, as the system knows it. */
export async function currentUser(): Promise<string> {
  try {
    const { userInfo } = await import("node:os");
    const { username, uid } = userInfo();
    return `user ${escapeText(username)} (uid ${uid})`;
  } catch {
    // The user may have no name, and Deno may not permit the question.
  }
  try {
    const { getuid } = await import("node:process");
    return getuid === undefined ? "this process's user" : `uid ${getuid()}`;
  } catch {
    return "this process's user";
  }
}
