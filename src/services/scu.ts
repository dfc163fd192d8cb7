/**
 * An SCU's association: what it can ask its peer.
 *
 * @module
 */

import type { DimseEvent } from "../dimse/events.ts";
import type { DimseProvider } from "../dimse/provider.ts";
import { serveAssociation } from "../dimse/serve_association.ts";
import type { Service } from "../dimse/service.ts";
import type { Agreement } from "../upper_layer/agreement.ts";
import type { Connection } from "../upper_layer/connection.ts";
import type { AssociationEnd, AssociationInfo, Observer } from "../upper_layer/events.ts";
import { initiateAssociation, type RequestorOptions } from "../upper_layer/requestor.ts";
import { DEFAULT_TIMEOUTS } from "../upper_layer/timeouts.ts";
import { find, type FindQuery, type FoundMatch } from "./find.ts";
import {
  createInstance,
  deleteInstance,
  getAttributes,
  type NormalizedResult,
  reportEvent,
  requestAction,
  setAttributes,
} from "./normalized.ts";
import { get, move, type RetrieveProgress, type RetrieveQuery } from "./retrieve.ts";
import { type InstanceToSend, store, type StoreOptions, type StoreResult } from "./storage.ts";
import { echo } from "./verification.ts";

/** What to ask for, and what to offer in return. */
export interface ScuOptions extends Omit<RequestorOptions, "observers"> {
  /** What the peer may ask for on this association; nothing by default. */
  readonly services?: readonly Service[];
  /** Observers of the association and its operations. */
  readonly observers?: readonly Observer<DimseEvent>[];
}

/**
 * Asks a peer for an association. Throws AssociationRejectedError when it rejects it, AssociationAbortedError when it
 * aborts, closes the connection or does not answer in time.
 *
 * @example
 * ```ts
 * import { requestAssociation, UID } from "@gantry/dicom";
 * import { connectTcp } from "@gantry/dicom/deno";
 *
 * const connection = await connectTcp({ hostname: "127.0.0.1", port: 11112 });
 * await using association = await requestAssociation(connection, {
 *   calledAeTitle: "GANTRY",
 *   presentationContexts: [{ abstractSyntax: UID.Verification, transferSyntaxes: [UID.ImplicitVRLittleEndian] }],
 * });
 * await association.echo();
 * ```
 */
export async function requestAssociation(connection: Connection, options: ScuOptions): Promise<ScuAssociation> {
  const association = await initiateAssociation(connection, options);
  const responseTimeout = options.timeouts?.response ?? DEFAULT_TIMEOUTS.response;
  return new ScuAssociation(serveAssociation(association, { ...options, responseTimeout }));
}

/** An established association, seen from its requestor. Disposing of it releases it. */
export class ScuAssociation implements AsyncDisposable {
  /** For services that this class has no method for. */
  readonly provider: DimseProvider;

  /** Made by `requestAssociation`. */
  constructor(provider: DimseProvider) {
    this.provider = provider;
  }

  /** Live facts: AE titles, state, bytes. */
  get info(): AssociationInfo {
    return this.provider.association.info;
  }

  /** What was agreed on. */
  get agreement(): Agreement {
    return this.provider.association.agreement;
  }

  /** Resolves when the association has ended and its connection is closed. Never rejects. */
  get closed(): Promise<AssociationEnd> {
    return this.provider.association.closed;
  }

  /** C-ECHO; see `echo`. */
  echo(options?: { signal?: AbortSignal }): Promise<number> {
    return echo(this.provider, options);
  }

  /** C-STORE; see `store`. */
  store(instance: InstanceToSend, options?: StoreOptions): Promise<StoreResult> {
    return store(this.provider, instance, options);
  }

  /** C-FIND; see `find`. */
  find(query: FindQuery): AsyncGenerator<FoundMatch, void, void> {
    return find(this.provider, query);
  }

  /** C-MOVE; see `move`. */
  move(query: RetrieveQuery & { readonly destination: string }): AsyncGenerator<RetrieveProgress, void, void> {
    return move(this.provider, query);
  }

  /** C-GET; see `get`. */
  get(query: RetrieveQuery): AsyncGenerator<RetrieveProgress, void, void> {
    return get(this.provider, query);
  }

  /** N-GET; see `getAttributes`. */
  getAttributes(instance: Parameters<typeof getAttributes>[1]): Promise<NormalizedResult> {
    return getAttributes(this.provider, instance);
  }

  /** N-SET; see `setAttributes`. */
  setAttributes(instance: Parameters<typeof setAttributes>[1]): Promise<NormalizedResult> {
    return setAttributes(this.provider, instance);
  }

  /** N-ACTION; see `requestAction`. */
  requestAction(instance: Parameters<typeof requestAction>[1]): Promise<NormalizedResult> {
    return requestAction(this.provider, instance);
  }

  /** N-CREATE; see `createInstance`. */
  createInstance(instance: Parameters<typeof createInstance>[1]): Promise<NormalizedResult> {
    return createInstance(this.provider, instance);
  }

  /** N-DELETE; see `deleteInstance`. */
  deleteInstance(instance: Parameters<typeof deleteInstance>[1]): Promise<NormalizedResult> {
    return deleteInstance(this.provider, instance);
  }

  /** N-EVENT-REPORT; see `reportEvent`. */
  reportEvent(instance: Parameters<typeof reportEvent>[1]): Promise<NormalizedResult> {
    return reportEvent(this.provider, instance);
  }

  /** Releases the association. Throws AssociationAbortedError when it ends in another way. */
  release(): Promise<void> {
    return this.provider.association.release();
  }

  /** Aborts the association. */
  abort(cause?: Error): void {
    this.provider.association.abort(cause);
  }

  /** Releases the association if that is still possible, and waits until its connection is closed. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.provider.association[Symbol.asyncDispose]();
  }
}
