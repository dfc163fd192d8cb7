import assert from "node:assert/strict";
import { TransportError } from "../../src/errors.ts";
import { denoPlatform } from "../../src/hosts/deno_platform.ts";
import { readIdentity } from "../../src/hosts/pem_files.ts";

Deno.test("readIdentity() says which file can't be read", async () => {
  await assert.rejects(readIdentity(denoPlatform, { certificate: "/nowhere/crt", key: "/nowhere/key" }), (error) => {
    assert.ok(error instanceof TransportError);
    assert.match(error.message, /^Cannot read \/nowhere\/crt: No such file or directory/);
    return true;
  });
});
