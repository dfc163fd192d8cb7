/**
 * Drives the state machine of PS3.8 9.2 over a connection: service primitives go in, indications come out.
 *
 * @module
 */

import { AssociationStateError, DeadlineError, PduError } from "../errors.ts";
import { type Source, sourceOf } from "../streams/lending_stream.ts";
import type { Connection } from "./connection.ts";
import type { IncomingPdu, PdvFragment } from "./pdu.ts";
import { encodeControlPdu } from "./codec/pdu_encode.ts";
import { PduReader } from "./codec/pdu_reader.ts";
import { ended, type Indication, lost, type Request, toIndication, toSend } from "./primitives.ts";
import {
  type ActionName,
  type Effect,
  type State,
  type StateEvent,
  type Transition,
  transition,
} from "./state_machine.ts";
import { LAST_WAIT, type Timeouts, Timer } from "./timeouts.ts";

/** How many bytes are read of a peer, and dropped, while it is waited for to close the connection. */
const MAXIMUM_DROPPED = 1024 * 1024;

/** One connection's upper layer. */
export class ProtocolMachine {
  readonly #requestor: boolean;
  readonly #source: Source;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #pdus: PduReader;
  readonly #timeouts: Timeouts;
  readonly #artim = new Timer();
  #state: State;
  /** A PDU, or an error in reading one, that `take` met and left to `receive`. */
  #held: IncomingPdu | PduError | undefined;
  #reading = false;
  /** Bytes that came when nothing more was to be said. */
  #dropped = 0;
  /** Ends the wait of `receive`. */
  #wake: (() => void) | undefined;
  /** What `receive` gives from then on. */
  #last: Indication | undefined;
  #finish!: () => void;

  /** Resolves when the transport has been closed and no timer is left. Never rejects. */
  readonly finished: Promise<void>;
  bytesReceived = 0;
  bytesSent = 0;

