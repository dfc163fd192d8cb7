/**
 * A transparent proxy: opens each association at another SCP, and passes on C-ECHO, C-STORE and C-FIND as streams.
 *
 *     deno run -A examples/proxy.ts 11112 127.0.0.1 4242
 *
 * @module
 */

import { accept, type Connection, createScp, requestAssociation, type ScuAssociation } from "@gantry/dicom";
import { connectTcp, listenTcp } from "@gantry/dicom/deno";

const [port = "11112", hostname = "127.0.0.1", upstreamPort = "4242"] = Deno.args;
async function proxy(connection: Connection): Promise<void> {
  let upstream: ScuAssociation | undefined;
  await using scp = createScp({
    async admit({ callingAeTitle, calledAeTitle, presentationContexts }) {
      const options = { callingAeTitle, calledAeTitle, presentationContexts };
      upstream = await requestAssociation(await connectTcp({ hostname, port: Number(upstreamPort) }), options);
      return accept();
    },
    services: [{
      performs: ["C-ECHO-RQ", "C-STORE-RQ", "C-FIND-RQ"],
      transferSyntaxes(uid) {
        const contexts = upstream!.agreement.contexts.filter(({ abstractSyntax }) => abstractSyntax === uid);
        return (proposed) => contexts.find((context) => proposed.includes(context.transferSyntax))?.transferSyntax;
      },
      async *perform({ command, context: { abstractSyntax, transferSyntax }, dataSet, signal }) {
        const there = upstream!.provider.context(abstractSyntax, transferSyntax);
        const sent = { signal, ...(dataSet && { dataSet: dataSet.stream() }) };
        for await (const response of upstream!.provider.responses(there, command, sent)) {
          yield { ...response.command, ...(response.dataSet && { dataSet: response.dataSet.stream() }) };
        }
      },
    }],
  });
  await scp.accept(connection);
  await upstream?.[Symbol.asyncDispose]();
}
for await (const connection of await listenTcp({ port: Number(port) })) proxy(connection);
