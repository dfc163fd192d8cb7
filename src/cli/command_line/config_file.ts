/**
 * The configuration file, as commands find and read it.
 *
 * @module
 */

import { type Config, defaultConfig, mapConfig, parseConfig, type ParseConfigOptions } from "../../config.ts";
import { ConfigError, type ConfigProblem } from "../../config/config_error.ts";
import { type Flag, UsageError } from "./command.ts";
import { errorText, escapeText } from "../../safe_text.ts";
import type { Terminal } from "../output/terminal.ts";

/** The file that is read where none is named. */
export const DEFAULT_FILE = "gantry.yaml";

/** The flag of every command that reads a configuration. */
export const configFlag = {
  type: "text",
  short: "c",
  value: "FILE",
  help: `Configuration file (default ${DEFAULT_FILE} in the current folder, if it exists)`,
} as const satisfies Flag;

/** A configuration and the file it came from; no file when defaults hold. */
export interface LoadedConfig {
  readonly config: Config;
  readonly file: string | undefined;
}

/**
 * Reads `file`, or the default file where there is one. Relative paths in it start at its folder.
 * Throws UsageError when the file cannot be read, ConfigError when it cannot be used.
 */
export async function loadConfig(
  file: string | undefined,
  terminal: Terminal,
  overrides: NonNullable<ParseConfigOptions["overrides"]> = {},
): Promise<LoadedConfig> {
  const text = await readConfigText(file);
  if (text === undefined && Object.keys(overrides).length === 0) return { config: defaultConfig, file: undefined };
  const name = text === undefined ? undefined : file ?? DEFAULT_FILE;
  try {
    const config = await parseConfig(text ?? "", { env: terminal.env, overrides });
    return { config: name === undefined ? config : fromFolderOf(name, config, overrides), file: name };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const lines = error.problems.map((problem) => `\n  ${describeProblem(problem, name)}`);
    throw new ConfigError(`Cannot use the configuration:${lines.join("")}`, error.problems);
  }
}

/** Text of `file`, or of the default file, which may be missing. */
export async function readConfigText(file: string | undefined): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(file ?? DEFAULT_FILE);
  } catch (error) {
    if (file === undefined && error instanceof Deno.errors.NotFound) return undefined;
    throw new UsageError(`Cannot read the configuration ${escapeText(file ?? DEFAULT_FILE)}: ${errorText(error)}`);
  }
}

/** One problem on one line, with the place where editors look for it. */
export function describeProblem({ line, keyPath, found, expected }: ConfigProblem, file = DEFAULT_FILE): string {
  const place = [...(line === undefined ? [] : [`${file}:${line}`]), ...(keyPath === "" ? [] : [keyPath])];
  return escapeText([...place, `found ${found}, expected ${expected}`].join(": "));
}

/** A configuration whose relative paths start at the folder of `file`; those of overrides stay, as a user typed them. */
function fromFolderOf(file: string, config: Config, overrides: object): Config {
  const end = Math.max(file.lastIndexOf("/"), Deno.build.os === "windows" ? file.lastIndexOf("\\") : -1);
  const folder = file.slice(0, end + 1);
  return mapConfig(config, ({ entry, value, path: key }) => {
    if (entry.type !== "path" || key.join(".") in overrides) return value;
    const written = String(value);
    const path = entry.words !== undefined && Object.hasOwn(entry.words, written) ? entry.words[written] : written;
    return /^([/\\]|[A-Za-z]:)/.test(written) ? written : `${folder}${path}`;
  });
}
