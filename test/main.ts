/**
 * `deno task test:unit`, `test:peers`, `test:runtimes`: runs the tests of one kind; further arguments are those of `deno test`.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { KINDS, kindsOfTests } from "./support/kinds.ts";

/** What tests may do. A unit test starts no process: one that tries fails. */
const UNIT = ["--allow-read", "--allow-write", "--allow-net", "--allow-env", "--allow-sys"];

const [kind, ...options] = Deno.args;
if (!KINDS.some((known) => known === kind)) {
  console.error(`Cannot run tests: found the kind ${kind}, expected one of ${KINDS.join(", ")}`);
  Deno.exit(2);
}
const files = [...await kindsOfTests()].filter(([, found]) => found === kind).map(([path]) => path);
const permissions = kind === "unit" ? UNIT : ["--allow-all"];
const { code } = await new Deno.Command(Deno.execPath(), {
  args: ["test", "--parallel", "--no-check", ...permissions, ...options, ...files],
  cwd: fileURLToPath(new URL("..", import.meta.url)),
}).spawn().status;
Deno.exit(code);
