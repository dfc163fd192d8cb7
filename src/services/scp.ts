/**
 * An SCP: services, access rules, and the associations that use the services.
 *
 * @module
 */

import type { DimseEvent } from "../dimse/events.ts";
import { serveAssociation } from "../dimse/serve_association.ts";
import type { Service } from "../dimse/service.ts";
import { ServiceChoice } from "../dimse/service_choice.ts";
import { LimitError } from "../errors.ts";
import { acceptAssociation } from "../upper_layer/acceptor.ts";
import { accept, type Admission, type Admit, reject } from "../upper_layer/admission.ts";
import type { Association } from "../upper_layer/association.ts";
import type { Connection } from "../upper_layer/connection.ts";
import type { AssociationInfo, Observer } from "../upper_layer/events.ts";
import type { AAssociateRq } from "../upper_layer/pdu.ts";
import type { AssociationSettings } from "../upper_layer/settings.ts";
import { DEFAULT_TIMEOUTS } from "../upper_layer/timeouts.ts";
import {
  ConnectionLimiter,
  type ConnectionLimits,
  type ConnectionSlot,
  type ReachedLimit,
} from "./connection_limiter.ts";

export type { ConnectionLimits } from "./connection_limiter.ts";

/** What an SCP is made of. */
export interface ScpOptions extends Omit<AssociationSettings, "observers" | "signal">, ConnectionLimits {
  /** What peers may ask for; the first that takes an abstract syntax has it, those that are `catchAll` come last. */
  readonly services: readonly Service[];
  /** The AE title that requests must call; any other is rejected as called-ae-title-not-recognized. Default: any will do. */
  readonly aeTitle?: string;
  /** Accepts or rejects each request. Default: everybody is accepted. */
  readonly admit?: Admit;
  /**
   * Says what this side is short of (memory, disk) while it is: new associations are then rejected as
   * temporary-congestion. Asked for every association. Default: nothing.
   */
  readonly shortage?: () => Shortage | undefined;
  /** Longest data set that is received, in bytes; a peer that sends a longer one is aborted. Default 32 GiB. */
  readonly maxDataSetLength?: number;
  /** Observers of associations and operations. */
  readonly observers?: readonly Observer<DimseEvent>[];
}

/** What an SCP is short of. */
export interface Shortage {
  /** Name of the limit that was reached, for statistics. */
  readonly limit: string;
  /** In words for an operator. */
  readonly detail: string;
}

/** A running SCP. */
export interface Scp extends AsyncDisposable {
  /**
   * Serves one connection to its end, wherever it came from. Never rejects: how an association ended is for observers.
   */
  accept(connection: Connection): Promise<void>;
  /**
   * Counts a connection that can't be accepted yet, because it owes a TLS handshake, as one without an association until what
   * this answers is called. A listener calls it whose `gatekeeper` is the SCP. Throws LimitError for one too many.
   */
  readonly enter: (address: string | undefined) => () => void;
  /** Established associations. */
  readonly associations: readonly AssociationInfo[];
  /** Aborts the association of that id; false if none has it. */
  abort(id: string): boolean;
  /** Whether `drain` has been called. */
  readonly draining: boolean;
  /**
   * Rejects new associations (temporary-congestion) and lets active ones finish; those that are still active when `signal`
   * is aborted are aborted too. Resolves when every connection is closed.
   */
  drain(signal?: AbortSignal): Promise<void>;
}

/**
 * Creates an SCP.
 *
 * @example
 * ```ts
 * import { accept, createScp, reject, storage, verification } from "@gantry/dicom";
 * import { listenTcp } from "@gantry/dicom/deno";
 *
 * const scp = createScp({
 *   aeTitle: "GANTRY",
 *   admit: (request) => request.callingAeTitle === "CT1" ? accept() : reject("calling-ae-title-not-recognized"),
 *   services: [
 *     verification(),
 *     storage((instance) => Deno.writeFile(`${instance.sopInstanceUid}.dcm`, instance.file().stream())),
 *   ],
 * });
 * for await (const connection of await listenTcp({ port: 11112 })) scp.accept(connection);
 * ```
 */
export function createScp(options: ScpOptions): Scp {
  return new RunningScp(options);
}

/** Why no peer gets in any more, for operators. */
const DRAINING = "it is ending and takes no new associations";

class RunningScp implements Scp {
  readonly #options: ScpOptions;
  readonly #services: ServiceChoice;
  readonly #associations = new Map<string, Association>();
  /** Connections that are being served; each settles when its connection is closed. */
  readonly #served = new Set<Promise<void>>();
  /** What ends each of them, those apart that have not asked for an association yet. */
  readonly #silent = new Set<AbortController>();
  readonly #ends = new Set<AbortController>();
  readonly #limiter: ConnectionLimiter;
  #draining = false;
  /** Aborted when even running associations have to end. */
  #enough: AbortSignal | undefined;

