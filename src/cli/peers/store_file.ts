/**
 * One file by C-STORE.
 *
 * @module
 */

import { clearImmediate, setImmediate } from "node:timers";
import { convertTransferSyntax, isConvertible } from "../../dicom/conversion/convert_transfer_syntax.ts";
import { AssociationAbortedError, DeadlineError } from "../../errors.ts";
import { lendOnce, type LentBytes } from "../../streams/lent_bytes.ts";
import type { ScuAssociation } from "../../services/scu.ts";
import type { InstanceToSend } from "../../services/storage.ts";
import { chooseTransferSyntax } from "../../services/storage_plan.ts";
import type { Transcoding } from "../../services/transcoding.ts";
import type { DataSetFiles } from "../files/data_set_files.ts";
import type { InstanceFile } from "../files/instance_files.ts";

/** What became of one instance. */
export interface SentInstance {
  readonly path: string;
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  /** That of the file. */
  readonly transferSyntax: string;
  /** The one that it was converted into, because the peer took no other. */
  readonly convertedTo?: string;
  /** Length of its data set in the file. */
  readonly bytes: number;
  /** Status (0000,0900) of the C-STORE-RSP; undefined when there was none. */
  readonly status: number | undefined;
  /** Why there was no status, or the Error Comment (0000,0902). */
  readonly problem?: string;
}

/** How to store a file. */
export interface StoreFileOptions {
  /** Its reader. */
  readonly files: DataSetFiles;
  /** The one that is sent after it, to be read ahead. */
  readonly following: InstanceFile | undefined;
  /** Whether it may be converted where the peer doesn't take it as it is. */
  readonly convert: boolean;
  /** What brings it into transfer syntaxes where it can't just be converted. */
  readonly transcoding: Transcoding | undefined;
}

/** What became of a file. */
export interface StoredFile {
  readonly instance: SentInstance;
  /** Whether the peer has answered. */
  readonly answered: boolean;
  /** Whether the peer ended the association, or let it pass a deadline, before it answered. */
  readonly lost: boolean;
}

/** Sends a file and waits for its response. Never throws. */
export async function storeFile(
  association: ScuAssociation,
  file: InstanceFile,
  { files, following, convert, transcoding }: StoreFileOptions,
): Promise<StoredFile> {
  const { path, sopClassUid, sopInstanceUid, transferSyntax, bytes } = file;
  const chosen = chooseTransferSyntax(file, association.agreement.contexts, { convert, transcoding });
  const convertedTo = chosen === undefined || chosen === transferSyntax ? undefined : chosen;
  const described = {
    ...{ path, sopClassUid, sopInstanceUid, transferSyntax, bytes },
    ...(convertedTo !== undefined && { convertedTo }),
  };
  let ahead: ReturnType<typeof setImmediate> | undefined;
  try {
    // Throws where there is no such context: before the file is opened.
    association.provider.context(sopClassUid, chosen ?? transferSyntax);
    const stored = association.store(toSend(file, files, convertedTo, transcoding));
    // By then a small instance has gone out, and the peer is busy with it.
    if (following !== undefined) ahead = setImmediate(() => files.begin(following));
    const { status, errorComment } = await stored;
    const instance = { ...described, status, ...(errorComment !== undefined && { problem: errorComment }) };
    return { instance, answered: true, lost: false };
  } catch (error) {
    const end = endByPeer(association, error);
    const { message } = end ?? error as Error;
    return {
      instance: { ...described, status: undefined, problem: message },
      answered: false,
      lost: end !== undefined,
    };
  } finally {
    clearImmediate(ahead);
  }
}

function toSend(
  file: InstanceFile,
  files: DataSetFiles,
  convertedTo: string | undefined,
  transcoding: Transcoding | undefined,
): InstanceToSend {
  const dataSet = files.open(file);
  if (convertedTo === undefined) return { ...file, dataSet, dataSetLength: file.bytes };
  const lent = dataSet instanceof Uint8Array ? lendOnce(dataSet) : dataSet;
  const options = { from: file.transferSyntax, to: convertedTo };
  const converted = transcoding === undefined || (isConvertible(options.from) && isConvertible(options.to))
    ? convertTransferSyntax(lent, options)
    : transcoding.transcode(streamOfLent(lent), options);
  return { ...file, transferSyntax: convertedTo, dataSet: converted };
}

/** Lent bytes as a stream, whose chunks are copies. */
function streamOfLent(lent: LentBytes): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const piece = await lent.read();
      if (piece === undefined) controller.close();
      else controller.enqueue(piece.slice());
    },
    cancel: async (reason) => await lent.cancel?.(reason),
  }, { highWaterMark: 0 });
}

/** The association's end where the peer is to blame for it, whatever a source that was stopped by it has said. */
function endByPeer({ provider }: ScuAssociation, error: unknown): Error | undefined {
  const { signal } = provider.association;
  const end: unknown = signal.aborted ? signal.reason : error;
  if (!(end instanceof AssociationAbortedError)) return undefined;
  return end.by === "peer" || end.cause instanceof DeadlineError ? end : undefined;
}
