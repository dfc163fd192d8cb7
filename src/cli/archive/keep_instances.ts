/**
 * The work of `gantry send ARCHIVE`: files into the archive of the configuration, by its own transaction.
 *
 * @module
 */

import { type Archive, createArchive } from "../../archive/archive.ts";
import type { FileArchive } from "../../archive/file_archive.ts";
import type { Config } from "../../config.ts";
import * as Status from "../../dimse/status.ts";
import { takesSopClass } from "../../services/storage.ts";
import { lendOnce } from "../../streams/lent_bytes.ts";
import { type ArchiveCall, isArchiveCall, isWebCall, type SourceCall } from "../command_line/archive_call.ts";
import { DataSetFiles } from "../files/data_set_files.ts";
import { findInstances, type InstanceFile } from "../files/instance_files.ts";
import type { Terminal } from "../output/terminal.ts";
import { openArchiveOrGateway } from "./local_archive.ts";
import { sendByWeb } from "../peers/send_by_web.ts";
import { send, type SendCall, type SendEvent } from "../peers/send_instances.ts";
import type { SentInstance } from "../peers/store_file.ts";

/** What to send, to a peer or into the archive. */
export type StoreCall = Omit<SendCall, "peer"> & { readonly peer: SourceCall };

/** Files that are kept at the same time: what makes them durable is one flush for all. */
const KEPT_AT_ONCE = 8;

/** Sends to a peer by C-STORE, as to a gateway that has the archive open, or by STOW-RS; else keeps in the archive. */
export async function* sendOrKeep({ peer, ...call }: StoreCall, terminal: Terminal): AsyncGenerator<SendEvent> {
  if (isWebCall(peer)) return yield* sendByWeb({ ...call, peer });
  if (!isArchiveCall(peer)) return yield* send({ ...call, peer });
  const opened = await openArchiveOrGateway(peer, "store", terminal);
  if ("gateway" in opened) return yield* send({ ...call, peer: opened.gateway });
  await using archive = opened.archive;
  yield* keepAll(call.paths, archive, peer);
}

async function* keepAll(
  paths: readonly string[],
  { store, index }: FileArchive,
  { config, callingAeTitle }: ArchiveCall,
): AsyncGenerator<SendEvent> {
  const { instances, bytes, skipped, failed } = findInstances(paths);
  yield { type: "found", instances: instances.length, bytes, skipped, failed };
  const { archive: { onExisting, unreadable }, dicom } = config;
  await using archive = createArchive({
    ...{ store, index, onExisting, unreadable },
    limits: { maxInstanceLength: dicom.maxDataSetLength },
  });
  let read = 0;
  const readers = Array.from({ length: KEPT_AT_ONCE }, () => new DataSetFiles((bytes) => void (read += bytes)));
  for (let at = 0; at < instances.length; at += KEPT_AT_ONCE) {
    const some = instances.slice(at, at + KEPT_AT_ONCE);
    const kept = await Promise.all(some.map((file, reader) => {
      return keep(file, readers[reader]!, { archive, sourceAeTitle: callingAeTitle, dicom });
    }));
    yield { type: "progress", bytes: read };
    for (const instance of kept) yield { type: "instance", instance };
  }
}

interface Keeping {
  readonly archive: Archive;
  /** The AE title that is recorded as the sender. */
  readonly sourceAeTitle: string;
  readonly dicom: Config["dicom"];
}

/** Keeps a file as an instance that was received by C-STORE. Never throws. */
async function keep(
  file: InstanceFile,
  files: DataSetFiles,
  { archive, sourceAeTitle, dicom: { unknownSopClasses } }: Keeping,
): Promise<SentInstance> {
  const { path, sopClassUid, sopInstanceUid, transferSyntax } = file;
  const described = { path, sopClassUid, sopInstanceUid, transferSyntax, bytes: file.bytes };
  try {
    if (!takesSopClass(sopClassUid, unknownSopClasses === "accept" ? "any" : "standard")) {
      return { ...described, status: Status.SopClassNotSupported, problem: `The SOP class ${sopClassUid} is unknown` };
    }
    const bytes = files.open(file);
    const dataSet = bytes instanceof Uint8Array ? lendOnce(bytes) : bytes;
    const { outcome } = await archive.keep({ sopClassUid, sopInstanceUid, transferSyntax, sourceAeTitle, dataSet });
    if (outcome !== "kept-first") return { ...described, status: Status.Success };
    const problem = "The archive has another instance with this SOP Instance UID";
    return { ...described, status: Status.CoercionOfDataElements, problem };
  } catch (error) {
    return { ...described, status: undefined, problem: (error as Error).message };
  }
}
