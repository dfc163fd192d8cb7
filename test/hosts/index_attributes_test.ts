import assert from "node:assert/strict";
import { parseConfig } from "../../src/config.ts";
import { ConfigError } from "../../src/config/config_error.ts";
import { indexAttributes } from "../../src/hosts/index_attributes.ts";

async function attributes(yaml: string) {
  return indexAttributes((await parseConfig(`archive: { index: { attributes: ${yaml} } }`)).archive);
}

Deno.test("indexAttributes() takes keywords and tags", async () => {
  assert.deepEqual(await attributes('[StationName, "(0009,1001)"]'), [0x00081010, 0x00091001]);
});

Deno.test("indexAttributes() takes what is no attribute for a mistake in the configuration, and names all of it", async () => {
  await assert.rejects(attributes("[Foo, StationName, Bar]"), (error) => {
    assert.ok(error instanceof ConfigError);
    assert.match(
      error.message,
      /^Cannot understand archive\.index\.attributes: found "Foo", "Bar", expected a keyword /,
    );
    assert.equal(error.problems.length, 2);
    return true;
  });
});
