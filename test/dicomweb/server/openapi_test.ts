import assert from "node:assert/strict";
import { createHttpApp } from "../../../src/http/app.ts";
import { openApiDocument } from "../../../src/http/openapi.ts";
import { dicomwebPart } from "../../../src/dicomweb/server/part.ts";

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters?: readonly { readonly name: string }[];
  readonly responses: Readonly<Record<string, unknown>>;
}

const part = dicomwebPart({ version: "1", source: () => undefined });
const document = JSON.parse(JSON.stringify(openApiDocument({ version: "1", token: "t" }, [part])));
const operations = Object.entries(document.paths as Record<string, Record<string, Operation>>)
  .flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method, operation })));

Deno.test("the OpenAPI document has every resource of DICOMweb, and no other", () => {
  const served = createHttpApp({ version: "1", parts: [part] }).routes
    .filter(({ method, path }) => method !== "ALL" && path.startsWith("/dicom-web"))
    .map(({ method, path }) => `${method} ${path.replace(/:(\w+)(\{[^}]*\})?/g, "{$1}")}`);
  const described = operations.map(({ path, method }) => `${method.toUpperCase()} ${path}`);
  assert.ok(served.length > 20);
  assert.deepEqual(described.sort(), served.sort());
});

Deno.test("each of them has its own id, its parameters, and says what it answers when something is wrong", () => {
  assert.equal(new Set(operations.map(({ operation }) => operation.operationId)).size, operations.length);
  for (const { path, operation } of operations) {
    const named = Array.from(path.matchAll(/\{(\w+)\}/g), ([, name]) => name);
    assert.deepEqual((operation.parameters ?? []).map(({ name }) => name), named);
    for (const status of ["400", "401", "406", "500"]) assert.ok(status in operation.responses, `${path}: ${status}`);
  }
});

Deno.test("every reference leads somewhere", () => {
  for (const [, reference = ""] of JSON.stringify(document.paths).matchAll(/"\$ref":"#([^"]+)"/g)) {
    const found = reference.split("/").slice(1).reduce((value, name) => Object(value)[name], document);
    assert.ok(found, reference);
  }
});
