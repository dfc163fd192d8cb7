import assert from "node:assert/strict";
import { Deno as StandIn } from "../../../src/cli/node/deno.ts";
import { temporaryFolder } from "../../support/folders.ts";

const ROOT = new URL("../../../src/cli/", import.meta.url);

function* sourcesBelow(folder: URL): Generator<URL> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory && name !== "node") yield* sourcesBelow(new URL(`${name}/`, folder));
    else if (name.endsWith(".ts")) yield new URL(name, folder);
  }
}

/** Of those, what the main program of Deno uses, in whose place Node has another. */
const OF_DENO_ALONE = ["args", "exit", "permissions"];

Deno.test("what stands in for Deno on Node has all that the commands use", () => {
  const used = new Set<string>();
  for (const source of sourcesBelow(ROOT)) {
    const code = Deno.readTextFileSync(source).replaceAll(/^\s*(\/\*\*|\*|\/\/).*$/gm, "");
    for (const [, name = ""] of code.matchAll(/\bDeno\.([a-z]\w*)/g)) used.add(name);
  }
  assert.ok(used.size > 15);
  const missing = [...used].filter((name) => !(name in StandIn) && !OF_DENO_ALONE.includes(name));
  assert.deepEqual(missing, []);
});

Deno.test("what stands in for Deno on Node writes, renames and removes files and empty folders as Deno does", async () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/a/b`;
  await StandIn.mkdir(path, { recursive: true });
  await StandIn.mkdir(path, { recursive: true });
  for (const text of ["longer", "new"]) {
    const file = await StandIn.open(`${path}/one`, { write: true, create: true, truncate: true });
    file.writeSync(new TextEncoder().encode(text));
    file.close();
  }
  await StandIn.rename(`${path}/one`, `${path}/two`);
  assert.equal(Deno.readTextFileSync(`${path}/two`), "new");
  assert.throws(() => StandIn.removeSync(path));
  await StandIn.remove(`${path}/two`);
  await assert.rejects(StandIn.remove(`${path}/two`), StandIn.errors.NotFound);
  StandIn.removeSync(path);
  assert.deepEqual([...Deno.readDirSync(`${folder.path}/a`)], []);
});
