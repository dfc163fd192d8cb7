/**
 * The command line: `deno run -qA cli.ts listen`.
 *
 * @module
 */

import { main } from "./src/cli/main.ts";
import { denoTerminal } from "./src/cli/output/terminal.ts";

if (import.meta.main) Deno.exit(await main(Deno.args, denoTerminal()));
