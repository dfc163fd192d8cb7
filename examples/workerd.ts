/**
 * A gateway as a worker of workerd: a socket of the type `tcp` is its DICOM port, one of the type `http` its HTTP API.
 * Instances are in memory; give it an object store of your own to keep them.
 *
 * @module
 */

import { createGateway, createMemoryStore, type Gateway } from "@gantry/dicom";

/** A TCP connection of workerd. */
interface Socket {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  readonly opened: Promise<{ readonly remoteAddress?: string }>;
}

// workerd permits no timers and no randomness outside of handlers, so the first request creates the gateway.
let created: Gateway | undefined;
const gateway = () =>
  created ??= createGateway({
    store: createMemoryStore(),
    connect: () => Promise.reject(new Error("Cannot connect: this worker calls nobody")),
  });

export default {
  fetch: (request: Request): Promise<Response> => gateway().fetch(request),
  async connect({ readable, writable, opened }: Socket): Promise<void> {
    await opened;
    await gateway().accept({ readable, writable, transport: "tcp" });
  },
};
