/**
 * How large programs are that are bundled for the edge: minified, the package taken as free of side effects, as a
 * bundler takes it. Fails when one is larger than it may be.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { build, type Plugin, stop } from "esbuild";

/** A program, and how many bytes of it there may be. */
export interface Program {
  /** What it does. */
  readonly name: string;
  /** Its source text; it imports the package as `gantry`. */
  readonly source: string;
  /** Bytes, minified; unlimited without. */
  readonly maximum?: number;
}

/** What a program came to. */
export interface Size {
  /** Bytes, minified. */
  readonly bytes: number;
  /** The files that most of the bytes are of, largest first. */
  readonly parts: readonly { readonly path: string; readonly bytes: number }[];
}

const STORING = `
const store = createMemoryStore();
globalThis.scp = createScp({ services: [storage(async (instance) => {
  const pending = store.create();
  for await (const bytes of instance.file().stream()) await pending.write(bytes);
  await pending.commit(instance.sopInstanceUid);
})] });`;

const ARCHIVING = `
const archive = createArchive({ store: createMemoryStore(), index: createMemoryIndex() });
globalThis.scp = createScp({ services: [storage((instance) => archive.keep(instance))] });`;

/** Programs of which a worker may be made. */
export const PROGRAMS: readonly Program[] = [
  {
    name: "answers C-ECHO",
    source: `import { createScp, verification } from "gantry";
      globalThis.scp = createScp({ services: [verification()] });`,
    maximum: 75_000,
  },
  {
    name: "stores",
    source: `import { createMemoryStore, createScp, storage } from "gantry"; ${STORING}`,
    maximum: 150_000,
  },
  {
    name: "keeps an archive that can be searched",
    source:
      `import { createArchive, createMemoryIndex, createMemoryStore, createScp, storage } from "gantry"; ${ARCHIVING}`,
  },
  {
    name: "reads data sets",
    source: `import { readDataSet } from "gantry/data-set"; globalThis.read = readDataSet;`,
  },
  {
    name: "is a whole gateway, with Hono",
    source: `import { createGateway, createMemoryIndex, createMemoryStore } from "gantry";
      globalThis.gateway = createGateway({ store: createMemoryStore(), index: createMemoryIndex(), connect: null });`,
  },
];

const root = new URL("../", import.meta.url);

/** The package as one that says of itself `"sideEffects": false`. Of others Hono alone has a part in these programs. */
const resolution: Plugin = {
  name: "resolution",
  setup({ onResolve }) {
    const inPackage = (url: URL) => ({ path: fileURLToPath(url), sideEffects: false });
    onResolve({ filter: /^gantry$/ }, () => inPackage(new URL("mod.ts", root)));
    onResolve({ filter: /^gantry\/data-set$/ }, () => inPackage(new URL("mod/data_set.ts", root)));
    onResolve({ filter: /^\..*\.ts$/ }, ({ path, importer }) => inPackage(new URL(path, `file://${importer}`)));
    onResolve({ filter: /^hono(\/|$)/ }, ({ path }) => ({ path: fileURLToPath(import.meta.resolve(path)) }));
    onResolve({ filter: /^[^./]/ }, ({ path }) => ({ path, external: true, sideEffects: false }));
  },
};

/** Bundles a program, and tells its size. */
export async function sizeOf({ source }: Program): Promise<Size> {
  const { metafile } = await build({
    stdin: { contents: source, loader: "ts", resolveDir: fileURLToPath(root) },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    metafile: true,
    write: false,
    logLevel: "silent",
    plugins: [resolution],
  });
  const [{ bytes, inputs }] = Object.values(metafile.outputs) as [(typeof metafile.outputs)[string]];
  const parts = Object.entries(inputs).map(([path, { bytesInOutput }]) => ({ path, bytes: bytesInOutput }));
  return { bytes, parts: parts.sort((one, other) => other.bytes - one.bytes) };
}

if (import.meta.main) {
  for (const program of PROGRAMS) {
    const { bytes, parts } = await sizeOf(program);
    const { name, maximum = Infinity } = program;
    const limit = maximum === Infinity ? "" : `, expected at most ${maximum}: ${bytes > maximum ? "NO" : "yes"}`;
    console.log(`A program that ${name} has ${bytes} bytes${limit}`);
    for (const part of parts.slice(0, 5)) console.log(`  ${String(part.bytes).padStart(7)} ${part.path}`);
    if (bytes > maximum) Deno.exitCode = 1;
  }
  await stop();
}
