/**
 * A peer to talk to: it opens associations as needed, keeps them for a while, and replaces those that are lost.
 *
 * @module
 */

import * as UID from "../dicom/generated/uid.ts";
import type { DimseEvent } from "../dimse/events.ts";
import type { Service } from "../dimse/service.ts";
import { AssociationAbortedError } from "../errors.ts";
import type { Connection } from "../upper_layer/connection.ts";
import { type AssociationNeeds, AssociationPool, type Lease } from "./association_pool.ts";
import type { FindQuery, FoundMatch } from "./find.ts";
import { retrievalContexts, type RetrieveProgress, type RetrieveQuery } from "./retrieve.ts";
import { requestAssociation, type ScuAssociation, type ScuOptions } from "./scu.ts";
import { type InstanceToSend, type ReceivedInstance, storage, type StoreOptions, type StoreResult } from "./storage.ts";

/** The peer to talk to, and how. */
export interface PeerOptions extends Omit<ScuOptions, "presentationContexts" | "roleSelections" | "signal"> {
  /** Opens a connection; called for each association. */
  readonly connect: (options: { readonly signal?: AbortSignal }) => Promise<Connection>;
  /** Most associations at the same time; further calls wait. Default: 4. */
  readonly maxAssociations?: number;
  /** How long an unused association stays open, in milliseconds; 0 closes it at once. Default: 2,000. */
  readonly keepOpen?: number;
}

/** What to retrieve by C-GET, and where it goes. */
export interface PeerRetrieval extends RetrieveQuery {
  /** SOP classes of the instances to receive; the association accepts no others. At most 127. */
  readonly sopClassUids: readonly string[];
  /** Transfer syntaxes to propose for each. Default: Explicit and Implicit VR Little Endian. */
  readonly transferSyntaxes?: readonly string[];
  /** Lists of transfer syntaxes that get a presentation context of their own for each SOP class; see `retrievalContexts()`. */
  readonly separately?: readonly (readonly string[])[];
  /** Receives each instance, like the callback of `storage()`: the peer gets a success when the promise resolves. */
  readonly keep: (instance: ReceivedInstance) => Promise<void>;
}

/** What to retrieve by C-MOVE, and where it goes. */
export interface PeerMove extends RetrieveQuery {
  /** AE title that the peer sends to. */
  readonly destination: string;
  /** Receives the message ID of the request before it goes out: the instances sent for it may name it. */
  readonly onMessageId?: (messageId: number) => void;
}

/** Transfer syntaxes of what has no pixels. */
const PLAIN = [UID.ExplicitVRLittleEndian, UID.ImplicitVRLittleEndian];

/** A peer. Disposing of it releases its associations. */
export class Peer implements AsyncDisposable {
  /** Most associations at the same time. */
  readonly maxAssociations: number;
  readonly #pool: AssociationPool;
  /** What takes the instances of the C-GET that goes on, by association. */
  readonly #keeping = new Map<string, PeerRetrieval["keep"]>();
  /** The caller that wants the message ID of the C-MOVE that begins, by association. */
  readonly #moving = new Map<string, (messageId: number) => void>();

