/**
 * Holds what deploys Gantry: the container, the unit of systemd, the manifests of Kubernetes.
 *
 * @module
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { validate } from "dockerfile-utils";
import { ConfigMap, Service } from "kubernetes-models/v1";
import { StatefulSet } from "kubernetes-models/apps/v1";
import { parseAllDocuments } from "yaml";
import manifest from "../../deno.json" with { type: "json" };
import { parseConfig } from "../../src/config.ts";
import { temporaryFolder } from "../support/folders.ts";
import { find, testWith } from "../support/peers.ts";
import { Process, run } from "../support/process.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const dockerfile = Deno.readTextFileSync(`${root}/Dockerfile`);
const unit = Deno.readTextFileSync(`${root}/deploy/gantry.service`);
const kubernetes = Deno.readTextFileSync(`${root}/deploy/kubernetes.yaml`);

/** The list after an instruction of the Dockerfile. */
function listOf(instruction: string): string[] {
  const [, list = ""] = new RegExp(`^${instruction} (\\[.*\\])$`, "m").exec(dockerfile) ?? [];
  return JSON.parse(list);
}

/** A call of a container's or a unit's, with paths of the test and free ports in place of its own. */
function localized(call: readonly string[], folder: string): string[] {
  return call.map((part) =>
    part.replace("/usr/lib/gantry/gantry.js", `${root}/cli.ts`).replaceAll("/var/lib/gantry", `${folder}/data`)
      .replaceAll("/etc/gantry", `${folder}/etc`).replaceAll(/(?<![\w/])\/data\b/g, `${folder}/data`)
  ).filter((part) => part !== "--no-config");
}

/** Reading the sources, which the one file has in it, and the runtime's own is permitted besides. */
function permitSources(args: readonly string[]): string[] {
  return args.map((part) => part.startsWith("--allow-read=") ? `${part},${root}` : part);
}

/** Starts a call of `deno`, and asks it by another; both are stopped. */
async function startAndAsk(listen: readonly string[], health: readonly string[], folder: string): Promise<void> {
  const [, ...args] = permitSources(localized([...listen, "--port", "0", "--http-port", "0"], folder));
  const json = args.includes("--log-format") ? [] : ["--log-format", "json"];
  const env = { DENO_NO_UPDATE_CHECK: "1" };
  await using gateway = new Process(Deno.execPath(), [...args, ...json], { cwd: `${folder}/etc`, env });
  const { httpPort } = JSON.parse(await gateway.line(/"event":"listening"/));
  const [, ...ask] = permitSources(localized([...health, "--http-port", String(httpPort)], folder));
  const asked = await run(Deno.execPath(), ask, { cwd: `${folder}/etc`, env });
  assert.equal(asked.code, 0, asked.stderr);
  gateway.kill("SIGTERM");
  const { code, stderr } = await gateway.exited;
  assert.equal(code, 0, stderr);
}

function deployment(config = "") {
  const folder = temporaryFolder();
  Deno.mkdirSync(`${folder.path}/data`);
  Deno.mkdirSync(`${folder.path}/etc`);
  if (config !== "") Deno.writeTextFileSync(`${folder.path}/etc/gantry.yaml`, config);
  return folder;
}

Deno.test("the Dockerfile has no fault that a linter finds, and does not run as root", () => {
  assert.deepEqual(validate(dockerfile).map(({ message }) => message), []);
  assert.notDeepEqual(validate("FROM\nUSR 1\n"), [], "the linter finds faults");
  assert.match(dockerfile, /^USER [1-9]\d*:[1-9]\d*$/m);
  assert.match(dockerfile, /^VOLUME \/data$/m);
});

Deno.test("the container's call starts a gateway with no more permissions than it has, and its health check passes", async () => {
  using folder = deployment();
  await startAndAsk(
    [...listOf("ENTRYPOINT"), ...listOf("CMD")],
    healthCheck(),
    folder.path,
  );
});

function healthCheck(): string[] {
  const [, list = ""] = /HEALTHCHECK[^[]*(\[.*\])/.exec(dockerfile) ?? [];
  return JSON.parse(list);
}

Deno.test("the unit's call starts a gateway with no more permissions than it has", async () => {
  using folder = deployment("archive: { path: ../data }\n");
  const [, call = ""] = /^ExecStart=(.*)$/m.exec(unit) ?? [];
  await startAndAsk(call.split(" "), healthCheck(), folder.path);
});

Deno.test(testWith({
  name: "the unit is one that systemd takes, and is hardened",
  missing: find("systemd-analyze") === undefined ? ["systemd-analyze"] : [],
  async fn() {
    using folder = temporaryFolder();
    const path = `${folder.path}/gantry.service`;
    Deno.writeTextFileSync(path, unit.replaceAll("/usr/bin/deno", Deno.execPath()));
    const analyze = find("systemd-analyze") ?? "systemd-analyze";
    const verified = await run(analyze, ["verify", path]);
    const faults = verified.stderr.split("\n").filter((line) => line.includes(path));
    assert.deepEqual({ code: verified.code, faults }, { code: 0, faults: [] });
    const security = await run(analyze, ["security", "--offline=true", "--threshold=20", "--no-pager", path]);
    assert.equal(security.code, 0, security.stdout);
    Deno.writeTextFileSync(path, unit.replace("Type=exec", "Tpe=exec"));
    assert.match((await run(analyze, ["verify", path])).stderr, /Tpe/);
  },
}));

Deno.test("the manifests of Kubernetes are of its schemas, and their configuration is one of Gantry's", async () => {
  const [config, service, workload, ...others] = parseAllDocuments(kubernetes).map((document) => document.toJS());
  assert.deepEqual(others, []);
  new ConfigMap(config).validate();
  new Service(service).validate();
  new StatefulSet(workload).validate();
  assert.throws(() => new StatefulSet({ ...workload, spec: { ...workload.spec, replicas: "one" } }).validate());
  const { archive, dicom } = await parseConfig(config.data["gantry.yaml"]);
  assert.equal(archive.path, "/data");

  const { securityContext, containers } = workload.spec.template.spec;
  const [container] = containers;
  assert.equal(securityContext.runAsNonRoot, true);
  assert.ok(dockerfile.includes(`USER ${securityContext.runAsUser}:${securityContext.runAsGroup}\n`));
  assert.equal(container.securityContext.readOnlyRootFilesystem, true);
  const [, gibibytes = "0"] = /^(\d+)Gi$/.exec(container.resources.limits.memory) ?? [];
  assert.ok(dicom.maxMemory < Number(gibibytes) * 2 ** 30, "associations are rejected before the container is killed");
  assert.ok(container.image.endsWith(`:${manifest.version}`));
  for (
    const [probe, check] of [["startupProbe", "live"], ["livenessProbe", "live"], ["readinessProbe", "ready"]] as const
  ) {
    assert.deepEqual(container[probe].exec.command, [...healthCheck(), "--check", check], probe);
  }
});
