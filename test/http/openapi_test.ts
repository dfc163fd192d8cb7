import assert from "node:assert/strict";
import { PROBLEMS, problemType } from "../../src/http/problem.ts";
import { assertIsOf, sidecar } from "./support.ts";

interface MediaType {
  schema: unknown;
  example?: unknown;
  examples?: Record<string, { value: unknown }>;
}
interface Response_ {
  $ref?: string;
  description?: string;
  content?: Record<string, MediaType>;
}
interface Operation {
  operationId: string;
  parameters?: { name: string; in: string }[];
  requestBody?: { content: Record<string, MediaType> };
  responses: Record<string, Response_>;
  security?: unknown[];
}
interface OpenApi {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, unknown>; responses: Record<string, Response_> };
  security?: unknown[];
}

async function document(options: Parameters<typeof sidecar>[0] = {}): Promise<OpenApi> {
  const headers = { authorization: "Bearer t" };
  return await (await sidecar(options).request("http://localhost/openapi.json", { headers })).json();
}

function operations({ paths }: OpenApi): { path: string; method: string; operation: Operation }[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation }))
  );
}

/** Every object in a value of JSON. */
function* objects(value: unknown): Generator<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value)) yield value as Record<string, unknown>;
  for (const member of Object.values(value)) yield* objects(member);
}

function at(root: unknown, reference: string): unknown {
  return reference.split("/").slice(1).reduce<unknown>((value, name) => Object(value)[name], root);
}

Deno.test("the OpenAPI document has every route, and no other", async () => {
  const described = operations(await document()).map(({ path, method }) => `${method.toUpperCase()} ${path}`);
  const served = sidecar().routes
    .filter(({ method }) => method !== "ALL")
    .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, "{$1}")}`);
  assert.ok(served.length >= 9);
  assert.deepEqual(described.sort(), served.sort());
});

Deno.test("every reference of the OpenAPI document leads somewhere, and every operation has its own id", async () => {
  const openApi = await document();
  assert.match(openApi.openapi, /^3\.1\./);
  for (const { $ref } of objects(openApi)) {
    if ($ref !== undefined) assert.ok(at(openApi, String($ref)), String($ref));
  }
  const ids = operations(openApi).map(({ operation }) => operation.operationId);
  assert.equal(new Set(ids).size, ids.length);
  for (const { path, operation } of operations(openApi)) {
    const named = Array.from(path.matchAll(/\{(\w+)\}/g), ([, name]) => name);
    const inPath = (operation.parameters ?? []).filter((parameter) => parameter.in === "path");
    assert.deepEqual(inPath.map(({ name }) => name), named);
    for (const response of Object.values(operation.responses)) assert.ok(response.$ref ?? response.description);
  }
});

Deno.test("every schema of the OpenAPI document is used", async () => {
  const openApi = await document();
  const references = new Set(Array.from(objects(openApi), ({ $ref }) => $ref));
  for (const name of Object.keys(openApi.components.schemas)) {
    assert.ok(references.has(`#/components/schemas/${name}`), name);
  }
});

Deno.test("every example of the OpenAPI document is as its schema says", async () => {
  const openApi = await document();
  let examples = 0;
  for (const { schema, example, examples: named } of objects(openApi)) {
    const values = [
      ...example === undefined ? [] : [example],
      ...Object.values(Object(named)).map((e) => Object(e).value),
    ];
    for (const value of values) {
      assertIsOf(schema, value);
      examples++;
    }
  }
  assert.ok(examples >= 20, `${examples} examples`);
});

Deno.test("an example that breaks its schema is noticed", () => {
  assert.throws(() => assertIsOf({ $ref: "#/components/schemas/Health" }, { status: "fine" }));
  assert.throws(() => assertIsOf({ $ref: "#/components/schemas/EchoRequest" }, { peer: "A", port: 1 }));
  assert.throws(() => assertIsOf({ $ref: "#/components/schemas/EchoTimings" }, { connect: -1 }));
});

Deno.test("the type of every problem leads to its description in the OpenAPI document", async () => {
  const { components } = await document();
  for (const name of Object.keys(PROBLEMS) as (keyof typeof PROBLEMS)[]) {
    const [path, fragment] = problemType(name).split("#");
    assert.equal(path, "/openapi.json");
    assert.ok(at({ components }, fragment ?? ""), name);
  }
});

Deno.test("the OpenAPI document says what this sidecar wants", async () => {
  const open = await document();
  assert.equal(open.security, undefined);
  assert.ok(operations(open).every(({ operation }) => !("401" in operation.responses)));
  assert.ok(operations(open).every(({ operation }) => "403" in operation.responses && "421" in operation.responses));

  const secured = await document({ token: "t" });
  assert.deepEqual(secured.security, [{ bearer: [] }]);
  for (const { path, operation } of operations(secured)) {
    const isOpen = path.startsWith("/health");
    assert.equal("401" in operation.responses, !isOpen, path);
    assert.deepEqual(operation.security, isOpen ? [] : undefined);
    assert.ok("421" in operation.responses);
  }
});
