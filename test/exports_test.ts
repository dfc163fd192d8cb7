/**
 * Holds what the package exports: the names of `.`, one meaning for each name, and what is portable.
 *
 * @module
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import manifest from "../deno.json" with { type: "json" };

/** The names of `@gantry/dicom`. A name that is added or taken away is a decision: make it here as well. */
const NAMES = {
  "The gateway": `
    Commitment CommitmentEvent CommitmentState Connect ConnectCall ConnectTarget createGateway Gateway GatewayContext
    GatewayEvent GatewayModule GatewayOptions HealthChecks HttpSender MakeModule RouteStepOptions
  `,
  "Services, both roles, and DIMSE (PS3.4, PS3.7)": `
    AwaitedReports COMMITMENT_CONTEXT createScp DimseEvent find get move Peer PeerOptions PerformRequest PerformResponse
    planAssociations probe readMessageDataSet ReceivedInstance requestAssociation Scp ScpOptions ScuAssociation
    ScuOptions Service Status storage storageCommitment verification
  `,
  "Associations (PS3.8), and who may have one": `
    accept AccessRule Admit admitByRules AssociationEvent Connection firstSupported identifyUsers inNetworks
    Observer reject
  `,
  "Where instances live": `
    createArchive createMemoryIndex createMemoryStore InstanceIndex ObjectStore
  `,
  "Identifiers of the standard, and the version of Gantry": `
    UID VERSION
  `,
  "Errors": `
    AssociationAbortedError AssociationRejectedError AssociationStateError CommandSetError ConfigError DataSetError
    DeadlineError DimseStatusError IdentifierError InstanceNotKeptError LimitError PduError PresentationContextError
    TransportError
  `,
};

/** Subpaths with the same functions, each for its runtime. */
const RUNTIMES = ["./deno", "./node", "./workerd"];

/** Subpaths that need files or sockets of a runtime, or are the program. */
const OF_RUNTIMES = ["./deno", "./node", "./file-store", "./sqlite-index", "./file-archive", "./cli"];

const root = fileURLToPath(new URL("..", import.meta.url));

/** Runs this very Deno in the root, and gives what it prints. */
async function deno(...args: string[]): Promise<string> {
  const command = new Deno.Command(Deno.execPath(), { args, cwd: root, env: { NO_COLOR: "1" } });
  const { success, stdout, stderr } = await command.output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

/** What is used here of what `deno doc --json` prints. */
interface Documentation {
  readonly nodes: Readonly<Record<string, { readonly symbols: readonly DocumentedSymbol[] }>>;
}

interface DocumentedSymbol {
  readonly name: string;
  readonly declarations: readonly { readonly location: { readonly filename: string; readonly line: number } }[];
}

/** Names that a module exports, each with where it is declared. */
async function exportsOf(path: string): Promise<Map<string, string>> {
  const { nodes }: Documentation = JSON.parse(await deno("doc", "--json", path));
  const symbols = Object.values(nodes).flatMap(({ symbols }) => symbols);
  return new Map(symbols.map(({ name, declarations }) => {
    const places = declarations.map(({ location: { filename, line } }) => `${filename}:${line}`);
    return [name, places.sort().join(" ")];
  }));
}

/** Every module of the package but the program, with its exports. */
async function allExports(): Promise<[subpath: string, names: Map<string, string>][]> {
  const subpaths = Object.entries(manifest.exports).filter(([subpath]) => subpath !== "./cli");
  return await Promise.all(
    subpaths.map(async ([subpath, path]): Promise<[string, Map<string, string>]> => [subpath, await exportsOf(path)]),
  );
}

/** Names with more than one declaration, as `name: subpath, subpath`; those of runtimes may differ among each other. */
function ambiguous(modules: readonly (readonly [subpath: string, names: ReadonlyMap<string, string>])[]): string[] {
  const names = new Set(modules.flatMap(([, names]) => [...names.keys()]));
  return [...names].flatMap((name) => {
    const having = modules.filter(([, names]) => names.has(name));
    const places = new Set(having.map(([, names]) => names.get(name)));
    const subpaths = having.map(([subpath]) => subpath);
    if (places.size <= 1 || subpaths.every((subpath) => RUNTIMES.includes(subpath))) return [];
    return [`${name}: ${subpaths.join(", ")}`];
  });
}

Deno.test("the names of @gantry/dicom are those that are listed here", async () => {
  const listed = Object.values(NAMES).flatMap((names) => names.trim().split(/\s+/));
  assert.equal(new Set(listed).size, listed.length);
  assert.deepEqual([...(await exportsOf("./mod.ts")).keys()].sort(), listed.sort());
});

Deno.test("no name means one thing in one module of the package, and another in another", async () => {
  assert.deepEqual(ambiguous(await allExports()), []);
});

Deno.test("a name with two meanings is found, unless both are of runtimes", () => {
  const [one, other] = [new Map([["a", "x:1"], ["b", "x:2"]]), new Map([["a", "y:1"], ["b", "x:2"]])];
  assert.deepEqual(ambiguous([["./pdu", one], ["./dimse", other]]), ["a: ./pdu, ./dimse"]);
  assert.deepEqual(ambiguous([["./deno", one], ["./node", other]]), []);
});

Deno.test("a module that is not of a runtime loads nothing of one", async () => {
  const portable = Object.entries(manifest.exports).filter(([subpath]) => !OF_RUNTIMES.includes(subpath));
  assert.ok(portable.length > 8);
  for (const [subpath, path] of portable) {
    const { modules }: { modules: { specifier: string }[] } = JSON.parse(await deno("info", "--json", path));
    const loaded = modules.map(({ specifier }) => specifier);
    assert.deepEqual(loaded.filter((specifier) => /^node:|\/src\/transport\/(deno|node)/.test(specifier)), [], subpath);
  }
});
