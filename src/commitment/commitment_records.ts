/**
 * The stored form of requests for storage commitment: a summary of each, and its instances in pieces.
 *
 * @module
 */

import type { DocumentCollection, DocumentStore } from "../documents/document_store.ts";
import { sliceOfTime } from "../scheduling/time_slices.ts";
import type { ReferencedInstance } from "../services/storage_commitment.ts";
import { type Commitment, type InstanceResult, UNCHECKED } from "./commitment.ts";

/** A piece of a list of instances, as it is kept: a line each. */
type InstancePiece = { readonly lines: string };

/** Instances of a piece: a request may have very many, and no other work waits until all of them are written. */
const PIECE = 1_000;

/** Most ended requests that are remembered. */
const MOST_REMEMBERED = 10_000;

/** Most instances of ended requests whose results are fetched: some 500 MB. */
const MOST_INSTANCES = 4_000_000;

/** Digits of the number of a piece. */
const DIGITS = 6;

/** An instance of a request. */
export interface RequestedInstance extends ReferencedInstance {
  /** Study and series that the request names it in, where it does. */
  readonly within?: { readonly studyInstanceUid: string; readonly seriesInstanceUid: string } | undefined;
}

/** Requests and their instances. Others have their turn while a long list is read or written. */
export class CommitmentRecords {
  readonly #summaries: DocumentCollection<Commitment>;
  readonly #pieces: DocumentCollection<InstancePiece>;

  /** Reads nothing yet. */
  constructor(documents: DocumentStore) {
    this.#summaries = documents.collection("commitment-requests");
    this.#pieces = documents.collection("commitment-instances");
  }

  /** A request; undefined if none has the UID. */
  get(transactionUid: string): Promise<Commitment | undefined> {
    return this.#summaries.get(transactionUid);
  }

  /** Requests in the order of their transaction UIDs, those after `after` alone. */
  async *list(after?: string): AsyncGenerator<Commitment, void, void> {
    const pause = sliceOfTime();
    for await (const { document } of this.#summaries.list(after === undefined ? {} : { after })) {
      yield document;
      await pause();
    }
  }

  /** Stores a request, and replaces its earlier summary. Store its instances first, or a crash loses them. */
  put(commitment: Commitment): Promise<void> {
    return this.#summaries.put(commitment.transactionUid, commitment);
  }

  /** The instances of a request, in their order. */
  async instancesOf(transactionUid: string): Promise<InstanceResult[]> {
    const pause = sliceOfTime();
    const instances: InstanceResult[] = [];
    for await (const key of this.#keysOf(transactionUid)) {
      const { lines = "" } = await this.#pieces.get(key) ?? {};
      for (const line of lines === "" ? [] : lines.split("\n")) {
        const [sopClassUid = "", sopInstanceUid = "", result, study, series] = line.split(" ");
        const within = study === undefined || series === undefined ? [] as const : [study, series] as const;
        instances.push([sopClassUid, sopInstanceUid, Number(result), ...within]);
      }
      await pause();
    }
    return instances;
  }

  /** Keeps the instances of a request, in the place of those that were kept before. */
  async putInstances(transactionUid: string, instances: readonly InstanceResult[]): Promise<void> {
    const pause = sliceOfTime();
    let last = "";
    for (let at = 0; at === 0 || at < instances.length; at += PIECE) {
      const lines = instances.slice(at, at + PIECE).map((instance) => instance.join(" ")).join("\n");
      last = `${transactionUid} ${String(at / PIECE).padStart(DIGITS, "0")}`;
      await this.#pieces.put(last, { lines });
      await pause();
    }
    await this.#deletePieces(transactionUid, last);
  }

  /**
   * Transaction UIDs of requests that ended before a time, and of those that ended first where too many are remembered, or too
   * many instances of those whose results are fetched.
   */
  async ended({ before }: { readonly before: number }): Promise<string[]> {
    const ended: Commitment[] = [];
    for await (const commitment of this.list()) if (commitment.endedAt > 0) ended.push(commitment);
    ended.sort((one, other) => other.endedAt - one.endedAt);
    let kept = 0;
    return ended.filter(({ endedAt, fetched = false, instances }, index) => {
      if (fetched) kept += instances;
      return index >= MOST_REMEMBERED || endedAt < before || (fetched && kept > MOST_INSTANCES);
    }).map(({ transactionUid }) => transactionUid);
  }

  /** Deletes a request. */
  async delete(transactionUid: string): Promise<void> {
    await this.#summaries.delete(transactionUid);
    await this.#deletePieces(transactionUid);
  }

  /** Deletes lists without a request: a crash may come between a list and its request. */
  async deleteLost(): Promise<void> {
    const pause = sliceOfTime();
    let [lastUid, isLost] = ["", false];
    for await (const key of this.#pieces.keys()) {
      const [transactionUid = ""] = key.split(" ");
      if (transactionUid !== lastUid) isLost = await this.#summaries.get(transactionUid) === undefined;
      lastUid = transactionUid;
      if (isLost) await this.#pieces.delete(key);
      await pause();
    }
  }

  async #deletePieces(transactionUid: string, after?: string): Promise<void> {
    const pause = sliceOfTime();
    for await (const key of this.#keysOf(transactionUid, after)) {
      await this.#pieces.delete(key);
      await pause();
    }
  }

  /** No UID has a space in it, nor anything that comes before a space. */
  async *#keysOf(transactionUid: string, after = `${transactionUid} `): AsyncGenerator<string, void, void> {
    for await (const key of this.#pieces.keys({ after })) {
      if (!key.startsWith(`${transactionUid} `)) return;
      yield key;
    }
  }
}

/** Each instance once, in the order in which they come. Yields to other work in between. */
export async function uniqueInstances(instances: readonly RequestedInstance[]): Promise<InstanceResult[]> {
  const pause = sliceOfTime();
  const known = new Set<string>();
  const unique: InstanceResult[] = [];
  for (const { sopClassUid, sopInstanceUid, within } of instances) {
    const before = known.size;
    if (known.add(`${sopClassUid} ${sopInstanceUid}`).size > before) {
      const where = within === undefined ? [] as const : [within.studyInstanceUid, within.seriesInstanceUid] as const;
      unique.push([sopClassUid, sopInstanceUid, UNCHECKED, ...where]);
    }
    await pause();
  }
  return unique;
}

/** Stands for a list of instances that have not been checked: the hash of the hashes of its pieces. */
export async function fingerprintOf(instances: readonly InstanceResult[]): Promise<string> {
  const pause = sliceOfTime();
  let hashes = "";
  for (let at = 0; at < instances.length; at += PIECE) {
    hashes += await hashOf(instances.slice(at, at + PIECE).map((instance) => instance.join(" ")).join("\n"));
    await pause();
  }
  return await hashOf(hashes);
}

async function hashOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
