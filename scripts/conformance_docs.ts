/**
 * Writes the conformance statement of the default configuration into docs/conformance.md.
 *
 *     deno task docs:conformance
 *
 * @module
 */

import { askGateway } from "../src/cli/conformance/ask_gateway.ts";
import { conformanceStatement } from "../src/cli/conformance/statement.ts";
import { defaultConfig } from "../src/config.ts";

const page = new URL("../docs/conformance.md", import.meta.url);
Deno.writeTextFileSync(page, conformanceStatement(defaultConfig, await askGateway(defaultConfig)));
