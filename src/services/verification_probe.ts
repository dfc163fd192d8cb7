/**
 * C-ECHO as a diagnosis: every phase timed, and each failure told with the phase it happened in.
 *
 * @module
 */

import * as UID from "../dicom/generated/uid.ts";
import type { DimseEvent } from "../dimse/events.ts";
import { PresentationContextError } from "../dimse/presentation_context_error.ts";
import { AssociationAbortedError, DeadlineError, TransportError } from "../errors.ts";
import { AssociationRejectedError } from "../upper_layer/association_rejected_error.ts";
import type { Connection } from "../upper_layer/connection.ts";
import type { Observer } from "../upper_layer/events.ts";
import type { UserIdentity } from "../upper_layer/pdu.ts";
import type { Timeouts } from "../upper_layer/timeouts.ts";
import { requestAssociation, type ScuAssociation } from "./scu.ts";

/** Phase of a C-ECHO. */
export type ProbePhase = "connect" | "tls" | "associate" | "echo" | "release";

/** How long each phase took, in milliseconds; only phases that were entered. */
export type ProbeTimings = { readonly [Phase in ProbePhase]?: number };

/** The terms that the peers agreed on. */
export interface ProbeNegotiated {
  /** Longest P-DATA-TF variable field that the peer receives, in bytes; 0 means no limit. */
  readonly maximumPduLength: number;
  /** The peer's. */
  readonly implementationClassUid: string;
  /** The peer's; empty when it told none. */
  readonly implementationVersionName: string;
  /** Transfer syntax UID that the peer chose for Verification. */
  readonly transferSyntax: string;
}

/** The result of one C-ECHO. */
export type ProbeOutcome =
  | {
    readonly outcome: "answered";
    /** Status (0000,0900). */
    readonly status: number;
    readonly timings: ProbeTimings;
    readonly negotiated: ProbeNegotiated;
  }
  | {
    readonly outcome: "failed";
    readonly phase: Exclude<ProbePhase, "release">;
    /** A word for programs, such as `called-ae-title-not-recognized`. */
    readonly reason: string;
    /** A sentence for people. */
    readonly detail: string;
    /** Whether a deadline passed. */
    readonly timedOut: boolean;
    readonly timings: ProbeTimings;
    readonly negotiated?: ProbeNegotiated;
  };

/** The peer to probe, and how. */
export interface ProbeOptions {
  /** Opens the connection; calls `secure` when it is open and the TLS handshake begins. */
  readonly connect: (secure: () => void) => Promise<Connection>;
  /** AE title of the peer. */
  readonly calledAeTitle: string;
  /** AE title of this side. */
  readonly callingAeTitle: string;
  /** User identity to send (PS3.7 D.3.3.7). Default: none. */
  readonly userIdentity?: UserIdentity;
  /** How many C-ECHOs to send on one association; default 1. */
  readonly repeat?: number;
  /** Deadlines in milliseconds; those that are absent have their default. */
  readonly timeouts?: Partial<Timeouts>;
  /** Observers of the association. */
  readonly observers?: readonly Observer<DimseEvent>[];
  /** Gives up. */
  readonly signal?: AbortSignal;
}

/**
 * Sends C-ECHOs on one association and tells what became of each; the first that fails is the last. The phases that
 * happen once are timed with the first, the release with the last. Never throws.
 */
export async function* probe(options: ProbeOptions): AsyncGenerator<ProbeOutcome, void> {
  const { repeat = 1 } = options;
  const clock = new PhaseClock();
  let association: ScuAssociation | undefined;
  let negotiated: ProbeNegotiated | undefined;
  try {
    association = await associate(options, clock);
    negotiated = describe(association);
    for (let sent = 1; sent <= repeat; sent++) {
      clock.enter("echo");
      const status = await association.echo();
      clock.leave();
      if (sent === repeat) await release(association, clock);
      yield { outcome: "answered", status, timings: clock.take(), negotiated };
    }
  } catch (error) {
    yield { ...toFailure(error, clock), ...(negotiated !== undefined && { negotiated }) };
  } finally {
    await association?.[Symbol.asyncDispose]();
  }
}

async function associate(options: ProbeOptions, clock: PhaseClock): Promise<ScuAssociation> {
  const { callingAeTitle, calledAeTitle, userIdentity, timeouts, observers, signal } = options;
  clock.enter("connect");
  const connection = await options.connect(() => clock.enter("tls"));
  clock.enter("associate");
  return await requestAssociation(connection, {
    callingAeTitle,
    calledAeTitle,
    presentationContexts: [{
      abstractSyntax: UID.Verification,
      transferSyntaxes: [UID.ImplicitVRLittleEndian, UID.ExplicitVRLittleEndian],
    }],
    ...(userIdentity !== undefined && { userIdentity }),
    ...(timeouts !== undefined && { timeouts }),
    ...(observers !== undefined && { observers }),
    ...(signal !== undefined && { signal }),
  });
}

/** A peer that answered and then fails to release has answered all the same. */
async function release(association: ScuAssociation, clock: PhaseClock): Promise<void> {
  clock.enter("release");
  await association[Symbol.asyncDispose]();
  clock.leave();
}

function describe({ agreement, provider }: ScuAssociation): ProbeNegotiated {
  const { maximumPduLength, implementationClassUid, implementationVersionName = "" } = agreement.answer.userInformation;
  const { transferSyntax } = provider.context(UID.Verification);
  return { maximumPduLength, implementationClassUid, implementationVersionName, transferSyntax };
}

type Failure = Extract<ProbeOutcome, { readonly outcome: "failed" }>;

function toFailure(error: unknown, clock: PhaseClock): Failure {
  clock.leave();
  const deadline = findDeadline(error);
  const phase = error instanceof TransportError ? phaseOf(error) : clock.phase;
  return {
    outcome: "failed",
    phase: phase === "release" ? "echo" : phase,
    reason: deadline === undefined ? reasonOf(error) : "timeout",
    detail: (deadline ?? error as Error).message,
    timedOut: deadline !== undefined,
    timings: clock.take(),
  };
}

/** What a load balancer in between lacks is part of connecting. */
function phaseOf({ phase }: TransportError): ProbePhase {
  return phase === "proxy" ? "connect" : phase;
}

function findDeadline(error: unknown): DeadlineError | undefined {
  if (error instanceof DeadlineError) return error;
  return error instanceof AssociationAbortedError ? findDeadline(error.cause) : undefined;
}

function reasonOf(error: unknown): string {
  if (error instanceof AssociationRejectedError) return error.reason;
  if (error instanceof PresentationContextError) return "verification-not-accepted";
  if (error instanceof TransportError) return error.phase === "tls" ? "tls-failed" : "connection-failed";
  if (!(error instanceof AssociationAbortedError)) return "not-sent";
  return error.source === "transport" ? "connection-closed" : `aborted-by-${error.by === "peer" ? "peer" : "gateway"}`;
}

/** Times phases, one after the other. */
class PhaseClock {
  /** The last phase that was entered. */
  phase: ProbePhase = "connect";
  #timings: { [Phase in ProbePhase]?: number } = {};
  #entered: number | undefined;

  enter(phase: ProbePhase): void {
    this.leave();
    this.phase = phase;
    this.#entered = performance.now();
  }

  leave(): void {
    if (this.#entered !== undefined) this.#timings[this.phase] = performance.now() - this.#entered;
    this.#entered = undefined;
  }

  /** The timings since the last call. */
  take(): ProbeTimings {
    const timings = this.#timings;
    this.#timings = {};
    return timings;
  }
}
