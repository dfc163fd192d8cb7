/**
 * Operations that this side performs (SCP): requests in, responses out.
 *
 * @module
 */

import { AssociationAbortedError, DimseStatusError } from "../errors.ts";
import type { Association } from "../upper_layer/association.ts";
import type { Observer } from "../upper_layer/events.ts";
import type { CCancelRq, RequestCommand } from "./commands.ts";
import { encodeCommandSet, respond } from "./command_set.ts";
import type { DimseEvent } from "./events.ts";
import type { MalformedRequest } from "./malformed_command.ts";
import type { IncomingMessage } from "./message_reader.ts";
import { bytesOf, type MessageWriter } from "./message_writer.ts";
import { operationOf, OperationWatch } from "./operation.ts";
import type { DimseProvider } from "./provider.ts";
import { encodeRefusal, refusedOperation } from "./refusal.ts";
import type { PerformResponse, Service } from "./service.ts";
import type { ServiceChoice } from "./service_choice.ts";
import * as Status from "./status.ts";
import { isPending } from "./statuses.ts";

type Request = IncomingMessage<RequestCommand>;

interface Performing {
  readonly request: Request;
  /** Made when it is asked for: most operations are neither cancelled nor cancellable. */
  cancel: AbortController | undefined;
  readonly watch: OperationWatch;
  /** Of the final response, once that is on its way. */
  status: number | undefined;
  /** Settles when it is over. */
  done: Promise<void>;
}

/** Keeps the operations that are being performed: as many as were negotiated; the next one waits. */
export class Performer {
  readonly #association: Association;
  readonly #writer: MessageWriter;
  readonly #provider: DimseProvider;
  readonly #services: ServiceChoice;
  readonly #observers: readonly Observer<DimseEvent>[];
  /** By message ID. */
  readonly #performing = new Map<number, Performing>();

  constructor(
    association: Association,
    writer: MessageWriter,
    provider: DimseProvider,
    services: ServiceChoice,
    observers: readonly Observer<DimseEvent>[],
  ) {
    this.#association = association;
    this.#writer = writer;
    this.#provider = provider;
    this.#services = services;
    this.#observers = observers;
  }

  /** Whether an operation is being performed. */
  get busy(): boolean {
    return this.#performing.size > 0;
  }

  /** Begins to perform an operation, when there is room for one more. */
  async begin(request: Request): Promise<void> {
    while (this.#performing.size >= this.#association.agreement.maximumPerformed) {
      await Promise.race(this.#allDone());
    }
    const { messageId } = request.command;
    const same = this.#performing.get(messageId);
    if (same?.status !== undefined) await same.done; // Its message ID is free as soon as the peer has the response.
    if (this.#performing.has(messageId)) {
      await this.#send(request, { status: Status.DuplicateInvocation });
      return;
    }
    const watch = new OperationWatch(
      this.#observers,
      this.#association.info,
      operationOf(request.command, "performed"),
    );
    const operation: Performing = { request, cancel: undefined, watch, status: undefined, done: Promise.resolve() };
    this.#performing.set(messageId, operation);
    operation.done = this.#perform(operation);
  }

  /** Answers a request that can't be performed. */
  async refuse({ command, context, dataSet }: IncomingMessage<MalformedRequest>): Promise<void> {
    const watch = new OperationWatch(this.#observers, this.#association.info, refusedOperation(command));
    try {
      await dataSet?.cancel();
      await this.#writer.write(context.id, encodeRefusal(command));
      watch.bytes = dataSet?.length ?? 0;
      watch.end(command.status, command.error);
    } catch (error) {
      watch.end(undefined, error);
      throw error;
    }
  }

  /** The peer lost interest. An operation that is over already needs no cancelling. */
  cancel(command: CCancelRq): void {
    const reason = new DOMException("The peer sent a C-CANCEL-RQ", "AbortError");
    const operation = this.#performing.get(command.messageIdBeingRespondedTo);
    if (operation !== undefined) cancelOf(operation).abort(reason);
  }

  /** Waits for everything that is being performed. */
  async finish(): Promise<void> {
    await Promise.all(this.#allDone());
  }

  /** The association has ended: no peer waits for a response. */
  fail(error: unknown): void {
    for (const operation of this.#performing.values()) cancelOf(operation).abort(error);
  }

  #allDone(): Promise<void>[] {
    return Array.from(this.#performing.values(), ({ done }) => done);
  }

  /** Never rejects: whatever goes wrong is a status, or the end of the association. */
  async #perform(operation: Performing): Promise<void> {
    const { request, watch } = operation;
    let failure: unknown;
    try {
      await this.#respondAll(operation);
    } catch (error) {
      failure = error;
      if (operation.status === undefined) await this.#respondFailure(operation, error);
    }
    watch.bytes += request.dataSet?.length ?? 0;
    watch.end(operation.status, failure);
    this.#performing.delete(request.command.messageId);
  }

  /** Sends what the service has to say, up to the final response. */
  async #respondAll(operation: Performing): Promise<void> {
    const { command, context, dataSet } = operation.request;
    const responses = this.#service(operation.request).perform({
      association: this.#association.info,
      provider: this.#provider,
      context,
      command,
      dataSet,
      get signal() {
        return cancelOf(operation).signal;
      },
    });
    if (Symbol.asyncIterator in responses) {
      for await (const response of responses) {
        await this.#respond(operation, response);
        if (operation.status !== undefined) break;
      }
    } else {
      await this.#respond(operation, await responses);
    }
    if (operation.status !== undefined) return;
    throw new Error(`Cannot perform the ${command.type}: its service gave no final response`);
  }

  /** Tells the peer that something went wrong; if that can't be done either, the association has to end. */
  async #respondFailure(operation: Performing, failure: unknown): Promise<void> {
    try {
      await this.#respond(operation, toResponse(failure));
    } catch (error) {
      if (error instanceof AssociationAbortedError) return;
      this.#association.abort(error instanceof Error ? error : undefined);
    }
  }

  #service({ command, context }: Request): Service {
    const service = this.#services.of(context.abstractSyntax)?.service;
    if (service?.performs.includes(command.type)) return service;
    throw new DimseStatusError(`Cannot perform the ${command.type}: not a service of this presentation context`, {
      status: Status.UnrecognizedOperation,
    });
  }

  async #respond(operation: Performing, response: PerformResponse): Promise<void> {
    if (!isPending(response.status)) operation.status = response.status;
    try {
      operation.watch.bytes += await this.#send(operation.request, response);
    } catch (error) {
      operation.status = undefined;
      throw error;
    }
  }

  /** Sends a response, once all of the request has come; returns the length of its data set. */
  async #send(request: Request, response: PerformResponse): Promise<number> {
    const { dataSet: given, ...fields } = response;
    const dataSet = bytesOf(given, request.context.transferSyntax);
    await request.dataSet?.cancel();
    const command = respond(request.command, { ...fields, hasDataSet: dataSet !== undefined });
    return await this.#writer.write(request.context.id, encodeCommandSet(command), dataSet);
  }
}

function cancelOf(operation: Performing): AbortController {
  return operation.cancel ??= new AbortController();
}

/** Only what was meant for the peer reaches it: the message of any other error may hold anything. */
function toResponse(error: unknown): PerformResponse {
  if (!(error instanceof DimseStatusError)) return { status: Status.ProcessingFailure };
  const { status, comment, offendingElements } = error;
  return {
    status,
    ...(comment !== undefined && { errorComment: comment }),
    ...(offendingElements.length > 0 && { offendingElement: offendingElements }),
  };
}
