/**
 * A folder for objects that the gateway can retrieve again from elsewhere.
 *
 * @module
 */

import { openFileStore } from "../objects/file_store.ts";
import type { ObjectStore } from "../objects/object_store.ts";
import { escapeText } from "../safe_text.ts";
import { currentUser } from "./node_user.ts";
import { describeSystemError, systemCode } from "./system_error.ts";

/** Opens the folder. Throws an Error that names the file, the user who lacks a permission, and what to do. */
export async function openObjects(folder: string, options: { readonly reserve: number }): Promise<ObjectStore> {
  try {
    return await openFileStore(folder, { ...options, durable: false });
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    const { reason, path = folder } = describeSystemError(error as Error);
    const what = `hold what is retrieved in the folder ${escapeText(folder)} as ${await currentUser()}`;
    const where = path === folder ? "" : ` (${escapeText(path)})`;
    const expected = "expected one that can be written to; dicomweb.retrieved.path names another";
    throw new Error(`Cannot ${what}: ${reason}${where}, ${expected}`);
  }
}
