/**
 * Storage service class: C-STORE, both roles (PS3.4 Annex B).
 *
 * @module
 */

import { isPrintableAscii } from "../dicom/ascii.ts";
import { fileMetaInformation } from "../dicom/part10.ts";
import { isRegisteredUid, isStorageSopClass } from "../dicom/sop_classes.ts";
import { isValidUid } from "../dicom/uids.ts";
import type { CStoreRq, Priority } from "../dimse/commands.ts";
import type { IncomingDataSet } from "../dimse/message_reader.ts";
import { bytesOf, type OutgoingBytes, type OutgoingDataSet, wrongLength } from "../dimse/message_writer.ts";
import type { DimseProvider } from "../dimse/provider.ts";
import type { PerformRequest, PerformResponse, Service } from "../dimse/service.ts";
import * as Status from "../dimse/status.ts";
import { DataSetError, DimseStatusError, InstanceNotKeptError, LimitError, type NotKeptReason } from "../errors.ts";
import { type ByteBody, lend, prepend } from "../streams/lent_bytes.ts";
import type { AssociationInfo } from "../upper_layer/events.ts";
import { anyTransferSyntax } from "../upper_layer/negotiation.ts";

/** An instance that a peer sends. Its bytes are read once: from `dataSet`, or from `file()`. */
export interface ReceivedInstance {
  /** Affected SOP Class UID (0000,0002), which is the abstract syntax of its presentation context. */
  readonly sopClassUid: string;
  /**
   * Affected SOP Instance UID (0000,1000). It may break PS3.5 9.1, by letters or by its length, but is fit to be the name of
   * a file: at most 250 printable ASCII characters, none of which a file system gives a meaning to.
   */
  readonly sopInstanceUid: string;
  /** Transfer syntax UID of the data set. */
  readonly transferSyntax: string;
  /** The bytes of the data set as they arrive, pulled from the sender. */
  readonly dataSet: IncomingDataSet;
  /** Its association. */
  readonly association: AssociationInfo;
  /** The C-MOVE that it is a sub-operation of, where its sender says so. */
  readonly moveOriginator?: MoveOriginator | undefined;
  /** Aborted when the association ends before the whole instance has arrived. */
  readonly signal: AbortSignal;
  /** The instance as a Part 10 file: meta information, then the bytes of the data set as they arrive. */
  file(): ByteBody;
}

/** What the storage SCP accepts. */
export interface StorageOptions {
  /** `any` accepts private and unknown SOP classes too; `standard` only those of PS3.4 B.5. Default `any`. */
  readonly sopClasses?: "any" | "standard";
}

/**
 * Accepts C-STORE (SCP) in every transfer syntax, for every SOP class that no other service has. The sender gets a success
 * when `keep` has resolved, so the instance must be safe by then. What `keep` throws becomes a status: InstanceNotKeptError
 * that of its reason, DataSetError 0xC000, LimitError 0xA700, DimseStatusError its own, all else 0x0110.
 *
 * @example
 * ```ts
 * storage((instance) => Deno.writeFile(`${instance.sopInstanceUid}.dcm`, instance.file().stream()));
 * ```
 */
export function storage(
  keep: (instance: ReceivedInstance) => Promise<PerformResponse | void>,
  { sopClasses = "any" }: StorageOptions = {},
): Service {
  return {
    performs: ["C-STORE-RQ"],
    catchAll: true,
    transferSyntaxes: (abstractSyntax) => takesSopClass(abstractSyntax, sopClasses) ? anyTransferSyntax : undefined,
    async perform(request): Promise<PerformResponse> {
      const instance = toInstance(request as PerformRequest<CStoreRq>);
      try {
        return await keep(instance) ?? { status: Status.Success };
      } catch (error) {
        throw toStatusError(error);
      }
    },
  };
}

