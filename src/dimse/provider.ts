/**
 * The DIMSE service provider of one association (PS3.7 6 and 8): performs what the peer asks for and invokes what this
 * side asks for, at the same time where that was negotiated.
 *
 * @module
 */

import { AssociationAbortedError, PresentationContextError } from "../errors.ts";
import type { Association } from "../upper_layer/association.ts";
import type { Observer, PresentationContext } from "../upper_layer/events.ts";
import type { MalformedCommand, RequestCommand, ResponseTo } from "./command_set.ts";
import type { DimseEvent } from "./events.ts";
import { type IncomingResponse, type InvokeOptions, Invoker } from "./invoker.ts";
import { type IncomingMessage, MessageReader } from "./message_reader.ts";
import { MessageWriter } from "./message_writer.ts";
import { Performer } from "./performer.ts";
import type { Service } from "./service.ts";

/** What a provider needs besides its association. */
export interface ProviderOptions {
  /** What the peer may ask for; nothing when absent. */
  readonly services?: readonly Service[];
  /** Who watches the operations. */
  readonly observers?: readonly Observer<DimseEvent>[];
  /** Longest wait for a response, and longest silence in its data set, in milliseconds; 0 means any. */
  readonly responseTimeout: number;
  /** Longest data set that is received, in bytes; a peer that sends a longer one is aborted. Default 32 GiB. */
  readonly maximumDataSetLength?: number;
}

/** Longest data set that is received where nobody says otherwise, in bytes: longer than any real one. */
export const DEFAULT_MAXIMUM_DATA_SET_LENGTH: number = 32 * 1024 ** 3;

/** A request as its caller writes it: the provider numbers it. */
export type Unnumbered<Request extends RequestCommand> = Omit<Request, "messageId" | "hasDataSet">;

/** Serves one association from the moment it is made until the association ends. */
export class DimseProvider {
  /** The association that it serves. */
  readonly association: Association;
  readonly #messages: MessageReader;
  readonly #invoker: Invoker;
  readonly #performer: Performer;

  /** Starts to read at once. */
  constructor(association: Association, options: ProviderOptions) {
    const { services = [], observers = [], responseTimeout } = options;
    this.association = association;
    const writer = new MessageWriter(association);
    const { maximumDataSetLength = DEFAULT_MAXIMUM_DATA_SET_LENGTH } = options;
    this.#messages = new MessageReader(association, maximumDataSetLength, responseTimeout);
    this.#invoker = new Invoker(association, writer, observers, responseTimeout);
    this.#performer = new Performer(association, writer, services, observers);
    // A requestor may keep an association on which nobody says anything; an acceptor waits for the next request.
    const awaitsRequests = association.info.role === "acceptor";
    association.peerOwes = () => awaitsRequests && !this.#performer.busy && !this.#invoker.busy;
    association.insideMessage = () => this.#messages.insideMessage;
    this.#run();
  }

  /** The accepted presentation context for an abstract syntax (and a transfer syntax). Throws PresentationContextError. */
  context(abstractSyntax: string, transferSyntax?: string): PresentationContext {
    const found = this.association.agreement.contexts.find((context) =>
      context.abstractSyntax === abstractSyntax &&
      (transferSyntax === undefined || context.transferSyntax === transferSyntax)
    );
    if (found !== undefined) return found;
    const inWhat = transferSyntax === undefined ? "" : ` in transfer syntax ${transferSyntax}`;
    throw new PresentationContextError(
      `Cannot use ${abstractSyntax}${inWhat}: the peer accepted no such presentation context`,
      { abstractSyntax, ...(transferSyntax !== undefined && { transferSyntax }) },
    );
  }

  /**
   * Invokes an operation and resolves with its final response, whatever its status. Throws AssociationAbortedError when
   * the association ends first, and what a data set stream throws (the association is aborted then).
   */
  invoke<Request extends RequestCommand>(
    context: PresentationContext,
    request: Unnumbered<Request>,
    options: InvokeOptions = {},
  ): Promise<IncomingResponse<ResponseTo<Request>>> {
    const messageId = this.#invoker.nextMessageId();
    const numbered = { ...request, messageId, hasDataSet: options.dataSet !== undefined };
    return this.#invoker.invoke(context, numbered as unknown as Request, options);
  }

  async #run(): Promise<void> {
    const { association } = this;
    try {
      for (let message = await this.#messages.next(); message !== undefined; message = await this.#messages.next()) {
        await this.#dispatch(message);
      }
      const error = released(association);
      this.#invoker.fail(error); // Whoever wants to release answers no more.
      // The peer waits for what it has asked for, and says nothing now; unless it aborts, which only a reader learns.
      if (this.#performer.busy && error.by === "peer") {
        await Promise.race([this.#performer.finish(), association.receive()]);
      }
      association.acceptRelease();
      this.#performer.fail(error);
    } catch (error) {
      association.abort(error instanceof Error ? error : undefined);
      this.#invoker.fail(association.signal.reason);
      this.#performer.fail(association.signal.reason);
    }
  }

  #dispatch(message: IncomingMessage): Promise<void> | void {
    const { command } = message;
    if (command.type === "malformed") return this.#dispatchMalformed({ ...message, command });
    if (command.type === "C-CANCEL-RQ") {
      this.#performer.cancel(command);
      return message.dataSet?.discard(); // There should be none, and nothing else comes before it is read.
    }
    if ("status" in command) return this.#invoker.take({ ...message, command });
    return this.#performer.begin({ ...message, command });
  }

  #dispatchMalformed(message: IncomingMessage<MalformedCommand>): Promise<void> | void {
    const { command } = message;
    switch (command.kind) {
      case "request":
        return this.#performer.refuse({ ...message, command });
      case "response":
        return this.#invoker.takeMalformed({ ...message, command });
      case "cancel":
        this.association.warn(`Passed over a C-CANCEL-RQ. ${command.error.message}`);
        return message.dataSet?.discard();
    }
  }
}

function released({ state }: Association): AssociationAbortedError {
  return new AssociationAbortedError("Cannot go on: the association was released", {
    source: "service-user",
    by: state === "Sta8" ? "peer" : "local",
  });
}
