/**
 * What this side asks for on an association (PS3.7 6 and 8), and what it may ask for.
 *
 * @module
 */

import { PresentationContextError } from "./presentation_context_error.ts";
import type { Association } from "../upper_layer/association.ts";
import type { PresentationContext } from "../upper_layer/events.ts";
import { requestorRoles } from "../upper_layer/negotiation.ts";
import type { RequestCommand, RequestOf, ResponseTo } from "./commands.ts";
import type { IncomingResponse, InvokeOptions, Invoker } from "./invoker.ts";
import { responsesOf } from "./response_stream.ts";

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

/** Invokes operations on one association, and tells what was negotiated on it. `serveAssociation()` makes one. */
export class DimseProvider {
  /** The association. */
  readonly association: Association;
  readonly #invoker: Invoker;

  /** Of an association whose responses `invoker` is given. */
  constructor(association: Association, invoker: Invoker) {
    this.association = association;
    this.#invoker = invoker;
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
   * while one is looked at. Leaving the loop early cancels the operation (C-CANCEL-RQ, or an abort if the operation cannot
   * be cancelled) and waits for its end. Throws what `invoke` throws.
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
}