/** UIDs of the standard that are no storage SOP class belong to other services. */
export function takesSopClass(uid: string, sopClasses: "any" | "standard" = "any"): boolean {
  if (isStorageSopClass(uid)) return true;
  return sopClasses === "any" && isValidUid(uid) && !isRegisteredUid(uid);
}

function toInstance(request: PerformRequest<CStoreRq>): ReceivedInstance {
  const { command, context, dataSet, association } = request;
  const { affectedSopClassUid: sopClassUid, affectedSopInstanceUid: sopInstanceUid } = command;
  const { moveOriginatorApplicationEntityTitle: originator, moveOriginatorMessageId: messageId } = command;
  const { transferSyntax } = context;
  if (sopClassUid !== context.abstractSyntax) {
    throw new DimseStatusError(
      `Cannot store: SOP class ${sopClassUid} came in a context for ${context.abstractSyntax}`,
      {
        status: Status.SopClassNotSupported,
        comment: "SOP class is not that of the presentation context",
      },
    );
  }
  if (!isFitForName(sopInstanceUid)) {
    throw new DimseStatusError(
      "Cannot store: the Affected SOP Instance UID holds characters that can't name an instance",
      {
        status: Status.InvalidSopInstance,
        comment: "Affected SOP Instance UID can't name an instance",
      },
    );
  }
  if (dataSet === undefined) throw new DataSetError("Cannot store: the C-STORE-RQ has no data set");
  const { callingAeTitle } = association;
  const meta = { sopClassUid, sopInstanceUid, transferSyntax };
  return {
    sopClassUid,
    sopInstanceUid,
    transferSyntax,
    dataSet,
    association,
    ...(originator !== undefined && messageId !== undefined &&
      { moveOriginator: { aeTitle: originator, messageId } }),
    get signal() {
      return request.signal;
    },
    // A title that can't be written is no reason to lose an instance.
    file: () => {
      const sourced = isPrintableAscii(callingAeTitle) ? { ...meta, sourceAeTitle: callingAeTitle } : meta;
      return prepend(fileMetaInformation(sourced), dataSet);
    },
  };
}

