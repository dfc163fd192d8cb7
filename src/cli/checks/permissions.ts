/**
 * The permissions that the gateway needs of Deno, for what is configured and nothing else.
 *
 * @module
 */

import { type Config, configSettings } from "../../config.ts";
import { endpointText } from "../../transport/endpoint.ts";
import { DEFAULT_FILE, loadConfig } from "../command_line/config_file.ts";
import type { Terminal } from "../output/terminal.ts";

/** What a permission is for: `true` for everything. */
export interface Permissions {
  readonly net: readonly string[] | true;
  readonly read: readonly string[];
  readonly write: readonly string[];
  readonly env: readonly string[];
  readonly sys: readonly string[];
  readonly run: readonly string[];
}

/** Of `gantry listen --config FILE`. Throws what `loadConfig` throws. */
export async function listenPermissions(file: string | undefined, terminal: Terminal): Promise<Permissions> {
  const variables = new Set(["TERM"]);
  const env = (name: string) => {
    variables.add(name);
    return terminal.env(name);
  };
  const loaded = await loadConfig(file, { ...terminal, env });
  return { ...permissionsOf(loaded.config, loaded.file ?? DEFAULT_FILE), env: [...variables].sort() };
}

function permissionsOf(config: Config, file: string): Omit<Permissions, "env"> {
  const settings = configSettings(config);
  const paths = settings.flatMap(({ entry, value }) =>
    entry.type === "path" ? [{ path: String(value), access: entry.access }] : []
  );
  const endpoints = settings.flatMap(({ entry, value, beside }) =>
    entry.type === "port"
      ? [endpointText({ hostname: String(beside.host), port: Number(value) })]
      : entry.type === "url"
      ? [endpointOfUrl(String(value))]
      : []
  );
  const anyHost = settings.some(({ entry, value }) => entry.type === "boolean" && entry.permits === "net" && value);
  return {
    net: anyHost ? true : unique(endpoints),
    read: unique([file, ...paths.map(({ path }) => path)]),
    write: unique(paths.filter(({ access }) => access === "write").map(({ path }) => path)),
    sys: ["statfs"],
    // Codecs run in processes of Deno that have no permission.
    run: [Deno.execPath()],
  };
}

/** Host and port of a URL, whose format the configuration has checked as far as a pattern can. */
function endpointOfUrl(text: string): string {
  const { hostname, port, protocol } = new URL(text);
  return `${hostname}:${port === "" ? (protocol === "https:" ? 443 : 80) : port}`;
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}

/** Flags of `deno run`, for a shell to split at spaces. Throws an Error when a value has one, or a comma. */
export function permissionFlags(permissions: Permissions): string {
  return Object.entries(permissions).map(([name, values]: [string, readonly string[] | true]) => {
    if (values === true) return `--allow-${name}`;
    const odd = values.find((value) => /[\s,]/.test(value));
    if (odd === undefined) return `--allow-${name}=${values.join(",")}`;
    throw new Error(`Cannot write ${JSON.stringify(odd)} as a permission: it has a space or a comma in it`);
  }).join(" ");
}
