/**
 * Sixteen who ask at once, while instances come: `deno task bench:askers [--instances N] [--seconds N]`.
 *
 * A gateway has an index of 100,000 instances. Sixteen associations ask one question after the other: studies of a day, of
 * a patient, by a name's beginning, by a piece of a description, and all instances of a study; DCMTK sends 2,000 instances
 * again and again meanwhile, with UIDs that are new. Somebody else sends a C-ECHO every 10 ms: how long the answers take is
 * how long the gateway held somebody up.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { createSqliteIndex } from "../src/index/sqlite_index.ts";
import { fill } from "./index_load.ts";
import { prepareLoad, renew } from "./loads.ts";
import { dcmsend, gantry } from "./peers.ts";
import { dataFolder, runAll, script, serve } from "./processes.ts";

const { values } = parseArgs({
  options: { instances: { type: "string", default: "100000" }, seconds: { type: "string", default: "10" } },
});

/** Longest time for which an answer may be held up, in milliseconds. */
const LONGEST = 50;

const { files } = prepareLoad("small");
Deno.mkdirSync(dataFolder, { recursive: true });
const folder = Deno.makeTempDirSync({ dir: dataFolder, prefix: "askers-" });
try {
  {
    await using index = createSqliteIndex(`${folder}/index.sqlite`, { durable: false });
    await fill(index, Number(values.instances));
  }
  await using server = await serve((port) => gantry.start(port, folder));
  const until = Date.now() + Number(values.seconds) * 1000;
  const sending = (async () => {
    let sent = 0;
    for (let round = 0; Date.now() < until; round++, sent += files.length) {
      renew(files, round);
      await runAll([dcmsend.send(server.port, files)]);
    }
    return sent;
  })();
  const client = (kind: string) =>
    new Deno.Command(Deno.execPath(), {
      args: [...script("asking_client.ts", kind, String(server.port), String(until), values.instances).slice(1)],
      stderr: "inherit",
    }).output();
  const [echoes, asked, received] = await Promise.all([client("echo"), client("ask"), sending]);
  const { count, median, longest } = JSON.parse(new TextDecoder().decode(echoes.stdout));
  const { questions, answers } = JSON.parse(new TextDecoder().decode(asked.stdout));
  console.log(
    `${questions} questions with ${answers} answers, ${received} instances received in ${values.seconds} s; ` +
      `${count} C-ECHO: median ${median.toFixed(1)} ms, longest ${longest.toFixed(1)} ms ` +
      `(expected at most ${LONGEST}: ${longest > LONGEST ? "NO" : "yes"}); memory ${
        Math.round((server.peak() ?? 0) / 1e6)
      } MB`,
  );
} finally {
  Deno.removeSync(folder, { recursive: true });
}
