/**
 * Who the process is, by Node's API, which every host has.
 *
 * @module
 */

import { escapeText } from "../safe_text.ts";

/** Who the process is to the system. */
export async function currentUser(): Promise<string> {
  try {
    const { userInfo } = await import("node:os");
    const { username, uid } = userInfo();
    return `user ${escapeText(username)} (uid ${uid})`;
  } catch {
    // It may have no name, and Deno may not permit to ask.
  }
  try {
    const { getuid } = await import("node:process");
    return getuid === undefined ? "this process's user" : `uid ${getuid()}`;
  } catch {
    return "this process's user";
  }
}