  /** An acceptor's machine starts with the ARTIM timer running, a requestor's when its A-ASSOCIATE-RQ goes out. */
  constructor(connection: Connection, role: "requestor" | "acceptor", maxPduLength: number, timeouts: Timeouts) {
    this.#requestor = role === "requestor";
    this.#source = sourceOf(connection.readable);
    this.#writer = connection.writable.getWriter();
    this.#writer.closed.catch(() => {}); // Every write tells it.
    this.#pdus = new PduReader({ maxPduLength });
    this.#timeouts = timeouts;
    this.finished = new Promise((resolve) => this.#finish = resolve);
    this.#state = this.#requestor ? "Sta4" : "Sta1";
    if (!this.#requestor) this.#step("transport connection indication");
  }

  /** State of PS3.8 Table 9-10. */
  get state(): State {
    return this.#state;
  }

  /** The indication that ended the association, once it has ended. */
  get last(): Indication | undefined {
    return this.#last;
  }

  /** Whether `receive` waits for the peer. */
  get waiting(): boolean {
    return this.#wake !== undefined;
  }

  /** Whether a PDU has come in part. */
  get insidePdu(): boolean {
    return this.#pdus.insidePdu;
  }

  /**
   * The next piece of a P-DATA-TF if it has already arrived, without waiting; everything else is left to `receive`. Bytes
   * of either are lent until the next call of either.
   */
  take(): PdvFragment | undefined {
    if (this.#held !== undefined || this.#last !== undefined) return undefined;
    const pdu = this.#nextPdu();
    if (pdu === undefined) return undefined;
    if (!(pdu instanceof Error) && pdu.type === "P-DATA-TF") {
      const indication = this.#step("P-DATA-TF", pdu);
      return indication === pdu ? pdu : undefined;
    }
    this.#held = pdu;
    return undefined;
  }

  /** The next indication. Once the association has ended, the last one again and again. Never rejects. */
  async receive(): Promise<Indication> {
    for (;;) {
      if (this.#last !== undefined) return this.#last;
      const pdu = this.#held ?? this.#nextPdu();
      this.#held = undefined;
      if (pdu instanceof PduError) {
        this.#fail(pdu);
      } else if (pdu !== undefined) {
        const indication = this.#step(pdu.type, pdu);
        if (indication !== undefined) return indication;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
          if (!this.#reading) this.#read();
        });
        this.#wake = undefined;
      }
    }
  }

  /** Issues a service primitive. Throws AssociationStateError where the state does not allow it. */
  request(request: Request): void {
    // The connection is open, so the request goes out at once.
    const event = request.event === "A-ASSOCIATE request" ? "transport connect confirmation" : request.event;
    this.#step(event, "pdu" in request ? request.pdu : undefined);
  }

  /**
   * Aborts: as service-provider when the peer broke a rule, else as service-user. When all is over, a signal that is the
   * cause leaves the peer less time to close, and anything else does nothing.
   */
  abort(cause?: Error): void {
    if (this.#state === "Sta1") return;
    if (this.#state === "Sta13") {
      if (cause instanceof DOMException) this.#startArtim("release", cause);
    } else if (cause instanceof PduError) this.#fail(cause);
    // Before its request, a peer is owed no A-ABORT: the table closes the connection when the time is up.
    else this.#step(this.#state === "Sta2" ? "ARTIM timer expired" : "A-ABORT request", undefined, cause);
  }

  /** Writes encoded P-DATA-TF PDUs. Resolves when the transport has taken them. */
  send(bytes: Uint8Array): Promise<void> {
    const { next } = this.#transition("P-DATA request");
    this.#state = next;
    return this.#write(bytes);
  }

  #nextPdu(): IncomingPdu | PduError | undefined {
    try {
      return this.#pdus.next();
    } catch (error) {
      if (error instanceof PduError) return error;
      throw error;
    }
  }

  #fail(error: PduError): void {
    this.#step("unrecognized or invalid PDU", undefined, error);
  }

  #transition(event: StateEvent): Transition {
    const found = transition(this.#state, event, { requestor: this.#requestor });
    if (found !== undefined) return found;
    throw new AssociationStateError(`Cannot go on with ${event}: the association is in ${this.#state}`, {
      state: this.#state,
    });
  }

  /** Does what the state table says. Returns what it indicates, unless that is the end, which `receive` tells. */
  #step(event: StateEvent, pdu?: IncomingPdu, cause?: Error): Indication | undefined {
    const { action, effects, next } = this.#transition(event);
    if (pdu !== undefined && ABORTS.has(action)) {
      cause = new PduError(`Cannot take the ${pdu.type}: it is not expected in ${this.#state}`, {
        reason: "unexpected-pdu",
      });
    }
    let indication: Indication | undefined;
    for (const effect of effects) {
      if (effect.type === "indicate") indication = toIndication(effect.primitive, event, pdu, cause);
      else this.#do(effect, next, pdu, cause);
    }
    this.#state = next; // Not before: a PDU that can't be written changes nothing.
    if (next !== "Sta1" && next !== "Sta13") return indication;
    if (this.#last === undefined) this.#end(indication ?? ended("local", cause));
    if (next === "Sta1") this.#close(GRACEFUL.has(action));
    return undefined;
  }

  #do(
    effect: Exclude<Effect, { type: "indicate" }>,
    next: State,
    pdu: IncomingPdu | undefined,
    cause: Error | undefined,
  ): void {
    switch (effect.type) {
      case "send":
        this.#write(encodeControlPdu(toSend(effect, pdu, cause))).catch(() => {}); // Reading tells it as well.
        break;
      case "start ARTIM":
        this.#startArtim(next === "Sta2" ? "associate" : "release", cause);
        break;
      case "stop ARTIM":
        this.#artim.stop();
        break;
      case "open transport": // It is open: a machine is made for a connection.
      case "close transport": // Whatever leads to Sta1 closes it.
        break;
    }
  }

  #startArtim(phase: "associate" | "release", cause: Error | undefined): void {
    const milliseconds = this.#patience(phase, cause);
    this.#artim.start(milliseconds, () => {
      const came = this.bytesReceived > 0 ? "too little came" : "nothing came";
      this.#step("ARTIM timer expired", undefined, new DeadlineError(phase, milliseconds, came));
    });
  }

  #patience(phase: "associate" | "release", cause: Error | undefined): number {
    const milliseconds = this.#timeouts[phase];
    const { afterDeadline, afterSignal } = LAST_WAIT;
    const last = cause instanceof DeadlineError
      ? afterDeadline
      : cause instanceof DOMException
      ? afterSignal
      : milliseconds;
    return milliseconds === 0 ? last : Math.min(milliseconds, last);
  }

  /** Nothing more is to be said. A peer that still has to close gets its time; what else it sends is dropped. */
  #end(last: Indication): void {
    this.#last = last;
    this.#wake?.();
    if (this.#state !== "Sta13") return;
    this.#writer.close().catch(() => {});
    if (!this.#reading) this.#read();
  }

  #close(graceful: boolean): void {
    const cutOff = () => this.#writer.abort();
    this.#artim.stop();
    // A peer may have had its last word without taking what was sent to it before.
    if (graceful) this.#artim.start(this.#timeouts.release, cutOff);
    const closed = graceful ? this.#writer.close() : cutOff();
    Promise.allSettled([closed, this.#source.cancel()]).then(() => {
      this.#artim.stop();
      this.#finish();
    });
  }

  #read(): void {
    this.#reading = true;
    this.#source.read().then((bytes) => {
      this.#reading = false;
      if (bytes === undefined) this.#closedByPeer();
      else this.#arrived(bytes);
    }, (error) => {
      this.#reading = false;
      this.#closedByPeer(error);
    });
  }

  #arrived(bytes: Uint8Array): void {
    this.bytesReceived += bytes.length;
    if (this.#last !== undefined) {
      if (this.#state === "Sta13") this.#drop(bytes.length);
      return;
    }
    this.#pdus.push(bytes);
    this.#wake?.();
  }

  /** Reads on for as long as the next piece won't be too much; a peer that goes on talking is cut off. */
  #drop(length: number): void {
    this.#dropped += length;
    if (this.#dropped + length <= MAXIMUM_DROPPED) this.#read();
    else this.#step("ARTIM timer expired");
  }

  #closedByPeer(error?: unknown): void {
    if (this.#state !== "Sta1") this.#step("transport connection closed", undefined, lost(this.#pdus.insidePdu, error));
  }

  #write(bytes: Uint8Array): Promise<void> {
    this.bytesSent += bytes.length;
    return this.#writer.write(bytes);
  }
}

/** Actions that answer an event with an A-ABORT. */
const ABORTS: ReadonlySet<string> = new Set<ActionName>(["AA-1", "AA-7", "AA-8"]);
/** Actions that close a connection on which everything has been said and heard. */
const GRACEFUL: ReadonlySet<string> = new Set<ActionName>(["AE-4", "AR-3"]);