  constructor(options: ScpOptions) {
    this.#options = options;
    this.#services = new ServiceChoice(options.services);
    this.#limiter = new ConnectionLimiter(options);
  }

  readonly enter = (address: string | undefined): () => void => {
    const slot = this.#limiter.enter(address);
    if (slot.reached === undefined) return () => slot.leave();
    slot.leave();
    throw tooMany(slot.reached, address);
  };

  get associations(): readonly AssociationInfo[] {
    return [...this.#associations.values()].map(({ info }) => info);
  }

  get draining(): boolean {
    return this.#draining;
  }

  accept(connection: Connection): Promise<void> {
    const served = this.#serve(connection);
    this.#served.add(served);
    return served.finally(() => this.#served.delete(served));
  }

  abort(id: string): boolean {
    const association = this.#associations.get(id);
    association?.abort();
    return association !== undefined;
  }

  async drain(signal?: AbortSignal): Promise<void> {
    this.#draining = true;
    this.#enough = signal;
    const stop = () => {
      for (const end of this.#ends) end.abort(signal?.reason);
    };
    if (signal?.aborted) stop();
    signal?.addEventListener("abort", stop);
    while (this.#served.size > 0) {
      for (const end of this.#silent) end.abort(new DOMException("The SCP takes no new associations", "AbortError"));
      await Promise.all(this.#served);
    }
    signal?.removeEventListener("abort", stop);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.drain(AbortSignal.abort(new DOMException("The SCP was closed", "AbortError")));
  }

  async #serve(connection: Connection): Promise<void> {
    const { observers = [], timeouts } = this.#options;
    const services = this.#services;
    const responseTimeout = timeouts?.response ?? DEFAULT_TIMEOUTS.response;
    const end = new AbortController();
    const slot = this.#limiter.enter(connection.remote?.hostname);
    if (slot.reached !== undefined) end.abort(tooMany(slot.reached));
    if (this.#enough?.aborted) end.abort(this.#enough.reason);
    this.#ends.add(end);
    this.#silent.add(end);
    const admit = async (request: AAssociateRq): Promise<Admission> => {
      this.#silent.delete(end);
      const refusal = this.#refuse(request, slot); // It counts before the handler decides, which may take its time.
      if (refusal !== undefined) return refusal;
      let accepted = false;
      try {
        const admission = await this.#options.admit?.(request, connection) ?? accept();
        accepted = admission.type === "accept";
        return admission;
      } finally {
        if (!accepted) slot.dissociate();
      }
    };
    try {
      const association = await acceptAssociation(connection, {
        ...this.#options,
        observers,
        signal: end.signal,
        admit,
        offer: (abstractSyntax) => services.of(abstractSyntax)?.transferSyntaxes,
        roles: (sopClassUid) => services.roles(sopClassUid),
        extend: (proposed) => services.negotiate(proposed),
      });
      this.#associations.set(association.info.id, association);
      serveAssociation(association, { ...this.#options, observers, responseTimeout });
      await association.closed;
      this.#associations.delete(association.info.id);
    } catch {
      // There is no association; the observers have been told why.
    } finally {
      this.#silent.delete(end);
      this.#ends.delete(end);
      slot.leave();
    }
  }

  /** What is rejected whatever the handler would say; otherwise the slot counts as an association. */
  #refuse({ callingAeTitle, calledAeTitle }: AAssociateRq, slot: ConnectionSlot): Admission | undefined {
    if (this.#draining) return { ...reject("temporary-congestion"), detail: DRAINING };
    const { aeTitle = calledAeTitle, shortage } = this.#options;
    if (aeTitle !== calledAeTitle) return reject("called-ae-title-not-recognized");
    const short = shortage?.();
    if (short !== undefined) return { ...reject("temporary-congestion"), ...short };
    const reached = slot.associate(callingAeTitle);
    if (reached === undefined) return undefined;
    const { limit, maximum } = reached;
    return { ...reject("local-limit-exceeded"), limit, detail: `${limit} is ${maximum}` };
  }
}

function tooMany({ limit, maximum }: ReachedLimit, address?: string): LimitError {
  const from = address === undefined ? "" : ` from ${address}`;
  const error =
    `Cannot take the connection${from}: too many connections have no association, expected at most ${maximum} (${limit})`;
  return new LimitError(error, { limit, maximum });
}
