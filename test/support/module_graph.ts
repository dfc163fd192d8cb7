/**
 * Which module imports which, as Deno sees it.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** An import, as it is written, and the URLs of what it gives: code, or types alone. */
export interface Dependency {
  readonly specifier: string;
  readonly code?: { readonly specifier?: string };
  readonly isDynamic?: boolean;
  readonly type?: { readonly specifier?: string };
}

/** A module by its URL. */
export interface Module {
  readonly specifier: string;
  readonly dependencies?: readonly Dependency[];
}

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The modules that these files are and import, and those that they import. */
export async function moduleGraph(files: readonly string[]): Promise<readonly Module[]> {
  const folder = await Deno.makeTempDir({ prefix: "gantry-modules-" });
  try {
    const entry = join(folder, "all.ts");
    const lines = files.map((path) => `import ${JSON.stringify(pathToFileURL(path).href)};\n`);
    await Deno.writeTextFile(entry, lines.join(""));
    const text = await deno("info", "--json", "--config", join(root, "deno.json"), entry);
    const { modules }: { modules: Module[] } = JSON.parse(text);
    return modules.filter(({ specifier }) => specifier !== pathToFileURL(entry).href);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs this very Deno, and gives what it prints. */
export async function deno(...args: string[]): Promise<string> {
  const command = new Deno.Command(Deno.execPath(), { args, cwd: root, env: { NO_COLOR: "1" } });
  const { success, stdout, stderr } = await command.output();
  if (!success) throw new Error(`deno ${args[0]} failed:\n${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}
