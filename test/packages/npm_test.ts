/**
 * Holds the npm package: it is built, installed from its tarball into an empty folder, type-checked there, and used from
 * Node and Bun: library, gateway and command line.
 *
 * @module
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import manifest from "../../deno.json" with { type: "json" };
import { temporaryFolder } from "../support/folders.ts";
import { makeInstance } from "../support/instances.ts";
import { find, testWith } from "../support/peers.ts";
import { Process, run } from "../support/process.ts";

const BUILD = fileURLToPath(new URL("../../scripts/build/npm.ts", import.meta.url));

/** Milliseconds that building and installing may take on a busy machine. */
const PATIENCE = 180_000;

/** Runtimes, each with whether it has the SQLite that the archive's index needs. */
const RUNTIMES = [["node", false], ["node22", true], ["node24", true], ["bun", true]] as const;

/** A program of a user's: an SCP and an SCU over TCP, and a gateway in memory. */
const PROGRAM = `
  import { createGateway, createMemoryStore, createScp, requestAssociation, Status, UID, verification } from "@gantry/dicom";
  import { DataSet, toJson } from "@gantry/dicom/data-set";
  import { parseConfig } from "@gantry/dicom/config";
  import { connectionPair } from "@gantry/dicom/testing";
  import { describeFrames, FrameCodecs } from "@gantry/dicom/pixel-data";
  import { connectTcp, listenTcp, nodeCodecPool } from "@gantry/dicom/node";

  const ask = {
    calledAeTitle: "GANTRY",
    presentationContexts: [{ abstractSyntax: UID.Verification, transferSyntaxes: [UID.ImplicitVRLittleEndian] }],
  };
  const scp = createScp({ services: [verification()] });
  const listener = await listenTcp({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    for await (const connection of listener) await scp.accept(connection);
  })();
  const association = await requestAssociation(await connectTcp(listener.addr), ask);
  const echoed = await association.echo();
  await association.release();
  await listener.close();
  await serving;

  const store = createMemoryStore();
  const config = await parseConfig("aeTitle: ARCHIVE");
  const gateway = createGateway({ store, config, connect: () => Promise.reject(new Error("There is no network")) });
  const [here, there] = connectionPair();
  gateway.accept(there);
  const second = await requestAssociation(here, { ...ask, calledAeTitle: "ARCHIVE" });
  await second.echo();
  await second.release();
  const health = await (await gateway.fetch(new Request("http://localhost/health"))).json();
  await gateway.drain();

  const dataSet = new DataSet();
  dataSet.set("PatientName", "PHANTOM^HEAD");
  const json = toJson(dataSet)["00100010"];
  const codecs = new FrameCodecs({ runner: nodeCodecPool({ size: 1 }) });
  dataSet.set("Rows", 16).set("Columns", 16).set("BitsAllocated", 8);
  const frame = Uint8Array.from({ length: 256 }, (_, index) => index * 5);
  let same = true;
  for (const uid of [UID.JPEGLSLossless, UID.JPEG2000Lossless, UID.HTJ2KLossless]) {
    const encoded = await codecs.encode(frame.slice(), uid, describeFrames(dataSet));
    const { bytes } = await codecs.decode(encoded, uid, describeFrames(dataSet));
    same &&= bytes.every((value, index) => value === frame[index]);
  }
  await codecs[Symbol.asyncDispose]();
  if (!same) throw new Error("other samples were decoded than encoded");
  console.log(JSON.stringify({ echoed: echoed === Status.Success, health: health.status, json }));
  process.exit(0);
`;

/** What a user's compiler has to take: every module, without a word of leniency. */
const TYPES = `${
  Object.keys(manifest.exports).filter((subpath) => !["./deno", "./cli"].includes(subpath))
    .map((subpath, index) => `export * as m${index} from "@gantry/dicom${subpath.slice(1)}";`).join("\n")
}
import { createScp, storage, type Connect } from "@gantry/dicom";
import { startGateway } from "@gantry/dicom/node";
export const scp = createScp({ services: [storage(async (instance) => { const uid: string = instance.sopInstanceUid; await instance.file(); void uid; })] });
export const start: (options?: undefined) => Promise<unknown> = () => startGateway();
declare const connect: Connect;
connect({ host: "a", port: 104 }, { timeout: 1, signal: new AbortController().signal, onSecuring() {} });
// @ts-expect-error: a port is a number
connect({ host: "a", port: "104" }, { timeout: 1, signal: new AbortController().signal, onSecuring() {} });
`;

