/**
 * `deno doc --lint`, with types of packages that are part of the public API taken for public: `deno doc` asks for every type
 * behind them to be exported here as well.
 *
 * @module
 */

import manifest from "../deno.json" with { type: "json" };

/** Types of packages that Gantry's own types name. */
const FROM_PACKAGES: readonly string[] = ["Hono"];

/** Every module of the package, but for the program. */
const entries = Object.values(manifest.exports).filter((path) => path !== manifest.exports["./cli"]);

const { stderr } = await new Deno.Command(Deno.execPath(), {
  args: ["doc", "--lint", ...entries],
  env: { NO_COLOR: "1" },
}).output();
const [, ...findings] = `\n${new TextDecoder().decode(stderr)}`.split(/\n(?=error\[)/);
const faults = findings.filter((finding) =>
  !FROM_PACKAGES.some((name) =>
    finding.startsWith("error[private-type-ref]") && finding.includes(`private type '${name}'`)
  )
);
for (const fault of faults) console.error(fault);
if (faults.length > 0) Deno.exit(1);
