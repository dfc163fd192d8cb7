/**
 * Passes instances that arrive by STOW-RS on to a peer.
 *
 * @module
 */

import type { IncomingInstance } from "../archive/archive.ts";
import { IdentityReader, type InstanceIdentity } from "../archive/identity.ts";
import { DataSetError, DimseStatusError } from "../errors.ts";
import { StoreFailure } from "../dicomweb/store/store_outcome.ts";
import type { StoreSink } from "../dicomweb/store/store_instances.ts";
import type { InstanceSink } from "../query/instance_source.ts";
import { lend, type LentBytes } from "../streams/lent_bytes.ts";
import { streamOf } from "../streams/stream_of.ts";

/** Where instances go, and how. */
export interface PeerStoreOptions extends Pick<StoreSink, "create" | "limitPassed" | "refused" | "takesSopClass"> {
  /** The peer. */
  readonly sink: InstanceSink;
  /** Called with each instance that the peer has stored. */
  readonly onStored: (instance: InstanceIdentity) => void;
}

/** Most bytes to read in search of the UIDs of study and series. */
const LONGEST_LOOK = 1024 * 1024;
/** The element behind the last UID to look for. */
const BEHIND_UIDS = 0x0020_000f;

/** How many instances in a row may fail before the peer gets no more for a while. */
const MOST_LOST = 3;
/** Length of that while, in milliseconds. */
const GIVEN_UP_FOR = 10_000;

/** Stores an instance at the peer as it arrives. It is safe once the peer has said so; the gateway keeps no copy. */
export function peerStore({ sink, onStored, ...others }: PeerStoreOptions): StoreSink {
  let [lost, lostAt] = [0, 0];
  return {
    ...others,
    // One after the other, in order of arrival: some archives lose instances that arrive by two associations at the same moment.
    atOnce: 1,
    async keep(incoming) {
      if (lost >= MOST_LOST && Date.now() - lostAt < GIVEN_UP_FOR) {
        await (incoming.dataSet as Partial<LentBytes>).cancel?.().catch(() => {});
        throw new StoreFailure("Cannot store: the peer does not answer", PROCESSING_FAILURE);
      }
      await using begun = await begin(incoming);
      const { instance, stream } = begun;
      const { sopClassUid, sopInstanceUid, transferSyntax, signal } = incoming;
      try {
        const stored = await sink.store({ sopClassUid, sopInstanceUid, transferSyntax, stream }, { signal });
        lost = 0;
        onStored(instance);
        return { outcome: "created", instance, ...(stored && { warning: stored.warning }) };
      } catch (error) {
        if (error instanceof DimseStatusError) {
          lost = 0;
          throw new StoreFailure(error.message, reasonOf(error.status));
        }
        const isTheClients = begun.isBroken || error instanceof DataSetError;
        if (!isTheClients) [lost, lostAt] = [lost + 1, Date.now()];
        throw error;
      }
    },
  };
}

const PROCESSING_FAILURE = 0x0110;

/** Statuses of a C-STORE that PS3.18 Table I.2-2 has as failure reasons stay; others mean nothing to a client. */
function reasonOf(status: number): number {
  const isKnown = status >>> 8 === 0xa7 || status >>> 8 === 0xa9 || status >>> 12 === 0xc || status === 0x0122;
  return isKnown ? status : PROCESSING_FAILURE;
}

/** An instance whose identity was read. Disposing of it cancels the rest of its bytes. */
interface Begun extends AsyncDisposable {
  /** Its identity. */
  readonly instance: InstanceIdentity;
  /** Whether reading its bytes has failed. */
  readonly isBroken: boolean;
  /** All its bytes from the first one; may be called once. */
  stream(): ReadableStream<Uint8Array>;
}

/** Reads the identity of an instance. Throws as `Archive.keep()` does when it differs from the announced one. */
async function begin(incoming: IncomingInstance): Promise<Begun> {
  const { sopClassUid, sopInstanceUid, studyInstanceUid } = incoming;
  const bytes = lend(incoming.dataSet);
  let isBroken = false;
  const read = () =>
    bytes.read().catch((error) => {
      isBroken = true;
      throw error;
    });
  const dispose = async () => {
    await bytes.cancel().catch(() => {}); // It may have failed, or be at its end.
  };
  try {
    const { reader, ahead } = await readIdentity(incoming.transferSyntax, read);
    const announced = { sopClassUid, sopInstanceUid };
    const instance = reader.check(studyInstanceUid === undefined ? announced : { ...announced, studyInstanceUid });
    const pieces = async function* () {
      yield* ahead.splice(0);
      for (let piece = await read(); piece !== undefined; piece = await read()) yield piece.slice();
    };
    return {
      instance,
      get isBroken() {
        return isBroken;
      },
      stream: () => streamOf(pieces()),
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** Reads up to the end of the UIDs, but not beyond the longest look. */
async function readIdentity(
  transferSyntax: string,
  read: () => Promise<Uint8Array | undefined>,
): Promise<{ reader: IdentityReader; ahead: Uint8Array[] }> {
  const reader = new IdentityReader({
    transferSyntax,
    stopAt: BEHIND_UIDS,
    tolerateUnreadable: true,
    maxInflatedLength: 64 * LONGEST_LOOK,
  });
  const ahead: Uint8Array[] = [];
  for (let length = 0; !reader.done && length < LONGEST_LOOK;) {
    const piece = await read();
    if (piece === undefined) {
      reader.end();
      break;
    }
    const copy = piece.slice(); // The lender reuses a piece once the next one is requested.
    ahead.push(copy);
    length += copy.length;
    await reader.push(copy);
  }
  reader.finish();
  return { reader, ahead };
}
