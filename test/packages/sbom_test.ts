import assert from "node:assert/strict";
import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import { billOfMaterials, type Lock } from "../../scripts/build/sbom.ts";
import { runtimePackages } from "../../scripts/build/runtime_packages.ts";

const lock: Lock = JSON.parse(Deno.readTextFileSync(new URL("../../deno.lock", import.meta.url)));

Deno.test("the bill of materials is CycloneDX, and has what runs and nothing else", async () => {
  const bill = billOfMaterials(lock, [...runtimePackages.values()]);
  const text = JSON.stringify(bill);
  const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
  assert.equal(await validator.validate(text), null);
  assert.notEqual(await validator.validate(text.replace('"library"', '"nothing"')), null);

  const { components, dependencies } = JSON.parse(text);
  const names = components.map(({ name }: { name: string }) => name);
  const codecs = ["charls", "openjpeg", "openjph"].map((name) => `codec-${name}`);
  assert.deepEqual(names, [...codecs, "argparse", "hono", "jose", "js-yaml", "yaml", "zod"]);
  assert.deepEqual(dependencies[0].dependsOn.length, runtimePackages.size);
  for (const { hashes: [{ content }] } of components) assert.match(content, /^[0-9a-f]{128}$/);
});

Deno.test("a bill of materials is refused where the lock lacks a package, its version or its hash", () => {
  const entry = { integrity: "sha512-AAAA" };
  const specifiers = { "npm:a@1": "1.0.0" };
  assert.throws(() => billOfMaterials({ specifiers: {}, npm: {} }, ["npm:a@1"]), /Cannot list npm:a@1/);
  assert.throws(
    () => billOfMaterials({ specifiers, npm: { "a@1.0.0": { integrity: "sha1-AA" } } }, ["npm:a@1"]),
    /SHA-512/,
  );
  const npm = { "a@1.0.0": { ...entry, dependencies: ["b"] }, "b@1.0.0": entry, "b@2.0.0": entry };
  assert.throws(() => billOfMaterials({ specifiers, npm }, ["npm:a@1"]), /2 versions/);
});
