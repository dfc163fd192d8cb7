/**
 * A gateway as a worker of workerd: its DICOM port is a socket of the type `tcp`, its sidecar one of the type `http`.
 *
 * @module
 */

import { createGateway, createMemoryStore, type Gateway } from "../../mod.ts";
import { defaultConfig } from "../../mod/config.ts";
import { acceptSocket, connectTcp, type WorkerdSocket, type WorkerdSockets } from "../../mod/workerd.ts";

/** What workerd is told of a peer that the sidecar can be asked to send a C-ECHO to. */
export interface Environment {
  readonly PEER: { readonly aeTitle: string; readonly host: string; readonly port: number };
}

/** The worker's handlers. */
export interface Worker {
  fetch(request: Request, environment: Environment): Promise<Response>;
  connect(socket: WorkerdSocket, environment: Environment): Promise<void>;
}

/** Makes the worker. Outside of its handlers workerd permits neither time nor chance, so the first makes the gateway. */
export function createWorker(sockets: WorkerdSockets): Worker {
  let gateway: Gateway | undefined;
  const theGateway = ({ PEER }: Environment) =>
    gateway ??= createGateway({
      store: createMemoryStore(),
      config: {
        ...defaultConfig,
        dicom: { ...defaultConfig.dicom, allow: [{ address: "127.0.0.1" }] },
        peers: { PEER },
      },
      connect: ({ host: hostname, port }, call) => connectTcp(sockets, { hostname, port, ...call }),
    });
  return {
    fetch: (request, environment) => theGateway(environment).fetch(request),
    connect: async (socket, environment) => theGateway(environment).accept(await acceptSocket(socket)),
  };
}
