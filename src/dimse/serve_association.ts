/**
 * Serves one association (PS3.7 6 and 8): performs what the peer asks for and invokes what this side asks for, at the same
 * time where that was negotiated.
 *
 * @module
 */

import { AssociationAbortedError } from "../errors.ts";
import type { Association } from "../upper_layer/association.ts";
import type { Observer } from "../upper_layer/events.ts";
import type { MalformedCommand } from "./command_set.ts";
import type { DimseEvent } from "./events.ts";
import { Invoker } from "./invoker.ts";
import { type IncomingMessage, MessageReader } from "./message_reader.ts";
import { MessageWriter } from "./message_writer.ts";
import { Performer } from "./performer.ts";
import { DimseProvider } from "./provider.ts";
import type { Service } from "./service.ts";
import { ServiceChoice } from "./service_choice.ts";

/** What a provider needs besides its association. */
export interface ProviderOptions {
  /** What the peer may ask for, the first that takes an abstract syntax; nothing when absent. */
  readonly services?: readonly Service[];
  /** The observers of the operations. */
  readonly observers?: readonly Observer<DimseEvent>[];
  /** Longest wait for a response, and longest silence in its data set, in milliseconds; 0 means any. */
  readonly responseTimeout: number;
  /** Longest data set that is received, in bytes; a peer that sends a longer one is aborted. Default 32 GiB. */
  readonly maxDataSetLength?: number;
}

/** Default maximum length of a received data set, in bytes: longer than any real one. */
export const DEFAULT_MAXIMUM_DATA_SET_LENGTH: number = 32 * 1024 ** 3;

/** Serves an association from now until it ends. Starts to read at once. */
export function serveAssociation(association: Association, options: ProviderOptions): DimseProvider {
  const server = new AssociationServer(association, options);
  server.run();
  return server.provider;
}

/** Reads what comes on an association, and gives it to whom it concerns. */
class AssociationServer {
  readonly provider: DimseProvider;
  readonly #association: Association;
  readonly #messages: MessageReader;
  readonly #invoker: Invoker;
  readonly #performer: Performer;

  constructor(association: Association, options: ProviderOptions) {
    const { services = [], observers = [], responseTimeout } = options;
    this.#association = association;
    const writer = new MessageWriter(association);
    const { maxDataSetLength = DEFAULT_MAXIMUM_DATA_SET_LENGTH } = options;
    this.#messages = new MessageReader(association, maxDataSetLength, responseTimeout);
    this.#invoker = new Invoker(association, writer, observers, responseTimeout);
    this.provider = new DimseProvider(association, this.#invoker);
    this.#performer = new Performer(association, writer, this.provider, new ServiceChoice(services), observers);
    // A requestor may keep a silent association; an acceptor waits for the next request.
    const awaitsRequests = association.info.role === "acceptor";
    association.peerOwes = () => awaitsRequests && !this.#performer.busy && !this.#invoker.busy;
    association.insideMessage = () => this.#messages.insideMessage;
  }

  async run(): Promise<void> {
    const association = this.#association;
    try {
      for (let message = await this.#messages.next(); message !== undefined; message = await this.#messages.next()) {
        await this.#dispatch(message);
      }
      const error = released(association);
      this.#invoker.fail(error); // A peer that wants to release answers no more.
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
        this.#association.warn(`Passed over a C-CANCEL-RQ. ${command.error.message}`);
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
