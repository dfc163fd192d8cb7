import assert from "node:assert/strict";
import * as UID from "../../src/dicom/generated/uid.ts";
import { requestAssociation } from "../../src/services/scu.ts";
import { createScp } from "../../src/services/scp.ts";
import { verification } from "../../src/services/verification.ts";
import { connectTcp, listenTcp } from "../../src/transport/deno.ts";
import { temporaryFolder } from "../support/folders.ts";
import { makeInstance } from "../support/instances.ts";
import { Process } from "../support/process.ts";
import { bundleForWorkerd, workerdTest } from "../support/runtimes.ts";
import { tell } from "./outcomes.ts";

const hostname = "127.0.0.1";

Deno.test(workerdTest("the core works in a worker", async (command, t) => {
  using folder = temporaryFolder();
  await bundleForWorkerd(new URL("workerd_checks.ts", import.meta.url), `${folder.path}/checks.mjs`);
  await using workerd = serve(
    command,
    folder.path,
    `using Workerd = import "/workerd/workerd.capnp";

    const config :Workerd.Config = (
      services = [(name = "checks", worker = .checks)],
      sockets = [(name = "http", address = "${hostname}:0", http = (), service = "checks")],
    );

    const checks :Workerd.Worker = (
      modules = [(name = "checks.mjs", esModule = embed "checks.mjs")],
      compatibilityDate = "${compatibilityDate}",
      compatibilityFlags = ["nodejs_compat"],
    );`,
  );
  const answer = await fetch(`http://${hostname}:${await port(workerd, "http")}/`);
  await tell(t, await answer.text());
}));

Deno.test(
  workerdTest(
    "a gateway is a worker: C-ECHO and C-STORE come in, C-ECHO goes out, HTTP tells of it",
    async (command) => {
      using folder = temporaryFolder();
      await bundleForWorkerd(new URL("workerd_gateway.ts", import.meta.url), `${folder.path}/gateway.mjs`);
      await using scp = createScp({ services: [verification()] });
      await using listener = await listenTcp({ hostname, port: 0 });
      const serving = (async () => {
        for await (const connection of listener) await scp.accept(connection);
      })();
      const peer = JSON.stringify({ aeTitle: "OUTSIDE", host: hostname, port: listener.addr.port });
      await using workerd = serve(
        command,
        folder.path,
        `using Workerd = import "/workerd/workerd.capnp";

    const config :Workerd.Config = (
      services = [
        (name = "gateway", worker = .gateway),
        (name = "internet", network = (allow = ["local"])),
      ],
      sockets = [
        (name = "http", address = "${hostname}:0", http = (), service = "gateway"),
        (name = "dicom", address = "${hostname}:0", tcp = (), service = "gateway"),
      ],
    );

    const gateway :Workerd.Worker = (
      modules = [
        (name = "main.mjs", esModule = embed "main.mjs"),
        (name = "gateway.mjs", esModule = embed "gateway.mjs"),
      ],
      bindings = [(name = "PEER", json = ${JSON.stringify(peer)})],
      compatibilityDate = "${compatibilityDate}",
    );`,
        {
          "main.mjs": `
        import * as sockets from "cloudflare:sockets";
        import { createWorker } from "./gateway.mjs";
        export default createWorker(sockets);
      `,
        },
      );
      const sidecar = `http://${hostname}:${await port(workerd, "http")}`;
      const health = await fetch(`${sidecar}/health`);
      assert.equal((await health.json()).status, "pass");

      const instance = makeInstance({ pixelBytes: 3_000_000 });
      const { sopClassUid, transferSyntax } = instance;
      const connection = await connectTcp({ hostname, port: await port(workerd, "dicom") });
      const association = await requestAssociation(connection, {
        calledAeTitle: "GANTRY",
        presentationContexts: [
          { abstractSyntax: UID.Verification, transferSyntaxes: [UID.ImplicitVRLittleEndian] },
          { abstractSyntax: sopClassUid, transferSyntaxes: [transferSyntax] },
        ],
      });
      assert.equal(await association.echo(), 0x0000);
      assert.deepEqual(await association.store(instance), { status: 0x0000 });

      // While another association is there: requests and connections don't share what workerd keeps apart.
      const echo = await fetch(`${sidecar}/echo`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ peer: "PEER" }),
      });
      const echoed = await echo.json();
      assert.equal(echoed.status, 0x0000, JSON.stringify(echoed));
      await association.release();

      const associations = await fetch(`${sidecar}/associations`);
      const { active, totals } = await associations.json();
      assert.deepEqual(active, []);
      assert.deepEqual(totals.associations.map(({ released }: { released: number }) => released), [1, 1]);
      await listener.close();
      await serving;
    },
  ),
);

/** What the runtime is compatible with. */
const compatibilityDate = "2026-01-01";

/** Starts workerd in a folder with a configuration, and with more files. It says where it listens. */
function serve(
  command: string,
  folder: string,
  config: string,
  files: Readonly<Record<string, string>> = {},
): Process {
  for (const [name, text] of Object.entries({ ...files, "config.capnp": config })) {
    Deno.writeTextFileSync(`${folder}/${name}`, text);
  }
  return new Process(command, ["serve", "--control-fd=1", "config.capnp"], { cwd: folder });
}

async function port(workerd: Process, socket: string): Promise<number> {
  const line = await workerd.line(new RegExp(`"event":"listen","socket":"${socket}"`));
  return JSON.parse(line).port;
}
