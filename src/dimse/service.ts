/**
 * What a service offers to the provider: which presentation contexts it takes, what it negotiates for them, and how it
 * performs an operation.
 *
 * @module
 */

import type { AssociationInfo, PresentationContext } from "../upper_layer/events.ts";
import type { TransferSyntaxPolicy } from "../upper_layer/negotiation.ts";
import type { RequestCommand, ResponseCommand } from "./commands.ts";
import type { IncomingDataSet } from "./message_reader.ts";
import type { OutgoingDataSet } from "./message_writer.ts";
import type { DimseProvider } from "./provider.ts";

/** An operation that the peer asks for. */
export interface PerformRequest<Command extends RequestCommand = RequestCommand> {
  /** The association that it came on. */
  readonly association: AssociationInfo;
  /**
   * Invokes operations on that same association: C-STORE sub-operations of a C-GET, N-EVENT-REPORT, now or later, as long
   * as the association lasts. Tells what was negotiated, too. `dataSet` has to be read or cancelled before: the peer's
   * response comes behind it.
   */
  readonly provider: DimseProvider;
  /** The presentation context that it came in. */
  readonly context: PresentationContext;
  /** Its command set. */
  readonly command: Command;
  /**
   * Its data set, pulled from the transport as it is read; undefined when the command has none. What the service leaves
   * unread is discarded. `readMessageDataSet()` makes a `DataSet` of a small one.
   */
  readonly dataSet: IncomingDataSet | undefined;
  /** Aborted by a C-CANCEL-RQ, and when the association ends before the operation. */
  readonly signal: AbortSignal;
}

/** What a performer says in the command set of a response; the provider knows the rest. */
export type PerformerFields<Command> = Command extends ResponseCommand
  ? Omit<Command, "type" | "hasDataSet" | "messageIdBeingRespondedTo">
  : never;

/** A response of a service: its status, what else its command set says, and its data set. */
export type PerformResponse = PerformerFields<ResponseCommand> & {
  /** Such as the identifier of a match; absent when the response has none. */
  readonly dataSet?: OutgoingDataSet;
};

/** One service, as its performer (SCP). */
export interface Service {
  /** Types of the requests that it performs. */
  readonly performs: readonly RequestCommand["type"][];
  /** Whether it comes after all other services: it accepts what no other service does. */
  readonly catchAll?: boolean;
  /** Which transfer syntaxes it accepts for an abstract syntax; undefined if it does not support that. */
  transferSyntaxes(abstractSyntax: string): TransferSyntaxPolicy | undefined;
  /**
   * Whether it invokes operations of a SOP class itself on associations that peers have opened, as a C-GET SCP invokes
   * C-STORE: a requestor that proposes the SCP role for it gets that role (PS3.7 D.3.3.4). Default: never.
   */
  invokes?(sopClassUid: string): boolean;
  /**
   * Answers SOP Class Extended Negotiation (PS3.7 D.3.3.5) for an abstract syntax that is its own, with the
   * service-class-application-information of the answer; undefined for no answer. Default: none.
   */
  negotiate?(sopClassUid: string, information: Uint8Array): Uint8Array | undefined;
  /**
   * Performs an operation: one response, or any number of pending ones and a final one. A `DimseStatusError` thrown
   * becomes its status; anything else becomes 0x0110 (processing failure), and its message stays here.
   */
  perform(request: PerformRequest): Promise<PerformResponse> | AsyncIterable<PerformResponse>;
}
