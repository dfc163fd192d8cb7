/**
 * The packages that run, as the configurations name them.
 *
 * @module
 */

import manifest from "../../deno.json" with { type: "json" };
import yamlManifest from "../../links/std_yaml/deno.json" with { type: "json" };

/** Packages of the stand-ins for packages of JSR, which the project's own configuration doesn't name. */
export const packagesOfLinks: Readonly<Record<string, string>> = yamlManifest.imports;

/** Packages of npm by name, with their specifiers, such as `npm:hono@^4.13.19`. */
export const runtimePackages: ReadonlyMap<string, string> = new Map(
  Object.entries({ ...manifest.imports, ...packagesOfLinks })
    .filter(([, specifier]) => specifier.startsWith("npm:"))
    .sort(([a], [b]) => a < b ? -1 : 1),
);
