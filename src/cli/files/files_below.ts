/**
 * What a path on the command line stands for: a file, or a folder with all that is in it.
 *
 * @module
 */

import { errorText } from "../../safe_text.ts";

/** Something that was found; its path is one that a user can write. */
export interface FoundPath {
  readonly path: string;
  /** Whether the user wrote this very path; else it was found in a folder. */
  readonly named: boolean;
  /** Why it can't be read as a file; undefined when it may be. */
  readonly obstacle?: {
    /** `no-file` for a device, a pipe or a socket, which are not to be opened; `unreadable` for all else. */
    readonly kind: "no-file" | "unreadable";
    /** For people, such as `Permission denied`. */
    readonly reason: string;
  };
}

/**
 * The files at and below a path, in the order of their names, and what is unreadable among them: it leaves nothing out and
 * throws nothing. It does not follow a link to a folder below the path, since that could lead in circles.
 */
export function* filesBelow(path: string): Generator<FoundPath> {
  yield* find(path, true);
}

function* find(path: string, named: boolean): Generator<FoundPath> {
  const seen = look(() => Deno.statSync(path));
  if ("reason" in seen) return yield { path, named, obstacle: { kind: "unreadable", reason: seen.reason } };
  if (!seen.value.isDirectory) {
    const kind = kindOf(seen.value);
    return yield kind === undefined ? { path, named } : {
      path,
      named,
      obstacle: { kind: "no-file", reason: `It is ${kind}` },
    };
  }
  const entries = look(() => [...Deno.readDirSync(path)].sort((a, b) => a.name < b.name ? -1 : 1));
  if ("reason" in entries) return yield { path, named, obstacle: { kind: "unreadable", reason: entries.reason } };
  for (const { name, isFile, isSymlink } of entries.value) {
    const below = `${path.replace(/\/+$/, "")}/${name}`;
    if (isFile) yield { path: below, named: false };
    else if (!isSymlink || !leadsToFolder(below)) yield* find(below, false);
  }
}

function look<Value>(at: () => Value): { readonly value: Value } | { readonly reason: string } {
  try {
    return { value: at() };
  } catch (error) {
    return { reason: errorText(error) };
  }
}

function leadsToFolder(link: string): boolean {
  const seen = look(() => Deno.statSync(link));
  return "value" in seen && seen.value.isDirectory;
}

/** What something is that is no file; undefined for a file. */
function kindOf(info: Deno.FileInfo): string | undefined {
  if (info.isFile) return undefined;
  if (info.isFifo) return "a named pipe";
  if (info.isSocket) return "a socket";
  return info.isCharDevice || info.isBlockDevice ? "a device" : "no file";
}