const name = "the npm package, installed from its tarball, has types, library, gateway and command line";
Deno.test(testWith({
  name,
  missing: (["npm", "node"] as const).filter((tool) => find(tool) === undefined),
  async fn(t) {
    using folder = temporaryFolder();
    const { path } = folder;
    await t.step("is built and installed", async () => {
      await succeed(Deno.execPath(), ["run", "-A", BUILD, `${path}/npm`]);
      Deno.mkdirSync(`${path}/user`);
      Deno.writeTextFileSync(`${path}/user/package.json`, '{ "private": true, "type": "module" }');
      const tarball = `../gantry-dicom-${manifest.version}.tgz`;
      const install = ["install", "--silent", "--no-fund", "--no-audit", tarball, "@types/node@22", "typescript@6"];
      await succeed("npm", install, `${path}/user`);
    });
    await t.step("is portable where it says so", () => checkPortable(`${path}/npm`));
    await t.step("has types that pass the strict compiler", () => checkTypes(`${path}/user`));
    await t.step("is a command of Deno's that `deno install --global` installs", () => installWithDeno(path));
    for (const [command, sqlite] of RUNTIMES) {
      const missing = find(command) === undefined;
      assert.ok(!missing || Deno.env.get("GANTRY_REQUIRE_PEERS") !== "1", `${command} is required and not installed`);
      await t.step({
        name: `works on ${command}${missing ? " (not run: not installed)" : ""}`,
        ignore: missing,
        fn: () => use(command, sqlite, `${path}/user`),
      });
    }
  },
}));

async function succeed(command: string, args: readonly string[], cwd?: string): Promise<string> {
  const { code, stdout, stderr } = await run(command, args, { timeout: PATIENCE, ...(cwd !== undefined && { cwd }) });
  assert.equal(code, 0, `${command} ${args.join(" ")}\n${stdout}${stderr}`);
  return stdout;
}

/** No portable module, nor what it loads, names a runtime's API. */
function checkPortable(folder: string): void {
  const ofRuntimes = ["./node", "./file-store", "./sqlite-index", "./file-archive"];
  const { exports, dependencies, optionalDependencies, sideEffects } = JSON.parse(
    Deno.readTextFileSync(`${folder}/package.json`),
  );
  assert.deepEqual(Object.keys(dependencies), ["hono", "jose", "js-yaml", "yaml", "zod"]);
  assert.deepEqual(
    Object.keys(optionalDependencies),
    ["charls", "openjpeg", "openjph"].map((name) => `@cornerstonejs/codec-${name}`),
  );
  assert.equal(sideEffects, false);
  let modules = 0;
  for (const [subpath, entry] of Object.entries<string | { default: string }>(exports)) {
    if (typeof entry === "string" || ofRuntimes.includes(subpath)) continue;
    modules++;
    for (const path of loadedBy(`${folder}/${entry.default}`)) {
      const text = Deno.readTextFileSync(path).replace(/\/\*.*?\*\/|^\s*\/\/.*$/gms, "");
      assert.doesNotMatch(text, /\bDeno\.|from "node:|import\("node:/, `${subpath}: ${path}`);
    }
  }
  assert.ok(modules > 8);
}

/** A module, and all of the package that it loads. */
function loadedBy(entry: string): string[] {
  const found = [entry];
  for (const path of found) {
    for (const [, specifier = ""] of Deno.readTextFileSync(path).matchAll(/(?:from |import ?\(?)"(\.[^"]+)"/g)) {
      const url = new URL(specifier, `file://${path}`).pathname;
      if (!found.includes(url)) found.push(url);
    }
  }
  return found;
}

async function checkTypes(folder: string): Promise<void> {
  Deno.writeTextFileSync(`${folder}/types.ts`, TYPES);
  const libraries = ["es2024,esnext.disposable", "es2024,dom,dom.iterable,dom.asynciterable,esnext.disposable"];
  for (const lib of libraries) {
    const options = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2022", "--types", "node"];
    const tsc = `${folder}/node_modules/typescript/bin/tsc`;
    await succeed("node", [tsc, ...options, "--lib", lib, "types.ts"], folder);
  }
}

