/**
 * Opens the archive's folder, and says what to do if that fails.
 *
 * @module
 */

import { type FileArchive, openFileArchive } from "../archive/file_archive.ts";
import type { ArchiveConfig } from "../config.ts";
import { describeTag } from "../dicom/dictionary.ts";
import { escapeText } from "../safe_text.ts";
import { indexAttributes } from "./index_attributes.ts";
import { currentUser } from "./node_user.ts";
import type { OnNotice } from "./notice.ts";
import type { OpenArchiveOptions } from "./platform.ts";
import { describeSystemError, systemCode } from "./system_error.ts";

const ELSEWHERE = "name another folder (--data, or archive.path)";

/** What an operator should do, by the error code of the system. */
const ADVICE: Readonly<Record<string, string>> = {
  EACCES: `let that user write there, or ${ELSEWHERE}`,
  EPERM: `let that user write there, or ${ELSEWHERE}`,
  EROFS: `mount it to be written to, or ${ELSEWHERE}`,
  ENOSPC: `make room, or ${ELSEWHERE}`,
  EDQUOT: `make room, or ${ELSEWHERE}`,
  EEXIST: `move that file away, or ${ELSEWHERE}`,
  ENOTDIR: `move that file away, or ${ELSEWHERE}`,
};

/** Errors that the system describes in too few words. */
const PROBLEMS: Readonly<Record<string, string>> = {
  EEXIST: "a file stands where a folder is expected",
  ENOTDIR: "a file stands where a folder is expected",
};

/** How often a long rebuild of the index reports its progress, in milliseconds. */
const TOLD_EVERY = 10_000;

/**
 * Opens the archive of a configuration. A notice tells when its index is made anew, and further ones how that goes. Throws an
 * Error that names the file, the user who lacks a permission, and what to do.
 */
export async function openArchive(
  config: ArchiveConfig,
  onNotice: OnNotice,
  options: OpenArchiveOptions = { queue: false },
): Promise<FileArchive> {
  try {
    const archive = await open(config, onNotice, options);
    tellOf(archive, onNotice);
    return archive;
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    throw new Error(await folderProblem(config.path, error as Error, code));
  }
}

function open(config: ArchiveConfig, onNotice: OnNotice, { queue }: OpenArchiveOptions): Promise<FileArchive> {
  const { path, durable, reserve, onExisting } = config;
  let told = performance.now();
  return openFileArchive(path, {
    durable,
    queue,
    reserve,
    onExisting,
    attributes: indexAttributes(config),
    onRebuild: (_reason, message) =>
      onNotice({ level: "warn", event: "rebuilding", message: `${message}: rebuilding it from the files` }),
    onProgress({ objects }) {
      if (performance.now() - told < TOLD_EVERY) return;
      told = performance.now();
      onNotice({ level: "info", event: "rebuilding", message: `Read ${count(objects, "file")} so far` });
    },
  });
}

/** Notices about what opening the archive had to repair. */
function tellOf({ rebuilt, recovered, missingAttributes }: FileArchive, onNotice: OnNotice): void {
  if (missingAttributes.length > 0) {
    const names = missingAttributes.map(describeTag).join(", ");
    const message = `The index lacks ${names}: run gantry index rebuild to add them`;
    onNotice({ level: "warn", event: "attributes", message });
  }
  if (rebuilt !== undefined && rebuilt.objects > 0) {
    const trouble = rebuilt.unreadable + rebuilt.duplicates > 0;
    const hint = trouble ? "; gantry index check lists the files missing from it" : "";
    const message = `The index has ${count(rebuilt.instances, "instance")}${hint}`;
    onNotice({ level: trouble ? "warn" : "info", event: "rebuilt", message, details: { ...rebuilt } });
  }
  if (recovered > 0) {
    const message = `Recovered ${count(recovered, "instance")} from the journal after an unclean shutdown`;
    onNotice({ level: "info", event: "recovered", message });
  }
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** Why a folder cannot be the archive's, and what to do. */
export async function folderProblem(folder: string, error: Error, code: string): Promise<string> {
  const { reason, path = folder } = describeSystemError(error);
  const where = path === folder ? "" : ` (${escapeText(path)})`;
  const what = `use the folder ${escapeText(folder)} for instances as ${await currentUser()}`;
  return `Cannot ${what}: ${PROBLEMS[code] ?? reason}${where}; ${ADVICE[code] ?? ELSEWHERE}`;
}
