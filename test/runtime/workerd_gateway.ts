/**
 * A gateway as a worker of workerd: its DICOM port is a socket of the type `tcp`, its sidecar one of the type `http`.
 *
 * @module
 */

import {
  type Connection,
  createGateway,
  createMemoryStore,
  defaultConfig,
  type Endpoint,
  type Gateway,
} from "../../mod.ts";

/** What the module `cloudflare:sockets` has. */
export interface Sockets {
  connect(address: Endpoint, options: { readonly allowHalfOpen: boolean }): Socket;
}

/** A TCP connection of workerd. */
export interface Socket {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  readonly opened: Promise<{ readonly remoteAddress?: string }>;
}

/** What workerd is told of a peer that the sidecar can be asked to send a C-ECHO to. */
export interface Environment {
  readonly PEER: { readonly aeTitle: string; readonly host: string; readonly port: number };
}

/** The worker's handlers. */
export interface Worker {
  fetch(request: Request, environment: Environment): Promise<Response>;
  connect(socket: Socket, environment: Environment): Promise<void>;
}

/** Makes the worker. Outside of its handlers workerd permits neither time nor chance, so the first makes the gateway. */
export function createWorker({ connect }: Sockets): Worker {
  let gateway: Gateway | undefined;
  const theGateway = ({ PEER }: Environment) =>
    gateway ??= createGateway({
      store: createMemoryStore(),
      config: {
        ...defaultConfig,
        dicom: { ...defaultConfig.dicom, allow: [{ address: "127.0.0.1" }] },
        peers: { PEER },
      },
      connect: ({ host: hostname, port }) => connectionOf(connect({ hostname, port }, { allowHalfOpen: true })),
    });
  return {
    fetch: (request, environment) => theGateway(environment).fetch(request),
    connect: async (socket, environment) => theGateway(environment).accept(await connectionOf(socket)),
  };
}

async function connectionOf({ readable, writable, opened }: Socket): Promise<Connection> {
  const { remoteAddress } = await opened;
  return {
    readable,
    writable,
    transport: "tcp",
    ...(remoteAddress !== undefined && { remote: endpointOf(remoteAddress) }),
  };
}

/** Of an address such as `127.0.0.1:104` or `[::1]:104`. */
function endpointOf(address: string): Endpoint {
  const [, hostname = "", port] = /^\[?(.*?)\]?:(\d+)$/.exec(address) ?? [];
  return { hostname, port: Number(port) };
}
