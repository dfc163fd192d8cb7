/**
 * PS3.8 Tables 9-1 to 9-10 as data: states, events, actions, and which action belongs to which pair of both.
 *
 * @module
 */

import type { Pdu } from "./pdu.ts";

/**
 * State of the upper layer protocol machine (PS3.8 Tables 9-1 to 9-5).
 *
 * - `Sta1`: idle
 * - `Sta2`: transport connection open, awaiting A-ASSOCIATE-RQ
 * - `Sta3`: awaiting the local A-ASSOCIATE response
 * - `Sta4`: awaiting the opening of the transport connection
 * - `Sta5`: awaiting A-ASSOCIATE-AC or A-ASSOCIATE-RJ
 * - `Sta6`: association established, ready for data transfer
 * - `Sta7`: awaiting A-RELEASE-RP
 * - `Sta8`: awaiting the local A-RELEASE response
 * - `Sta9`: release collision, requestor: awaiting the local A-RELEASE response
 * - `Sta10`: release collision, acceptor: awaiting A-RELEASE-RP
 * - `Sta11`: release collision, requestor: awaiting A-RELEASE-RP
 * - `Sta12`: release collision, acceptor: awaiting the local A-RELEASE response
 * - `Sta13`: awaiting the close of the transport connection
 */
export type State =
  | "Sta1"
  | "Sta2"
  | "Sta3"
  | "Sta4"
  | "Sta5"
  | "Sta6"
  | "Sta7"
  | "Sta8"
  | "Sta9"
  | "Sta10"
  | "Sta11"
  | "Sta12"
  | "Sta13";

/**
 * Event of the upper layer protocol machine (PS3.8 Table 9-10). The event that a PDU has come is called as the PDU's type
 * is; every other name is that of a service primitive, of the transport or of the ARTIM timer.
 */
export type StateEvent =
  | Pdu["type"]
  | "A-ASSOCIATE request"
  | "transport connect confirmation"
  | "transport connection indication"
  | "A-ASSOCIATE response (accept)"
  | "A-ASSOCIATE response (reject)"
  | "P-DATA request"
  | "A-RELEASE request"
  | "A-RELEASE response"
  | "A-ABORT request"
  | "transport connection closed"
  | "ARTIM timer expired"
  | "unrecognized or invalid PDU";

/** One thing that an action does. */
export type Effect =
  | { readonly type: "open transport" }
  | { readonly type: "close transport" }
  /** Starts the ARTIM timer, anew when it is running. */
  | { readonly type: "start ARTIM" }
  /** Stops the ARTIM timer if it is running. */
  | { readonly type: "stop ARTIM" }
  | { readonly type: "send"; readonly pdu: Exclude<Pdu["type"], "A-ABORT"> }
  /** AA-1 aborts as service-user, whichever side is to blame; AA-7 and AA-8 as service-provider. */
  | { readonly type: "send"; readonly pdu: "A-ABORT"; readonly source: "service-user" | "service-provider" }
  /** Hands a service primitive to the local user. An `A-ABORT` is an A-P-ABORT when the PDU names the provider. */
  | { readonly type: "indicate"; readonly primitive: Primitive };

/** Service primitive that an action issues to the local user. */
export type Primitive =
  | "A-ASSOCIATE indication"
  | "A-ASSOCIATE confirmation (accept)"
  | "A-ASSOCIATE confirmation (reject)"
  | "P-DATA indication"
  | "A-RELEASE indication"
  | "A-RELEASE confirmation"
  | "A-ABORT indication"
  | "A-P-ABORT indication";

/** Name of an action (PS3.8 Tables 9-6 to 9-9). */
export type ActionName =
  | `AE-${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8}`
  | `DT-${1 | 2}`
  | `AR-${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10}`
  | `AA-${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8}`;

/** What an action does, in order, and the state that it leads to. */
export interface Outcome {
  readonly effects: readonly Effect[];
  readonly next: State;
}

/** An action; two of them have another outcome when their condition does not hold. */
export type Action = Outcome | {
  readonly condition: "acceptable" | "requestor";
  readonly holds: Outcome;
  readonly fails: Outcome;
};

const openTransport: Effect = { type: "open transport" };
const closeTransport: Effect = { type: "close transport" };
const startArtim: Effect = { type: "start ARTIM" };
const stopArtim: Effect = { type: "stop ARTIM" };
const abortAsUser: Effect = { type: "send", pdu: "A-ABORT", source: "service-user" };
const abortAsProvider: Effect = { type: "send", pdu: "A-ABORT", source: "service-provider" };

function send(pdu: Exclude<Pdu["type"], "A-ABORT">): Effect {
  return { type: "send", pdu };
}

function indicate(primitive: Primitive): Effect {
  return { type: "indicate", primitive };
}

function outcome(next: State, ...effects: Effect[]): Outcome {
  return { effects, next };
}

