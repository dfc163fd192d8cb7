/**
 * The record of one association: what observers see, kept as it goes on.
 *
 * @module
 */

import type { Agreement } from "./agreement.ts";
import type { Connection, Endpoint, TlsInfo } from "./connection.ts";
import {
  type AssociationEnd,
  type AssociationEvent,
  type AssociationInfo,
  notify,
  type Observer,
  type PresentationContext,
} from "./events.ts";
import type { AAssociateRq } from "./pdu.ts";
import type { ProtocolMachine } from "./protocol_machine.ts";

let lastId = 0;

/** Tells observers what happens, and is what they are told about. */
export class AssociationRecord implements AssociationInfo {
  readonly id: string = (++lastId).toString(36);
  readonly role: "acceptor" | "requestor";
  readonly transport: string;
  readonly remote: Endpoint | undefined;
  readonly tls: TlsInfo | undefined;
  readonly openedAt: number = Date.now();
  callingAeTitle = "";
  calledAeTitle = "";
  user: string | undefined;
  establishedAt: number | undefined;
  contexts: readonly PresentationContext[] = [];
  implementationVersionName = "";
  /** Resolves with how it ended, after the observers have been told. */
  readonly ended: Promise<AssociationEnd>;

  readonly #machine: ProtocolMachine;
  readonly #observers: readonly Observer<AssociationEvent>[];
  #resolve!: (end: AssociationEnd) => void;

  constructor(
    machine: ProtocolMachine,
    connection: Connection,
    role: "acceptor" | "requestor",
    observers: readonly Observer<AssociationEvent>[],
  ) {
    this.#machine = machine;
    this.role = role;
    this.transport = connection.transport ?? "stream";
    this.remote = connection.remote;
    this.tls = connection.tls;
    this.#observers = observers;
    this.ended = new Promise((resolve) => this.#resolve = resolve);
    notify(observers, { type: "association-opened", association: this });
  }

  get state(): string {
    return this.#machine.state;
  }

  get bytesReceived(): number {
    return this.#machine.bytesReceived;
  }

  get bytesSent(): number {
    return this.#machine.bytesSent;
  }

  /** The AE titles of both parties are known. */
  identify(request: AAssociateRq): void {
    this.callingAeTitle = request.callingAeTitle;
    this.calledAeTitle = request.calledAeTitle;
  }

  establish({ request, answer, contexts }: Agreement): void {
    const peer = this.role === "acceptor" ? request : answer;
    this.implementationVersionName = peer.userInformation.implementationVersionName ?? "";
    this.contexts = contexts;
    this.establishedAt = Date.now();
    notify(this.#observers, { type: "association-established", association: this });
  }

  /** The peer is forgiven something. */
  warn(warning: string): void {
    notify(this.#observers, { type: "association-warning", association: this, warning });
  }

  end(end: AssociationEnd): void {
    notify(this.#observers, { type: "association-ended", association: this, end });
    this.#resolve(end);
  }
}