/** Installs the package as a command from a registry that has it, and leaves others to the registry of this machine. */
async function installWithDeno(folder: string): Promise<void> {
  const elsewhere = (await succeed("npm", ["config", "get", "registry"], folder)).trim();
  await using registry = serveRegistry(folder, elsewhere);
  const { port } = registry.addr;
  const env = { DENO_DIR: `${folder}/deno`, NPM_CONFIG_REGISTRY: `http://127.0.0.1:${port}/`, NO_COLOR: "1" };
  const install = ["install", "--global", "-A", "--root", folder, "--name", "gantry", `npm:${manifest.name}`];
  const installed = await run(Deno.execPath(), install, { env, cwd: folder, timeout: PATIENCE });
  assert.equal(installed.code, 0, installed.stderr);
  const version = await run(`${folder}/bin/gantry`, ["--version"], { env, cwd: folder });
  assert.equal(version.stdout, `gantry ${manifest.version}\n`, version.stderr);
  const checked = await run(`${folder}/bin/gantry`, ["init", "-"], { env, cwd: folder });
  assert.match(checked.stdout, /aeTitle: GANTRY/, checked.stderr);
}

function serveRegistry(folder: string, elsewhere: string): Deno.HttpServer<Deno.NetAddr> {
  const built = JSON.parse(Deno.readTextFileSync(`${folder}/npm/package.json`));
  const { name, version } = built;
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const url = new URL(request.url);
    if (url.pathname === "/package.tgz") {
      return new Response(Deno.readFileSync(`${folder}/gantry-dicom-${version}.tgz`));
    }
    if (decodeURIComponent(url.pathname) !== `/${name}`) {
      return Response.redirect(new URL(url.pathname.slice(1), elsewhere));
    }
    const versions = { [version]: { ...built, dist: { tarball: `${url.origin}/package.tgz` } } };
    return Response.json({ name, "dist-tags": { latest: version }, versions });
  });
}

async function use(command: (typeof RUNTIMES)[number][0], sqlite: boolean, folder: string): Promise<void> {
  const runtime = find(command) ?? command;
  Deno.writeTextFileSync(`${folder}/program.mjs`, PROGRAM);
  assert.deepEqual(JSON.parse(await succeed(runtime, ["program.mjs"], folder)), {
    echoed: true,
    health: "pass",
    json: { vr: "PN", Value: [{ Alphabetic: "PHANTOM^HEAD" }] },
  });
  const program = `${folder}/node_modules/.bin/gantry`;
  const gantry = (...args: string[]) => succeed(runtime, [program, ...args], folder);
  assert.equal(await gantry("--version"), `gantry ${manifest.version}\n`);
  const wrong = await run(runtime, [program, "dump", "missing.dcm"], { cwd: folder });
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /missing\.dcm: no such file/i);
  if (sqlite) await useGateway(runtime, program, folder, gantry);
}

/** A gateway of the command line takes an instance, which is dumped as it was kept. */
async function useGateway(
  runtime: string,
  program: string,
  folder: string,
  gantry: (...args: string[]) => Promise<string>,
): Promise<void> {
  using data = temporaryFolder();
  const where = ["--host", "127.0.0.1", "--port", "0", "--http-port", "0", "--data", data.path];
  await using gateway = new Process(runtime, [program, "listen", ...where, "--log-format", "json"], { cwd: folder });
  const { dicomPort, httpPort } = JSON.parse(await gateway.line(/"event":"listening"/));
  const peer = `GANTRY@127.0.0.1:${dicomPort}`;
  const { status } = JSON.parse(await gantry("echo", peer, "--json"));
  assert.equal(status, 0);

  const instance = makeInstance({ pixelBytes: 100_000 });
  Deno.writeFileSync(`${folder}/instance.dcm`, instance.file);
  const sent = (await gantry("send", peer, "instance.dcm", "--json")).trim().split("\n").map((line) =>
    JSON.parse(line)
  );
  assert.equal(sent.at(-1).stored, 1);
  assert.match(
    await gantry("dump", `${data.path}/instances`, "-k", "SOPInstanceUID"),
    new RegExp(instance.sopInstanceUid),
  );
  const health = await (await fetch(`http://127.0.0.1:${httpPort}/health`)).json();
  assert.equal(health.status, "pass");
  gateway.kill("SIGTERM");
  assert.equal((await gateway.exited).code, 0);
}
