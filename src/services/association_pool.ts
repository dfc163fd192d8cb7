/**
 * Associations with one peer that are kept open between operations.
 *
 * @module
 */

import { MAXIMUM_PRESENTATION_CONTEXTS } from "../upper_layer/negotiation.ts";
import type { ProposedPresentationContext, RoleSelection } from "../upper_layer/pdu.ts";
import { LAST_WAIT, Timer } from "../upper_layer/timeouts.ts";
import type { ScuAssociation } from "./scu.ts";

/** A presentation context to propose. */
export type Proposal = Omit<ProposedPresentationContext, "id">;

/** What an operation needs of its association. */
export interface AssociationNeeds {
  /** Contexts that have to be proposed; whether the peer accepts them is seen later. At most 128. */
  readonly presentationContexts: readonly Proposal[];
  /** Roles that have to be proposed. Default: none. */
  readonly roleSelections?: readonly RoleSelection[];
}

/** How the pool makes an association. */
export type Associate = (needs: AssociationNeeds, signal?: AbortSignal) => Promise<ScuAssociation>;

/** Bounds of a pool. */
export interface PoolOptions {
  /** Most associations at the same time. */
  readonly maxAssociations: number;
  /** How long an unused association stays open, in milliseconds. */
  readonly keepOpen: number;
}

/** An association that belongs to one caller until it is given back. */
export interface Lease {
  readonly association: ScuAssociation;
  /** Whether it was open before: a peer may have given up on it in this very moment. */
  readonly reused: boolean;
}

/** An association without a user. */
interface Idle {
  readonly association: ScuAssociation;
  readonly timer: Timer;
}

/** Hands out associations, one user each; makes a new one when none that is open fits. */
export class AssociationPool {
  readonly #associate: Associate;
  readonly #options: PoolOptions;
  /** Proposals of earlier needs, latest last: a new association proposes them too, so that it serves more. */
  readonly #remembered = new Map<string, Proposal>();
  readonly #idle: Idle[] = [];
  readonly #waiting: (() => void)[] = [];
  /** Associations that are being made, are in use or are idle. */
  #count = 0;
  #closed = false;

  constructor(associate: Associate, options: PoolOptions) {
    this.#associate = associate;
    this.#options = options;
  }

  /** An association that fits; waits for one to become free when there are as many as there may be. */
  async take(needs: AssociationNeeds, signal?: AbortSignal): Promise<Lease> {
    for (;;) {
      if (this.#closed) throw new DOMException("The peer was closed", "AbortError");
      signal?.throwIfAborted();
      const fitting = this.#idle.findIndex(({ association }) => isOpen(association) && fits(association, needs));
      if (fitting >= 0) return { association: this.#takeIdle(fitting), reused: true };
      if (this.#count < this.#options.maxAssociations) {
        return { association: await this.#make(needs, signal), reused: false };
      }
      if (this.#idle.length > 0) await this.#end(this.#takeIdle(0));
      else await this.#wait(signal);
    }
  }

  /** Takes an association back, to be kept open for a while if it still can be used. */
  give(association: ScuAssociation): void {
    if (this.#closed || !isOpen(association) || this.#options.keepOpen === 0) {
      void this.#end(association);
      return;
    }
    const timer = new Timer();
    const idle = { association, timer };
    timer.start(this.#options.keepOpen, () => this.#drop(idle));
    this.#idle.push(idle);
    this.#waiting.shift()?.();
  }

  /** Releases idle associations, and aborts them if that takes long; those in use end when they are given back. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const go of this.#waiting.splice(0)) go();
    await Promise.all(
      this.#idle.splice(0).map(({ association, timer }) => {
        // Closing has to end, so it does not wait for a peer that hangs.
        timer.start(LAST_WAIT.afterSignal, () => association.provider.association.abort());
        return this.#end(association).finally(() => timer.stop());
      }),
    );
  }

  async #make(needs: AssociationNeeds, signal?: AbortSignal): Promise<ScuAssociation> {
    this.#count++;
    try {
      const presentationContexts = this.#widen(needs.presentationContexts);
      const association = await this.#associate({ ...needs, presentationContexts }, signal);
      // Once for each: whatever waits for the end of an association is kept as long as that is.
      association.closed.then(() => this.#dropIdle(association));
      return association;
    } catch (error) {
      this.#left();
      throw error;
    }
  }

  /** What is needed first, then what was needed lately, as far as an association holds it. */
  #widen(needed: readonly Proposal[]): Proposal[] {
    const proposals = new Map(needed.map((proposal) => [keyOf(proposal), proposal]));
    for (const [key, proposal] of [...this.#remembered].reverse()) {
      if (proposals.size >= MAXIMUM_PRESENTATION_CONTEXTS) break;
      proposals.set(key, proposals.get(key) ?? proposal);
    }
    for (const proposal of needed) {
      const key = keyOf(proposal);
      this.#remembered.delete(key);
      this.#remembered.set(key, proposal);
      if (this.#remembered.size > MAXIMUM_PRESENTATION_CONTEXTS) {
        this.#remembered.delete(this.#remembered.keys().next().value!);
      }
    }
    return [...proposals.values()];
  }

  #takeIdle(index: number): ScuAssociation {
    const [{ association, timer }] = this.#idle.splice(index, 1) as [Idle];
    timer.stop();
    return association;
  }

  #drop(idle: Idle): void {
    const index = this.#idle.indexOf(idle);
    if (index >= 0) void this.#end(this.#takeIdle(index));
  }

  #dropIdle(association: ScuAssociation): void {
    const idle = this.#idle.find((idle) => idle.association === association);
    if (idle !== undefined) this.#drop(idle);
  }

  async #end(association: ScuAssociation): Promise<void> {
    try {
      await association[Symbol.asyncDispose]();
    } finally {
      this.#left();
    }
  }

  #left(): void {
    this.#count--;
    this.#waiting.shift()?.();
  }

  async #wait(signal?: AbortSignal): Promise<void> {
    let go!: () => void;
    const free = new Promise<void>((resolve) => go = resolve);
    this.#waiting.push(go);
    signal?.addEventListener("abort", go);
    try {
      await free;
    } finally {
      signal?.removeEventListener("abort", go);
      const index = this.#waiting.indexOf(go);
      if (index >= 0) this.#waiting.splice(index, 1);
      else if (signal?.aborted) this.#waiting.shift()?.(); // Whose turn it was wants it no more.
    }
  }
}

function keyOf({ abstractSyntax, transferSyntaxes }: Proposal): string {
  return [abstractSyntax, ...transferSyntaxes].join(" ");
}

function isOpen({ info }: ScuAssociation): boolean {
  return info.state === "Sta6";
}

/** Whether an association was asked for all that is needed. What the peer refused it would refuse again. */
function fits(association: ScuAssociation, { presentationContexts, roleSelections = [] }: AssociationNeeds): boolean {
  const { presentationContexts: proposed, userInformation } = association.agreement.request;
  const keys = new Set(proposed.map(keyOf));
  const asked = userInformation.roleSelections ?? [];
  return presentationContexts.every((proposal) => keys.has(keyOf(proposal))) &&
    roleSelections.every((role) =>
      asked.some(({ sopClassUid, scuRole, scpRole }) =>
        sopClassUid === role.sopClassUid && scuRole === role.scuRole && scpRole === role.scpRole
      )
    ) &&
    // A context in another role than asked for is of no use: C-STORE goes the other way there.
    asked.every(({ sopClassUid }) =>
      roleSelections.some((role) => role.sopClassUid === sopClassUid) ||
      !presentationContexts.some(({ abstractSyntax }) => abstractSyntax === sopClassUid)
    );
}
