/** Runs `gantry dump` and says at the end of stderr how many kB of memory the process had at most. */

import { dump } from "../../../../src/cli/commands/dump.ts";
import { denoTerminal } from "../../../../src/cli/output/terminal.ts";

const code = await dump.execute(Deno.args, denoTerminal());
console.error(/VmHWM:\s*(\d+) kB/.exec(Deno.readTextFileSync("/proc/self/status"))?.[1]);
Deno.exit(code);