/** Services make file names of it: nothing that leads out of a folder, and nothing that a shell or a system takes amiss. */
function isFitForName(sopInstanceUid: string): boolean {
  return /^[^/\\:*?"<>|]+$/.test(sopInstanceUid) && !/^\.*$/.test(sopInstanceUid);
}

/** Statuses of PS3.4 Table B.2-1, and of PS3.7 9.1.1.1.9. */
const STATUS_OF_REASON: Readonly<Record<NotKeptReason, number>> = {
  "out-of-resources": Status.OutOfResources,
  "data-set-does-not-match-sop-class": Status.DataSetDoesNotMatchSopClass,
  "invalid-sop-instance": Status.InvalidSopInstance,
  "cannot-understand": Status.CannotUnderstand,
};

function toStatusError(error: unknown): unknown {
  const status = error instanceof InstanceNotKeptError
    ? STATUS_OF_REASON[error.reason]
    : error instanceof DataSetError
    ? Status.CannotUnderstand
    : error instanceof LimitError
    ? Status.OutOfResources
    : undefined;
  if (status === undefined) return error;
  const { message } = error as Error;
  return Object.assign(new DimseStatusError(message, { status, comment: message }), { cause: error });
}

/** An instance to be sent. */
export interface InstanceToSend {
  /** SOP Class UID (0008,0016) of the data set. */
  readonly sopClassUid: string;
  /** SOP Instance UID (0008,0018) of the data set. */
  readonly sopInstanceUid: string;
  /** Transfer syntax of the bytes; they are never changed, so the peer has to accept this very one. */
  readonly transferSyntax: string;
  /**
   * The data set, without preamble and meta information. Fragments have even lengths (PS3.8 E.1): one of odd length gets
   * a NUL at its end, as PS3.5 A.5 says of deflated ones. Behind an odd last value it is the padding that was left out.
   */
  readonly dataSet: OutgoingDataSet;
  /**
   * Length of `dataSet` in bytes, where it is known beforehand, such as a file's. A source that gives more or fewer has
   * changed or failed: the association is aborted in the middle of the message, so that the peer keeps nothing of it.
   */
  readonly dataSetLength?: number;
}

/** How to send. */
export interface StoreOptions {
  /** Default `medium`. */
  readonly priority?: Priority;
  /** Aborts the association, since a C-STORE cannot be cancelled. */
  readonly signal?: AbortSignal;
  /** The C-MOVE that it is a sub-operation of; none by default. */
  readonly moveOriginator?: MoveOriginator;
}

/** The originator of the C-MOVE (PS3.7 9.3.1.1). */
export interface MoveOriginator {
  /** AE title that invoked the C-MOVE. */
  readonly aeTitle: string;
  /** Message ID of the C-MOVE-RQ. */
  readonly messageId: number;
}

/** How a peer answered a C-STORE-RQ. */
export interface StoreResult {
  /** Status (0000,0900); see PS3.4 Table B.2-1. */
  readonly status: number;
  /** Error Comment (0000,0902). */
  readonly errorComment?: string;
}

/**
 * Sends a C-STORE-RQ (SCU) and resolves with its response. Throws PresentationContextError when the peer did not accept
 * the SOP class in that transfer syntax, DataSetError for a data set of another length than
 * `dataSetLength`, AssociationAbortedError when the association ends first, and what a data set stream throws.
 */
export async function store(
  provider: DimseProvider,
  instance: InstanceToSend,
  { priority = "medium", signal, moveOriginator }: StoreOptions = {},
): Promise<StoreResult> {
  const { sopClassUid, sopInstanceUid, transferSyntax } = instance;
  const context = provider.context(sopClassUid, transferSyntax);
  const { dataSetLength: announced } = instance;
  const bytes = bytesOf(instance.dataSet, transferSyntax)!;
  const dataSet = announced !== undefined && announced % 2 === 0 ? bytes : padded(bytes, announced);
  const request = {
    type: "C-STORE-RQ",
    affectedSopClassUid: sopClassUid,
    affectedSopInstanceUid: sopInstanceUid,
    priority,
    ...(moveOriginator !== undefined && {
      moveOriginatorApplicationEntityTitle: moveOriginator.aeTitle,
      moveOriginatorMessageId: moveOriginator.messageId,
    }),
  } as const;
  const options = {
    dataSet,
    ...(announced !== undefined && { dataSetLength: announced + announced % 2 }),
    ...(signal !== undefined && { signal }),
  };
  const { command, dataSet: answered } = await provider.invoke(context, request, options);
  await answered?.cancel(); // There should be none, and nothing else comes before it is read.
  const { status, errorComment } = command;
  return { status, ...(errorComment !== undefined && { errorComment }) };
}

/** The bytes, and one more when their number is odd. Throws `DataSetError` for more or fewer than were announced. */
function padded(dataSet: OutgoingBytes, announced: number | undefined): OutgoingBytes {
  if (dataSet instanceof Uint8Array) {
    if (dataSet.length !== (announced ?? dataSet.length)) throw wrongLength(dataSet.length, announced);
    if (dataSet.length % 2 === 0) return dataSet;
    const longer = new Uint8Array(dataSet.length + 1);
    longer.set(dataSet);
    return longer;
  }
  const { read, cancel } = lend(dataSet);
  let length = 0;
  let ended = false;
  const readPadded = async () => {
    if (ended) return undefined;
    const bytes = await read();
    length += bytes?.length ?? 0;
    if (bytes !== undefined && length <= (announced ?? length)) return bytes;
    if (length !== (announced ?? length)) throw wrongLength(length, announced);
    ended = true;
    return length % 2 === 1 ? new Uint8Array(1) : undefined;
  };
  return { read: readPadded, cancel };
}
