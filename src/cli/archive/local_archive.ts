/**
 * The archive of the configuration, opened by a command; or the gateway that has it open.
 *
 * @module
 */

import { type FileArchive, FolderInUseError } from "../../archive/file_archive.ts";
import type { ArchiveConfig } from "../../config.ts";
import { openArchive } from "../../hosts/file_archive.ts";
import type { HostNotice } from "../../hosts/notice.ts";
import { escapeText } from "../../safe_text.ts";
import type { ArchiveCall } from "../command_line/archive_call.ts";
import type { PeerCall } from "../command_line/peer.ts";
import { styled, type Terminal } from "../output/terminal.ts";

/**
 * Opens the folder of an archive, and tells of what had to be mended. Throws if it does not exist, and `FolderInUseError`
 * where another process has it open.
 */
export async function openExistingArchive(config: ArchiveConfig, terminal: Terminal): Promise<FileArchive> {
  try {
    Deno.statSync(config.path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error(`Cannot find the archive's folder ${escapeText(config.path)}`);
  }
  return await openArchive(config, (notice) => tell(notice, terminal));
}

/** Opens the archive of a call; answers the call of the gateway in its place that has it open. */
export async function openArchiveOrGateway(
  call: ArchiveCall,
  purpose: "ask" | "store",
  terminal: Terminal,
): Promise<{ readonly archive: FileArchive } | { readonly gateway: PeerCall }> {
  const { archive } = call.config;
  try {
    return {
      archive: purpose === "ask"
        ? await openExistingArchive(archive, terminal)
        : await openArchive(archive, (notice) => tell(notice, terminal)),
    };
  } catch (error) {
    if (!(error instanceof FolderInUseError)) throw error;
    const gateway = call.gateway(purpose);
    const { calledAeTitle, host, port } = gateway;
    const where = `${calledAeTitle}@${host.includes(":") ? `[${host}]` : host}:${port}`;
    const message = `Another process has ${archive.path} open: asking the gateway ${where}`;
    terminal.err.write(`${styled(terminal.err, "yellow", "gantry:")} ${escapeText(message)}\n`);
    return { gateway };
  }
}

function tell({ message }: HostNotice, { err }: Terminal): void {
  err.write(`${styled(err, "yellow", "gantry:")} ${escapeText(message)}\n`);
}
