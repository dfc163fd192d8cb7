/** A whole gateway over HTTP, in this process, with instances that came by C-STORE. */

import { parseConfig } from "../../../src/config.ts";
import { createGateway, type Gateway } from "../../../src/gateway/gateway.ts";
import { createMemoryStore } from "../../../src/objects/memory_store.ts";
import { requestAssociation } from "../../../src/services/scu.ts";
import { connectionPair } from "../../../src/transport/memory.ts";
import type { MadeInstance } from "../../support/instances.ts";

/** A gateway that is served. */
export interface Served extends AsyncDisposable {
  readonly gateway: Gateway;
  /** Of DICOMweb, without a slash at the end. */
  readonly url: string;
  /** Stores by C-STORE. */
  store(instances: readonly MadeInstance[]): Promise<void>;
}

/** Serves a gateway of this configuration on a port of its own. */
export async function serveGateway(instances: readonly MadeInstance[] = [], yaml = "{}"): Promise<Served> {
  const store = createMemoryStore();
  const config = await parseConfig(yaml);
  const connect = () => Promise.reject(new Error("There is no network"));
  const gateway = createGateway({ store, config, connect });
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    (request, { remoteAddr }) => gateway.fetch(request, { remoteAddress: remoteAddr.hostname }),
  );
  const served: Served = {
    gateway,
    url: `http://127.0.0.1:${server.addr.port}/dicom-web`,
    async store(made) {
      const [here, there] = connectionPair();
      gateway.accept(there);
      const contexts = new Map(made.map(({ sopClassUid, transferSyntax }) => [
        `${sopClassUid} ${transferSyntax}`,
        { abstractSyntax: sopClassUid, transferSyntaxes: [transferSyntax] },
      ]));
      await using association = await requestAssociation(here, {
        calledAeTitle: "GANTRY",
        callingAeTitle: "CT1",
        presentationContexts: [...contexts.values()],
      });
      for (const instance of made) {
        const { status } = await association.store(instance);
        if (status !== 0) throw new Error(`The gateway did not take an instance: ${status}`);
      }
    },
    async [Symbol.asyncDispose]() {
      await server.shutdown();
      await gateway[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
  if (instances.length > 0) await served.store(instances);
  return served;
}
