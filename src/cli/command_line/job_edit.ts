/**
 * What flags say of an edit of jobs.
 *
 * @module
 */

import { findAttribute, parseTag } from "../../dicom/dictionary.ts";
import { UsageError } from "./command.ts";

/** VRs of numbers that are not written as text (PS3.5 6.2). */
const BINARY_NUMBERS: ReadonlySet<string> = new Set(["FD", "FL", "SL", "SS", "SV", "UL", "US", "UV", "US or SS"]);

/** Flags of an edit. */
export interface EditFlags {
  readonly toLane?: string | undefined;
  readonly priority?: string | undefined;
  readonly route?: string | undefined;
  readonly set: readonly string[];
  readonly remove: readonly string[];
}

/** Names of the flags, for messages. */
export const EDIT_FLAGS = "--to-lane, --priority, --route, --set or --remove";

/** The member `to` of a request; undefined where no flag says anything. */
export function editOf({ toLane: lane, priority, route, set, remove }: EditFlags): object | undefined {
  const to = {
    ...{ lane, priority, route },
    ...(set.length > 0 && { set: Object.fromEntries(set.map(settingOf)) }),
    ...(remove.length > 0 && { remove }),
  };
  const given = Object.entries(to).filter(([, value]) => value !== undefined);
  return given.length === 0 ? undefined : Object.fromEntries(given);
}

/** `PatientID=4711`; what comes behind the first equals sign is the value. */
function settingOf(text: string): [path: string, value: string | number] {
  const at = text.indexOf("=");
  if (at < 1) throw new UsageError(`Cannot understand --set: found no ${at < 0 ? "=" : "path"}, expected PATH=VALUE`);
  const [path, value] = [text.slice(0, at), text.slice(at + 1)];
  return [path, isBinaryNumber(path) && Number.isFinite(Number(value)) && value !== "" ? Number(value) : value];
}

function isBinaryNumber(path: string): boolean {
  const last = path.slice(path.lastIndexOf(".") + 1);
  const tag = parseTag(last);
  const vr = tag === undefined ? undefined : findAttribute(tag)?.vr;
  return vr !== undefined && BINARY_NUMBERS.has(vr);
}
