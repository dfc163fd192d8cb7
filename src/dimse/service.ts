/**
 * What a service offers to the provider: which presentation contexts it takes, and how it performs an operation.
 *
 * @module
 */

import type { LentBytes } from "../lent_bytes.ts";
import type { AssociationInfo, PresentationContext } from "../upper_layer/events.ts";
import type { TransferSyntaxPolicy } from "../upper_layer/negotiation.ts";
import type { RequestCommand, ResponseCommand } from "./commands.ts";
import type { OutgoingDataSet } from "./message_writer.ts";

/** An operation that the peer asks for. */
export interface PerformRequest<Command extends RequestCommand = RequestCommand> {
  /** The association that it came on. */
  readonly association: AssociationInfo;
  /** The presentation context that it came in. */
  readonly context: PresentationContext;
  /** Its command set. */
  readonly command: Command;
  /** Its data set, in the context's transfer syntax, pulled from the transport as it is read. */
  readonly dataSet: ReadableStream<Uint8Array> | undefined;
  /** The same at less cost, for who has done with one piece before the next; `dataSet` is left alone then. */
  readonly lent: LentBytes | undefined;
  /** Aborted by a C-CANCEL-RQ, and when the association ends before the operation. */
  readonly signal: AbortSignal;
}

/** What a performer says in the command set of a response; the provider knows the rest. */
export type PerformerFields<Command> = Command extends ResponseCommand
  ? Omit<Command, "type" | "hasDataSet" | "messageIdBeingRespondedTo">
  : never;

/** A response: its status, what else its command set says, and its data set in the context's transfer syntax. */
export type Response = PerformerFields<ResponseCommand> & {
  /** Such as the identifier of a match; absent when the response has none. */
  readonly dataSet?: OutgoingDataSet;
};

/** One service, as its performer (SCP). */
export interface Service {
  /** Types of the requests that it performs. */
  readonly performs: readonly RequestCommand["type"][];
  /** Which transfer syntaxes it takes for an abstract syntax; undefined when that is none of its own. */
  transferSyntaxes(abstractSyntax: string): TransferSyntaxPolicy | undefined;
  /**
   * Performs an operation: one response, or any number of pending ones and a final one. A `DimseStatusError` thrown
   * becomes its status; anything else becomes 0x0110 (processing failure), and its message stays here.
   */
  perform(request: PerformRequest): Promise<Response> | AsyncIterable<Response>;
}