/** Actions (PS3.8 Tables 9-6 to 9-9). */
export const actions: Readonly<Record<ActionName, Action>> = {
  "AE-1": outcome("Sta4", openTransport),
  "AE-2": outcome("Sta5", send("A-ASSOCIATE-RQ")),
  "AE-3": outcome("Sta6", indicate("A-ASSOCIATE confirmation (accept)")),
  "AE-4": outcome("Sta1", indicate("A-ASSOCIATE confirmation (reject)"), closeTransport),
  "AE-5": outcome("Sta2", startArtim),
  "AE-6": {
    condition: "acceptable",
    holds: outcome("Sta3", stopArtim, indicate("A-ASSOCIATE indication")),
    fails: outcome("Sta13", stopArtim, send("A-ASSOCIATE-RJ"), startArtim),
  },
  "AE-7": outcome("Sta6", send("A-ASSOCIATE-AC")),
  "AE-8": outcome("Sta13", send("A-ASSOCIATE-RJ"), startArtim),

  "DT-1": outcome("Sta6", send("P-DATA-TF")),
  "DT-2": outcome("Sta6", indicate("P-DATA indication")),

  "AR-1": outcome("Sta7", send("A-RELEASE-RQ")),
  "AR-2": outcome("Sta8", indicate("A-RELEASE indication")),
  "AR-3": outcome("Sta1", indicate("A-RELEASE confirmation"), closeTransport),
  "AR-4": outcome("Sta13", send("A-RELEASE-RP"), startArtim),
  "AR-5": outcome("Sta1", stopArtim),
  "AR-6": outcome("Sta7", indicate("P-DATA indication")),
  "AR-7": outcome("Sta8", send("P-DATA-TF")),
  "AR-8": {
    condition: "requestor",
    holds: outcome("Sta9", indicate("A-RELEASE indication")),
    fails: outcome("Sta10", indicate("A-RELEASE indication")),
  },
  "AR-9": outcome("Sta11", send("A-RELEASE-RP")),
  "AR-10": outcome("Sta12", indicate("A-RELEASE confirmation")),

  "AA-1": outcome("Sta13", abortAsUser, startArtim),
  "AA-2": outcome("Sta1", stopArtim, closeTransport),
  "AA-3": outcome("Sta1", indicate("A-ABORT indication"), closeTransport),
  "AA-4": outcome("Sta1", indicate("A-P-ABORT indication")),
  "AA-5": outcome("Sta1", stopArtim),
  "AA-6": outcome("Sta13"),
  "AA-7": outcome("Sta13", abortAsProvider),
  "AA-8": outcome("Sta13", abortAsProvider, indicate("A-P-ABORT indication"), startArtim),
};

/** Events by their number in PS3.8 Table 9-10, Evt1 first. */
export const events: readonly StateEvent[] = [
  "A-ASSOCIATE request", // Evt1
  "transport connect confirmation", // Evt2
  "A-ASSOCIATE-AC", // Evt3
  "A-ASSOCIATE-RJ", // Evt4
  "transport connection indication", // Evt5
  "A-ASSOCIATE-RQ", // Evt6
  "A-ASSOCIATE response (accept)", // Evt7
  "A-ASSOCIATE response (reject)", // Evt8
  "P-DATA request", // Evt9
  "P-DATA-TF", // Evt10
  "A-RELEASE request", // Evt11
  "A-RELEASE-RQ", // Evt12
  "A-RELEASE-RP", // Evt13
  "A-RELEASE response", // Evt14
  "A-ABORT request", // Evt15
  "A-ABORT", // Evt16
  "transport connection closed", // Evt17
  "ARTIM timer expired", // Evt18
  "unrecognized or invalid PDU", // Evt19
];

/**
 * PS3.8 Table 9-10: a row an event, a column a state. A dot, or nothing up to the end of the row, is where the event cannot
 * happen.
 */
// deno-fmt-ignore
export const stateTable: readonly string[] = [
  //          Sta1 Sta2 Sta3 Sta4 Sta5 Sta6 Sta7 Sta8 Sta9 Sta10 Sta11 Sta12 Sta13
  /* Evt1  */ "AE-1",
  /* Evt2  */ ".    .    .    AE-2",
  /* Evt3  */ ".    AA-1 AA-8 .    AE-3 AA-8 AA-8 AA-8 AA-8 AA-8  AA-8  AA-8  AA-6",
  /* Evt4  */ ".    AA-1 AA-8 .    AE-4 AA-8 AA-8 AA-8 AA-8 AA-8  AA-8  AA-8  AA-6",
  /* Evt5  */ "AE-5",
  /* Evt6  */ ".    AE-6 AA-8 .    AA-8 AA-8 AA-8 AA-8 AA-8 AA-8  AA-8  AA-8  AA-7",
  /* Evt7  */ ".    .    AE-7",
  /* Evt8  */ ".    .    AE-8",
  /* Evt9  */ ".    .    .    .    .    DT-1 .    AR-7",
  /* Evt10 */ ".    AA-1 AA-8 .    AA-8 DT-2 AR-6 AA-8 AA-8 AA-8  AA-8  AA-8  AA-6",
  /* Evt11 */ ".    .    .    .    .    AR-1",
  /* Evt12 */ ".    AA-1 AA-8 .    AA-8 AR-2 AR-8 AA-8 AA-8 AA-8  AA-8  AA-8  AA-6",
  /* Evt13 */ ".    AA-1 AA-8 .    AA-8 AA-8 AR-3 AA-8 AA-8 AR-10 AR-3  AA-8  AA-6",
  /* Evt14 */ ".    .    .    .    .    .    .    AR-4 AR-9 .     .     AR-4",
  /* Evt15 */ ".    .    AA-1 AA-2 AA-1 AA-1 AA-1 AA-1 AA-1 AA-1  AA-1  AA-1",
  /* Evt16 */ ".    AA-2 AA-3 .    AA-3 AA-3 AA-3 AA-3 AA-3 AA-3  AA-3  AA-3  AA-2",
  /* Evt17 */ ".    AA-5 AA-4 AA-4 AA-4 AA-4 AA-4 AA-4 AA-4 AA-4  AA-4  AA-4  AR-5",
  /* Evt18 */ ".    AA-2 .    .    .    .    .    .    .    .     .     .     AA-2",
  /* Evt19 */ ".    AA-1 AA-8 .    AA-8 AA-8 AA-8 AA-8 AA-8 AA-8  AA-8  AA-8  AA-7",
];
