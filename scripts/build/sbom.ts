/**
 * Writes what the gateway is made of, as a bill of materials in CycloneDX 1.6: `dist/sbom.cdx.json`, or the path that is
 * given. It has what runs, out of deno.lock, and nothing of tests, benchmarks and builds. The same lock gives the same text.
 *
 * @module
 */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import manifest from "../../deno.json" with { type: "json" };
import { runtimePackages } from "./runtime_packages.ts";

/** What is used here of deno.lock. */
export interface Lock {
  /** Versions by range, such as `npm:hono@^4.13.19`. */
  readonly specifiers: Readonly<Record<string, string>>;
  /** Packages by name and version, such as `hono@4.13.19`. */
  readonly npm: Readonly<Record<string, { readonly integrity: string; readonly dependencies?: readonly string[] }>>;
}

interface Component {
  readonly type: "library";
  readonly "bom-ref": string;
  readonly name: string;
  readonly group?: string;
  readonly version: string;
  readonly scope: "required";
  readonly purl: string;
  readonly hashes: readonly { readonly alg: "SHA-512"; readonly content: string }[];
}

/** The bill of the packages that `specifiers` name, and of what these need. Throws Error for what the lock doesn't have. */
export function billOfMaterials(lock: Lock, specifiers: readonly string[]): object {
  const own = `pkg:npm/${encodeName(manifest.name)}@${manifest.version}`;
  const direct = specifiers.map((specifier) => {
    const version = lock.specifiers[specifier];
    if (version === undefined) throw new Error(`Cannot list ${specifier}: deno.lock has no version for it`);
    return `${nameOf(specifier.slice("npm:".length))}@${version}`;
  });
  const keys = [...reachable(lock, direct)].sort();
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      component: {
        type: "application",
        "bom-ref": own,
        name: manifest.name,
        version: manifest.version,
        purl: own,
        licenses: [{ license: { id: manifest.license } }],
      },
    },
    components: keys.map((key) => component(key, lock)),
    dependencies: [
      { ref: own, dependsOn: direct.map(purlOf).sort() },
      ...keys.map((key) => ({ ref: purlOf(key), dependsOn: dependenciesOf(key, lock).map(purlOf).sort() })),
    ],
  };
}

/** Packages and all that they need. */
function reachable(lock: Lock, direct: readonly string[]): Set<string> {
  const found = new Set(direct);
  for (const key of found) dependenciesOf(key, lock).forEach((dependency) => found.add(dependency));
  return found;
}

/** What a package needs, by name and version: the lock leaves the version out where there is one only. */
function dependenciesOf(key: string, { npm }: Lock): string[] {
  return (npm[key]?.dependencies ?? []).map((dependency) => {
    if (dependency in npm) return dependency;
    const found = Object.keys(npm).filter((other) => nameOf(other) === dependency);
    if (found.length === 1 && found[0] !== undefined) return found[0];
    throw new Error(`Cannot list ${dependency}: deno.lock has ${found.length} versions of it, expected one`);
  });
}

function component(key: string, { npm }: Lock): Component {
  const { integrity = "" } = npm[key] ?? {};
  if (!integrity.startsWith("sha512-")) throw new Error(`Cannot list ${key}: deno.lock has no SHA-512 of it`);
  const name = nameOf(key);
  const [group, rest] = name.startsWith("@") ? name.split("/") : [undefined, name];
  return {
    type: "library",
    "bom-ref": purlOf(key),
    ...(group !== undefined && { group }),
    name: rest ?? name,
    version: key.slice(name.length + 1),
    scope: "required",
    purl: purlOf(key),
    hashes: [{ alg: "SHA-512", content: hex(integrity.slice("sha512-".length)) }],
  };
}

/** `@std/yaml@1.0.0` and `hono@^4.0.0` are of the packages `@std/yaml` and `hono`. */
function nameOf(text: string): string {
  return text.slice(0, text.indexOf("@", 1));
}

function purlOf(key: string): string {
  return `pkg:npm/${encodeName(nameOf(key))}@${key.slice(nameOf(key).length + 1)}`;
}

function encodeName(name: string): string {
  return name.replace("@", "%40");
}

function hex(base64: string): string {
  return [...atob(base64)].map((character) => character.charCodeAt(0).toString(16).padStart(2, "0")).join("");
}

if (import.meta.main) {
  const path = (relative: string) => fileURLToPath(new URL(`../../${relative}`, import.meta.url));
  const out = Deno.args[0] ?? path("dist/sbom.cdx.json");
  const bill = billOfMaterials(JSON.parse(readFileSync(path("deno.lock"), "utf8")), [...runtimePackages.values()]);
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(out, `${JSON.stringify(bill, undefined, 2)}\n`);
}
