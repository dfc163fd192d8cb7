/**
 * Modules that stand in for others in a child process, by an import map.
 *
 * @module
 */

const ROOT = new URL("../../", import.meta.url);

/**
 * Writes a configuration into a folder with which the archive, its store and its index get the module `standIn` for `node:fs`; answers the options
 * of `deno run` for it.
 */
export function standInForFileSystem(folder: string, standIn: URL): string[] {
  const { imports, links, unstable } = readJson(new URL("deno.json", ROOT));
  for (const link of links) {
    const base = new URL(`${link}/`, ROOT);
    const linked = readJson(new URL("deno.json", base));
    for (const [name, path] of Object.entries<string>(linked.exports)) {
      imports[`${linked.name}${name.slice(1)}`] = new URL(path, base).href;
    }
    Object.assign(imports, linked.imports);
  }
  const instead = { "node:fs": standIn.href };
  const scopes = Object.fromEntries(
    ["archive", "index", "objects"].map((part) => [new URL(`src/${part}/`, ROOT).href, instead]),
  );
  const config = `${folder}/deno.json`;
  Deno.writeTextFileSync(config, JSON.stringify({ imports, scopes, unstable, nodeModulesDir: "none" }));
  Deno.copyFileSync(new URL("deno.lock", ROOT), `${folder}/deno.lock`);
  return ["--config", config];
}

function readJson(url: URL) {
  return JSON.parse(Deno.readTextFileSync(url));
}
