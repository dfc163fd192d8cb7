/**
 * `deno task soak`: kills a gateway by the hundred, and has associations come to nothing by the thousand.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { crash } from "./crash.ts";
import { leak, type Usage } from "./leaks.ts";
import { routingCrash } from "./routing_crash.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "42" },
    kills: { type: "string", default: "300" },
    associations: { type: "string", default: "10000" },
    // "keeping", "sending" or "associations": that part alone.
    only: { type: "string" },
  },
});
const [seed, kills, associations] = [Number(values.seed), Number(values.kills), Number(values.associations)];
const isAsked = (part: string) => values.only === undefined || values.only === part;

if (kills > 0 && isAsked("keeping")) {
  const begun = performance.now();
  const report = await crash({ seed, kills, onProgress: ({ kills: soFar }) => progress(`${soFar} of ${kills} kills`) });
  tell(
    `${report.kills} kills, ${report.killsInStartUp} of them in start-up, in ${seconds(begun)}, seed ${seed}: ` +
      `${report.acknowledged} instances were acknowledged and are there, ${report.unfinished} transfers were cut off ` +
      `and removed, ${report.replayed} instances came back from the journal, and index and files said the same of ${report.audited}`,
  );
}
if (kills > 0 && isAsked("sending")) {
  const begun = performance.now();
  const onProgress = ({ kills: soFar }: { kills: number }) => progress(`${soFar} of ${kills} kills while sending on`);
  const report = await routingCrash({ seed, kills, onProgress });
  tell(
    `${report.kills} kills while sending on, in ${
      seconds(begun)
    }, seed ${seed}: ${report.acknowledged} instances were ` +
      `acknowledged and have reached each of their destinations, with ${report.repeated} deliveries made again; ` +
      `${report.indexesLost} indexes were lost`,
  );
}
if (associations > 0 && isAsked("associations")) {
  const begun = performance.now();
  const onProgress = (received: number) => {
    if (received % 100 === 0) progress(`${received} of ${2 * associations} associations`);
  };
  const { before, halfway, after, ...ends } = await leak({ associations, onProgress });
  tell(
    `${ends.opened} connections in ${
      seconds(begun)
    }, ${ends.rejected} rejected and ${ends.aborted} aborted or broken ` +
      `off:\n  before  ${describe(before)}\n  halfway ${describe(halfway)}\n  after   ${describe(after)}`,
  );
}

function describe({ files, sockets, threads, memory }: Usage): string {
  return `${files} open files, ${sockets} of them sockets; ${threads} threads; ${Math.round(memory / 1024 ** 2)} MiB`;
}

function progress(text: string): void {
  if (Deno.stderr.isTerminal()) Deno.stderr.writeSync(new TextEncoder().encode(`\r${text}\x1b[K`));
}

function tell(text: string): void {
  progress("");
  console.log(text);
}

function seconds(begun: number): string {
  return `${((performance.now() - begun) / 1000).toFixed(0)} s`;
}
