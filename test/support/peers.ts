/**
 * Real peers: DCMTK's tools, Orthanc and haproxy, where they are installed.
 *
 * @module
 */

import assert from "node:assert/strict";
import { acceptsConnections, type Exit, freePort, Process, type ProcessOptions, run } from "./process.ts";
import { temporaryFolder } from "./folders.ts";

/** Programs that peers are made of. */
export type Tool =
  | "bash"
  | "curl"
  | "jq"
  | "perl"
  | "dump2dcm"
  | "echoscu"
  | "findscu"
  | "storescu"
  | "dcmsend"
  | "storescp"
  | "dcmconv"
  | "dcmdump"
  | "dciodvfy"
  | "dcmqrscp"
  | "findscu"
  | "getscu"
  | "movescu"
  | "openssl"
  | "Orthanc"
  | "haproxy"
  | "chromium"
  | "dcmdjpeg"
  | "dcmdjpls"
  | "dcmdrle"
  | "dcmcjpeg"
  | "dcmcjpls"
  | "dcmcrle"
  | "dcm2pnm"
  | "img2dcm"
  | "gdcmconv"
  | "ojph_compress"
  | "ojph_expand"
  | "node"
  | "node22"
  | "node24"
  | "npm"
  | "systemd-analyze"
  | "bun"
  | "wlmscpfs"
  | "workerd";

const folders = [...(Deno.env.get("PATH") ?? "").split(":"), "/usr/sbin"];

/** Where a program is; undefined when it is not installed. */
export function find(tool: Tool): string | undefined {
  return folders.map((folder) => `${folder}/${tool}`).find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
}

/**
 * A test with real peers, for `Deno.test()`. It is skipped, and its name says why, where they are not installed; with
 * `GANTRY_REQUIRE_PEERS=1` it fails there. Deno reports a test under the file that calls `Deno.test()`: so each file of
 * tests does that itself.
 */
export function peerTest(
  name: string,
  tools: readonly Tool[],
  fn: (t: Deno.TestContext) => Promise<void>,
): Deno.TestDefinition {
  return testWith({ name, missing: tools.filter((tool) => find(tool) === undefined), fn });
}

/** A test that wants what may be missing. */
export interface DemandingTest extends Pick<Deno.TestDefinition, "sanitizeOps" | "sanitizeResources"> {
  readonly name: string;
  /** What is not installed, in words. */
  readonly missing: readonly string[];
  fn(t: Deno.TestContext): Promise<void>;
}

/** As `peerTest`. */
export function testWith({ name, missing, fn, ...options }: DemandingTest): Deno.TestDefinition {
  const ignore = missing.length > 0 && Deno.env.get("GANTRY_REQUIRE_PEERS") !== "1";
  return {
    ...options,
    name: ignore ? `${name} (not run: ${missing.join(", ")} not installed)` : name,
    ignore,
    async fn(t) {
      assert.deepEqual(missing, [], "peers that are required and not installed");
      await fn(t);
    },
  };
}

/** DCMTK writes a message in several small pieces: without this, Nagle's algorithm holds each back for 44 ms. */
const DCMTK_ENVIRONMENT = { TCP_NODELAY: "1" };

/** Runs one of DCMTK's SCUs to its end. */
export function dcmtk(tool: Tool, args: readonly string[], options: ProcessOptions = {}): Promise<Exit> {
  return run(find(tool) ?? tool, args, { env: DCMTK_ENVIRONMENT, ...options });
}

/** Starts one of DCMTK's tools. */
export function startDcmtk(tool: Tool, args: readonly string[], options: ProcessOptions = {}): Process {
  return new Process(find(tool) ?? tool, args, { env: DCMTK_ENVIRONMENT, ...options });
}

/** A running `storescp`. */
export interface StoreScp extends AsyncDisposable {
  readonly port: number;
  /** Where it keeps what it receives. */
  readonly folder: string;
  readonly process: Process;
}

/** Starts `storescp` with these options; it keeps data sets bit for bit. */
export async function startStoreScp(...options: readonly string[]): Promise<StoreScp> {
  await using starting = new AsyncDisposableStack();
  const { path: folder } = starting.use(temporaryFolder());
  const port = freePort();
  const child = starting.use(startDcmtk("storescp", ["-v", "+B", "-od", folder, ...options, String(port)]));
  await acceptsConnections(child, port);
  const running = starting.move();
  return { port, folder, process: child, [Symbol.asyncDispose]: () => running.disposeAsync() };
}
