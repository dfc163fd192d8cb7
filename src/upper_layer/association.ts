/**
 * An established association (PS3.8 7): P-DATA both ways, release, abort.
 *
 * @module
 */

import { AssociationAbortedError, AssociationStateError, DeadlineError, PduError } from "../errors.ts";
import type { Agreement } from "./agreement.ts";
import { howAborted, toError } from "./association_end.ts";
import type { AssociationRecord } from "./association_record.ts";
import type { AssociationEnd, AssociationInfo, PresentationContext } from "./events.ts";
import type { PdvFragment } from "./pdu.ts";
import type { ProtocolMachine } from "./protocol_machine.ts";
import { StallWatch, type Timeouts, Timer, type TrafficSample } from "./timeouts.ts";

/**
 * An association, in either role. It reads from its connection only during a call of `take()` or `receive()`, so a
 * caller has to keep reading to notice a release or an abort.
 */
export class Association implements AsyncDisposable {
  /** The outcome of the negotiation. */
  readonly agreement: Agreement;
  /** Live facts, as observers see them. */
  readonly info: AssociationInfo;
  /** Longest P-DATA-TF variable field that may be sent, in bytes. */
  readonly maximumSendLength: number;
  /** Resolves when the association has ended and its connection is closed. Never rejects. */
  readonly closed: Promise<AssociationEnd>;
  /** Aborted, with the error as its reason, when the association ends in any way other than a release. */
  readonly signal: AbortSignal;
  /** Whether the peer owes a message now, so that its silence counts. Default: always. */
  peerOwes: () => boolean = () => true;
  /** Tells whether the peer is in the middle of a message, whose rest it owes without delay. */
  insideMessage: () => boolean = () => false;

  readonly #machine: ProtocolMachine;
  readonly #record: AssociationRecord;
  readonly #timeouts: Timeouts;
  readonly #contexts: ReadonlyMap<number, PresentationContext>;
  readonly #stallWatch: StallWatch;
  readonly #release = new Timer();
  readonly #aborted = new AbortController();
  /** Whether the transport has not taken yet what is sent. */
  #sending = false;
  #end: AssociationEnd | undefined;

  /** Made by `acceptAssociation` and `requestAssociation`. */
  constructor(machine: ProtocolMachine, record: AssociationRecord, agreement: Agreement, timeouts: Timeouts) {
    this.#machine = machine;
    this.#record = record;
    this.#timeouts = timeouts;
    this.agreement = agreement;
    this.info = record;
    this.maximumSendLength = agreement.maximumSendLength;
    this.closed = record.ended;
    this.signal = this.#aborted.signal;
    this.#contexts = new Map(agreement.contexts.map((context) => [context.id, context]));
    this.#stallWatch = new StallWatch(
      timeouts.idle,
      () => this.#look(),
      (kind) => this.abort(new DeadlineError("idle", timeouts.idle, kind)),
    );
    this.#stallWatch.start();
    record.establish(agreement);
  }

  /** State of PS3.8 Table 9-10. */
  get state(): string {
    return this.#machine.state;
  }

  /** The accepted presentation context of that id. Throws a PduError, for `abort`, if no context has that id. */
  context(id: number): PresentationContext {
    const context = this.#contexts.get(id);
    if (context !== undefined) return context;
    throw new PduError(`Cannot take a PDV: presentation context ${id} was not accepted`, {
      reason: "invalid-pdu-parameter-value",
    });
  }

  /** The next piece of P-DATA if it has already arrived, without waiting. `receive` tells everything else. */
  take(): PdvFragment | undefined {
    return this.#machine.take();
  }

  /**
   * The next piece of P-DATA, or undefined when none will come any more: because the peer asks for a release (finish the
   * work, then call `acceptRelease`), or because this side's release is done. Throws AssociationAbortedError when the
   * association was aborted.
   */
  async receive(): Promise<PdvFragment | undefined> {
    for (;;) {
      const indication = await this.#machine.receive();
      switch (indication.type) {
        case "P-DATA-TF":
          return indication;
        case "A-RELEASE indication":
          if (this.state === "Sta8") return undefined;
          // A release collision (PS3.8 7.2.2.7): the requestor answers first, the acceptor after its own confirmation.
          if (this.state === "Sta9") this.#machine.request({ event: "A-RELEASE response" });
          break;
        case "A-RELEASE confirmation":
          if (this.state === "Sta12") this.#machine.request({ event: "A-RELEASE response" });
          this.#conclude({ how: "released", by: "local" });
          return undefined;
        default:
          this.#concludeAsMachine();
          if (this.#end?.how === "released") return undefined;
          throw this.signal.reason;
      }
    }
  }

  /** Writes whole, encoded P-DATA-TF PDUs, one call after the other. Resolves when the transport has taken them. */
  async send(bytes: Uint8Array): Promise<void> {
    this.signal.throwIfAborted();
    this.#sending = true;
    try {
      await this.#machine.send(bytes);
    } catch (error) {
      this.#concludeAsMachine();
      this.signal.throwIfAborted();
      if (error instanceof AssociationStateError) throw error;
      throw new AssociationAbortedError("Cannot send: the connection accepts no more data", {
        source: "transport",
        by: "peer",
        cause: error,
      });
    } finally {
      this.#sending = false;
    }
  }

  /**
   * Requests a release, waits for the peer's response, and closes the connection. A caller has to be receiving
   * meanwhile. Throws AssociationStateError if the association is no longer established, and AssociationAbortedError if
   * it ends another way.
   */
  async release(): Promise<void> {
    this.#machine.request({ event: "A-RELEASE request" });
    const { release } = this.#timeouts;
    this.#release.start(release, () => this.abort(new DeadlineError("release", release)));
    const end = await this.closed;
    if (end.how !== "released") throw this.signal.reason;
  }

  /** Agrees to the release that the peer asked for, and closes. */
  acceptRelease(): void {
    if (this.state !== "Sta8") return;
    this.#machine.request({ event: "A-RELEASE response" });
    this.#conclude({ how: "released", by: "peer" });
  }

  /**
   * Sends an A-ABORT and closes: as service-provider with its reason when `cause` is a PduError, else as service-user.
   * When the association has already ended, a signal that is the cause leaves the peer less time to close.
   */
  abort(cause?: Error): void {
    this.#machine.abort(cause);
    this.#concludeAsMachine();
  }

  /** Tells observers what the peer did wrong and is forgiven. */
  warn(warning: string): void {
    this.#record.warn(warning);
  }

  /** Releases the association, or aborts it when a release is no longer possible; waits until it is closed. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      if (this.state === "Sta6") await this.release();
      else this.abort();
    } catch {
      // However it ended, it has.
    }
    await this.closed;
  }

  #look(): TrafficSample {
    const { waiting, insidePdu, bytesReceived, bytesSent } = this.#machine;
    const inside = insidePdu || this.insideMessage();
    const owed = !waiting ? "nothing" : inside ? "progress" : this.peerOwes() ? "anything" : "nothing";
    return { bytesReceived, bytesSent, owed, sending: this.#sending };
  }

  /** The machine may have ended before a caller received its last indication. */
  #concludeAsMachine(): void {
    const { last } = this.#machine;
    if (last?.type === "A-RELEASE confirmation") this.#conclude({ how: "released", by: "local" });
    else if (last !== undefined) this.#conclude({ how: "aborted", ...howAborted(last) });
  }

  #conclude(end: AssociationEnd): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#stallWatch.stop();
    this.#release.stop();
    if (end.how === "aborted") this.#aborted.abort(toError(end));
    this.#machine.finished.then(() => this.#record.end(end));
  }
}