  /** Makes no connection before it is needed. */
  constructor({ connect, maxAssociations = 4, keepOpen = 2_000, ...options }: PeerOptions) {
    this.maxAssociations = maxAssociations;
    const services: Service[] = [...options.services ?? [], this.#storage()];
    const observers = [...options.observers ?? [], (event: DimseEvent) => this.#observe(event)];
    const associate = async (needs: AssociationNeeds, signal?: AbortSignal) => {
      const connection = await connect(signal === undefined ? {} : { signal });
      // The association may serve others later, whom this signal is no matter of.
      const establishing = new AbortController();
      const giveUp = () => establishing.abort(signal?.reason);
      if (signal?.aborted) giveUp();
      signal?.addEventListener("abort", giveUp);
      try {
        return await requestAssociation(connection, {
          ...{ ...options, ...needs, services, observers },
          signal: establishing.signal,
        });
      } catch (error) {
        signal?.throwIfAborted();
        throw error;
      } finally {
        signal?.removeEventListener("abort", giveUp);
      }
    };
    this.#pool = new AssociationPool(associate, { maxAssociations, keepOpen });
  }

  /**
   * Does some work on an association that `needs` were proposed for. It is released, or kept open, when the work has
   * ended. Throws what connecting and associating throw, and what the work throws. Work that is `repeatable` is done once
   * more, on another association, where the peer had given up on one that was kept open.
   */
  async use<T>(
    needs: AssociationNeeds,
    work: (association: ScuAssociation) => Promise<T>,
    signal?: AbortSignal,
    { repeatable = false }: { readonly repeatable?: boolean } = {},
  ): Promise<T> {
    if (repeatable) return await this.#again(needs, work, signal);
    const lease = await this.#pool.take(needs, signal);
    try {
      return await work(lease.association);
    } finally {
      this.#pool.give(lease.association);
    }
  }

  /** C-ECHO: resolves with the status. */
  echo({ signal }: { readonly signal?: AbortSignal } = {}): Promise<number> {
    const needs = { presentationContexts: [{ abstractSyntax: UID.Verification, transferSyntaxes: PLAIN }] };
    const echo = (association: ScuAssociation) => association.echo(signal === undefined ? {} : { signal });
    return this.#again(needs, echo, signal);
  }

  /** C-STORE, in the instance's own transfer syntax. */
  store(instance: InstanceToSend, options: StoreOptions = {}): Promise<StoreResult> {
    const { sopClassUid: abstractSyntax, transferSyntax } = instance;
    const needs = { presentationContexts: [{ abstractSyntax, transferSyntaxes: [transferSyntax] }] };
    const store = (association: ScuAssociation) => association.store(instance, options);
    // A stream can be read once.
    const isWhole = instance.dataSet instanceof Uint8Array || "encode" in instance.dataSet;
    return isWhole ? this.#again(needs, store, options.signal) : this.use(needs, store, options.signal);
  }

  /** C-FIND; see `find`. */
  async *find(query: FindQuery): AsyncGenerator<FoundMatch, void, void> {
    const abstractSyntax = query.sopClassUid ?? UID.StudyRootQueryRetrieveInformationModelFind;
    const needs = { presentationContexts: [{ abstractSyntax, transferSyntaxes: PLAIN }] };
    let answered = false;
    for (;;) {
      const lease = await this.#pool.take(needs, query.signal);
      try {
        for await (const match of lease.association.find(query)) {
          answered = true;
          yield match;
        }
        return;
      } catch (error) {
        if (answered || !wasGone(lease, error)) throw error;
      } finally {
        this.#pool.give(lease.association);
      }
    }
  }

  /** C-MOVE; see `move`. */
  async *move(query: PeerMove): AsyncGenerator<RetrieveProgress, void, void> {
    const abstractSyntax = query.sopClassUid ?? UID.StudyRootQueryRetrieveInformationModelMove;
    const needs = { presentationContexts: [{ abstractSyntax, transferSyntaxes: PLAIN }] };
    const { onMessageId } = query;
    const moving = this.#moving;
    yield* this.#each(needs, async function* (association) {
      if (onMessageId !== undefined) moving.set(association.info.id, onMessageId);
      try {
        yield* association.move(query);
      } finally {
        moving.delete(association.info.id);
      }
    }, query.signal);
  }

  /** C-GET; see `get`. */
  async *get(query: PeerRetrieval): AsyncGenerator<RetrieveProgress, void, void> {
    const abstractSyntax = query.sopClassUid ?? UID.StudyRootQueryRetrieveInformationModelGet;
    const { sopClassUids, transferSyntaxes, separately } = query;
    const { presentationContexts, roleSelections } = retrievalContexts(sopClassUids, transferSyntaxes, separately);
    const needs = {
      presentationContexts: [{ abstractSyntax, transferSyntaxes: PLAIN }, ...presentationContexts],
      roleSelections,
    };
    const keeping = this.#keeping;
    yield* this.#each(needs, async function* (association) {
      keeping.set(association.info.id, query.keep);
      try {
        yield* association.get(query);
      } finally {
        keeping.delete(association.info.id);
      }
    }, query.signal);
  }

  /** Releases open associations. Those in use end when their operations are done. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.close();
  }

  #observe(event: DimseEvent): void {
    if (event.type !== "operation-started" || event.operation.service !== "C-MOVE") return;
    this.#moving.get(event.association.id)?.(event.operation.messageId);
  }

  /** Takes what comes by C-GET. */
  #storage(): Service {
    return storage(async (instance) => {
      const keep = this.#keeping.get(instance.association.id);
      if (keep === undefined) throw new Error("Cannot store: no C-GET runs on this association");
      await keep(instance);
    });
  }

  /** Does some work; once more on another association when the peer had given up on one that was kept open. */
  async #again<T>(
    needs: AssociationNeeds,
    work: (association: ScuAssociation) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    for (;;) {
      const lease = await this.#pool.take(needs, signal);
      try {
        return await work(lease.association);
      } catch (error) {
        if (!wasGone(lease, error)) throw error;
      } finally {
        this.#pool.give(lease.association);
      }
    }
  }

  async *#each<T>(
    needs: AssociationNeeds,
    answers: (association: ScuAssociation) => AsyncGenerator<T, void, void>,
    signal?: AbortSignal,
  ): AsyncGenerator<T, void, void> {
    const lease = await this.#pool.take(needs, signal);
    try {
      yield* answers(lease.association);
    } finally {
      this.#pool.give(lease.association);
    }
  }
}

function wasGone({ association, reused }: Lease, error: unknown): boolean {
  return reused && error instanceof AssociationAbortedError && association.info.state !== "Sta6";
}
