/**
 * The DIMSE service provider of one association (PS3.7 6 and 8): performs what the peer asks for and invokes what this
 * side asks for, at the same time where that was negotiated.
 *
 * @module
 */

import { PresentationContextError } from "./presentation_context_error.ts";
import { AssociationAbortedError } from "../errors.ts";
import type { Association } from "../upper_layer/association.ts";
import type { Observer, PresentationContext } from "../upper_layer/events.ts";
import { requestorRoles } from "../upper_layer/negotiation.ts";
import type { MalformedCommand, RequestCommand, RequestOf, ResponseTo } from "./command_set.ts";
import type { DimseEvent } from "./events.ts";
import { type IncomingResponse, type InvokeOptions, Invoker } from "./invoker.ts";
import { type IncomingMessage, MessageReader } from "./message_reader.ts";
import { MessageWriter } from "./message_writer.ts";
import { Performer } from "./performer.ts";
import { responsesOf } from "./response_stream.ts";
import type { Service } from "./service.ts";
import { ServiceChoice } from "./service_choice.ts";

/** What a provider needs besides its association. */
export interface ProviderOptions {
  /** What the peer may ask for, the first that takes an abstract syntax; nothing when absent. */
  readonly services?: readonly Service[];
  /** Who watches the operations. */
  readonly observers?: readonly Observer<DimseEvent>[];
  /** Longest wait for a response, and longest silence in its data set, in milliseconds; 0 means any. */
  readonly responseTimeout: number;
  /** Longest data set that is received, in bytes; a peer that sends a longer one is aborted. Default 32 GiB. */
  readonly maxDataSetLength?: number;
}

/** Longest data set that is received where nobody says otherwise, in bytes: longer than any real one. */
export const DEFAULT_MAXIMUM_DATA_SET_LENGTH: number = 32 * 1024 ** 3;

/** A request as its caller writes it: the provider numbers it. */
export type Unnumbered<Request extends RequestCommand> = Omit<Request, "messageId" | "hasDataSet">;

/** A request of a type, as its caller writes it. */
export type RequestToInvoke<Type extends RequestCommand["type"]> =
  & { readonly type: Type }
  & Unnumbered<RequestOf<Type>>;

/** What this side may do in the presentation contexts of a SOP class (PS3.7 D.3.3.4). */
export interface Roles {
  /** Whether this side may invoke operations, as their SCU. */
  readonly scu: boolean;
  /** Whether this side performs operations, as their SCP. */
  readonly scp: boolean;
}

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
    const { maxDataSetLength = DEFAULT_MAXIMUM_DATA_SET_LENGTH } = options;
    this.#messages = new MessageReader(association, maxDataSetLength, responseTimeout);
    this.#invoker = new Invoker(association, writer, observers, responseTimeout);
    this.#performer = new Performer(association, writer, this, new ServiceChoice(services), observers);
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

  /** What this side may do with a SOP class: what was negotiated, or the requestor is SCU and the acceptor SCP. */
  roles(sopClassUid: string): Roles {
    const { agreement: { request, answer }, info } = this.association;
    const { scu, scp } = requestorRoles(request, answer, sopClassUid);
    return info.role === "requestor" ? { scu, scp } : { scu: scp, scp: scu };
  }

  /**
   * What SOP Class Extended Negotiation agreed on for a SOP class: the acceptor's service-class-application-information
   * (PS3.7 D.3.3.5); undefined when it was not proposed or not answered.
   */
  extendedNegotiation(sopClassUid: string): Uint8Array | undefined {
    const answers = this.association.agreement.answer.userInformation.extendedNegotiations;
    return answers?.find((answer) => answer.sopClassUid === sopClassUid)?.applicationInformation;
  }

  /**
   * Invokes an operation and resolves with its final response, whatever its status. Throws PresentationContextError when
   * an acceptor asks for what only the SCU of the SOP class may, AssociationAbortedError when the association ends first,
   * and what a data set stream throws (the association is aborted then).
   */
  async invoke<Type extends RequestCommand["type"]>(
    context: PresentationContext,
    request: RequestToInvoke<Type>,
    options: InvokeOptions<ResponseTo<RequestOf<Type>>> = {},
  ): Promise<IncomingResponse<ResponseTo<RequestOf<Type>>>> {
    this.#checkRole(context, request.type);
    const messageId = this.#invoker.nextMessageId();
    const numbered = { ...request, messageId, hasDataSet: options.dataSet !== undefined };
    return await this.#invoker.invoke(context, numbered as unknown as RequestOf<Type>, options);
  }

  /**
   * Invokes an operation and gives its responses as they come, the final one last. Nothing more is read from the peer
   * while one is looked at. Who leaves off early cancels the operation (C-CANCEL-RQ, or an abort where there is no such
   * thing) and waits for its end. Throws what `invoke` throws.
   */
  responses<Type extends RequestCommand["type"]>(
    context: PresentationContext,
    request: RequestToInvoke<Type>,
    options: Omit<InvokeOptions, "onPending"> = {},
  ): AsyncGenerator<IncomingResponse<ResponseTo<RequestOf<Type>>>, void, void> {
    return responsesOf((further) => this.invoke<Type>(context, request, { ...options, ...further }), options.signal);
  }

  /** An acceptor is SCP unless something else was negotiated. A requestor knows what it asked for. */
  #checkRole({ abstractSyntax }: PresentationContext, type: RequestCommand["type"]): void {
    if (type === "N-EVENT-REPORT-RQ" || this.association.info.role === "requestor") return;
    if (this.roles(abstractSyntax).scu) return;
    throw new PresentationContextError(
      `Cannot send the ${type}: the peer did not ask for the SCP role of ${abstractSyntax}`,
      { abstractSyntax },
    );
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
      return message.dataSet?.cancel(); // There should be none, and nothing else comes before it is read.
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
        return message.dataSet?.cancel();
    }
  }
}

function released({ state }: Association): AssociationAbortedError {
  return new AssociationAbortedError("Cannot go on: the association was released", {
    source: "service-user",
    by: state === "Sta8" ? "peer" : "local",
  });
}
