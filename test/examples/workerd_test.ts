/** examples/workerd.ts, inside workerd. */

import assert from "node:assert/strict";
import { dcmtk } from "../support/peers.ts";
import { temporaryFolder } from "../support/folders.ts";
import { makeInstance, writeInstances } from "../support/instances.ts";
import { Process } from "../support/process.ts";
import { bundleForWorkerd, workerdTest } from "../support/runtimes.ts";

const HERE = "127.0.0.1";

const CONFIG = `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(name = "gateway", worker = .gateway)],
  sockets = [
    (name = "http", address = "${HERE}:0", http = (), service = "gateway"),
    (name = "dicom", address = "${HERE}:0", tcp = (), service = "gateway"),
  ],
);

const gateway :Workerd.Worker = (
  modules = [(name = "worker.mjs", esModule = embed "worker.mjs")],
  compatibilityDate = "2026-01-01",
);`;

Deno.test(workerdTest("examples/workerd.ts answers echoscu and storescu, and HTTP tells of it", async (command) => {
  using folder = temporaryFolder();
  const { path } = folder;
  await bundleForWorkerd(new URL("../../examples/workerd.ts", import.meta.url), `${path}/worker.mjs`);
  Deno.writeTextFileSync(`${path}/config.capnp`, CONFIG);
  Deno.mkdirSync(`${path}/source`);
  writeInstances(`${path}/source`, [makeInstance({ pixelBytes: 100_000 })]);
  await using workerd = new Process(command, ["serve", "--control-fd=1", "config.capnp"], { cwd: path });
  const port = async (socket: string) =>
    String(JSON.parse(await workerd.line(new RegExp(`"event":"listen","socket":"${socket}"`))).port);
  const dicom = await port("dicom");
  const echo = await dcmtk("echoscu", [HERE, dicom]);
  assert.equal(echo.code, 0, echo.stderr);
  const store = await dcmtk("storescu", ["+sd", HERE, dicom, `${path}/source`]);
  assert.equal(store.code, 0, store.stderr);
  const { totals } = await (await fetch(`http://${HERE}:${await port("http")}/associations`)).json();
  const done = totals.operations.map((row: { service: string; finished: { success: number } }) =>
    `${row.service} ${row.finished.success}`
  );
  assert.deepEqual(done, ["C-ECHO 1", "C-STORE 1"]);
}));
