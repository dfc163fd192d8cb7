/**
 * DICOMweb beside Orthanc with its plugin: `deno task bench:dicomweb [--studies N] [--rounds N] [--stores N] [--list N]`.
 *
 * Both get the study of 400 × 512 KB and N small studies (2,000 by default), two a patient, by C-STORE. Then each request is
 * sent so many times (300), to one server and to the other in turn, over a connection that stays open, after half as many that
 * make both warm. At the end the study of 400 is stored by STOW-RS so many times (3). `--list` adds Gantry's own searches over
 * an index of so many studies.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { measureList } from "./dicomweb_list.ts";
import { smallFiles } from "./dicomweb_load.ts";
import { ROOT, startGantry, startOrthanc, type WebServer } from "./dicomweb_peers.ts";
import { median, type Question, QUESTIONS, type Wanted } from "./dicomweb_questions.ts";
import { measureStore } from "./dicomweb_store.ts";
import { HttpConnection } from "./http_connection.ts";
import { prepareLoad, renew } from "./loads.ts";
import { dataFolder, requireProgram, runAll } from "./processes.ts";

const { values } = parseArgs({
  options: {
    studies: { type: "string", default: "2000" },
    rounds: { type: "string", default: "300" },
    stores: { type: "string", default: "3" },
    list: { type: "string", default: "0" },
  },
});
const [studies, rounds, stores, list] = [values.studies, values.rounds, values.stores, values.list].map(Number) as [
  number,
  number,
  number,
  number,
];

/** The study of 400. */
interface Big {
  readonly study: string;
  readonly series: string;
  readonly instances: readonly string[];
}

async function findBig({ httpPort }: WebServer): Promise<Big> {
  const valuesOf = async (path: string, tag: string): Promise<string[]> => {
    const found = await (await fetch(`http://127.0.0.1:${httpPort}${ROOT}/${path}`)).json();
    return found.map((one: Record<string, { Value: string[] }>) => one[tag]!.Value[0]);
  };
  const [study = ""] = await valuesOf("studies?NumberOfStudyRelatedInstances=400", "0020000D");
  const [series = ""] = await valuesOf(`studies/${study}/series`, "0020000E");
  return { study, series, instances: await valuesOf(`studies/${study}/instances`, "00080018") };
}

function pathOf({ path }: Question, { study, series, instances }: Big, round: number): string {
  return `${ROOT}/${path}`.replace("{n}", String(round * 7 % (studies >> 1))).replace("{study}", study)
    .replace("{series}", series).replace("{instance}", instances[round % instances.length]!);
}

/** Asks so often, by so many at the same time; gives the seconds that each answer took. */
async function ask(server: WebServer, question: Question, big: Big, rounds: number): Promise<number[]> {
  const seconds: number[] = [];
  let round = 0;
  const askInTurn = async () => {
    using connection = new HttpConnection(server.httpPort);
    while (round < rounds) {
      const path = pathOf(question, big, round++);
      const answered = await connection.get(path, question.accept);
      if (answered.status !== 200) {
        throw new Error(`Cannot measure: ${server.name} answered ${answered.status} to ${path}`);
      }
      seconds.push(answered.seconds);
    }
  };
  await Promise.all(Array.from({ length: question.atOnce ?? 1 }, askInTurn));
  return seconds;
}

/** Blocks of requests to each server take turns: what else the machine does meets both. */
const BLOCKS = 10;

/** Milliseconds of an answer, or answers a second. */
async function measure(servers: readonly WebServer[], question: Question, big: Big): Promise<number[]> {
  const { rounds: times = rounds, atOnce } = question;
  const size = Math.ceil(times / BLOCKS);
  const found = servers.map(() => [] as number[]);
  for (const server of servers) await ask(server, question, big, Math.ceil(times / 2));
  for (let block = 0; block * size < times; block++) {
    for (const [index, server] of servers.entries()) {
      const began = performance.now();
      const seconds = await ask(server, question, big, size);
      const rate = size / (performance.now() - began) * 1000;
      found[index]!.push(...(atOnce === undefined ? seconds.map((one) => one * 1000) : [rate]));
    }
  }
  return found.map(median);
}

function show(name: string, measured: readonly number[], unit: string, wanted?: Wanted, more = ""): void {
  const [own = NaN, other = NaN] = measured;
  const cells = measured.map((one) => `${one.toFixed(unit === "ms" ? 2 : 0)} ${unit}`.padStart(14)).join("");
  console.log(
    `${name.padEnd(36)}${cells}${(own / other).toFixed(2).padStart(8)}   ${describe(wanted, own, other)}${more}`,
  );
}

function describe(wanted: Wanted | undefined, own: number, other: number): string {
  if (wanted === undefined) return "";
  const [text, isMet] = "ratio" in wanted
    ? [`≤ ${wanted.ratio.toFixed(2)}`, own / other <= wanted.ratio]
    : "times" in wanted
    ? [`≥ ${wanted.times.toFixed(2)}`, own / other >= wanted.times]
    : [`≤ ${wanted.milliseconds} ms`, own <= wanted.milliseconds];
  return `${text} ${isMet ? "yes" : "NO"}`;
}

/** Most memory of each since it was forgotten. */
function memoryOf(servers: readonly WebServer[]): string {
  return `   memory ${servers.map(({ peak }) => `${Math.round((peak() ?? NaN) / 1e6)} MB`).join(", ")}`;
}

async function compare(servers: readonly WebServer[]): Promise<void> {
  const big = await findBig(servers[0]!);
  console.log(
    `${"".padEnd(36)}${servers.map(({ name }) => name.padStart(14)).join("")}${"ratio".padStart(8)}   to reach`,
  );
  for (const question of QUESTIONS) {
    servers.forEach((server) => server.forgetPeak());
    const measured = await measure(servers, question, big);
    const unit = question.atOnce === undefined ? "ms" : "/s";
    show(question.name, measured, unit, question.wanted, memoryOf(servers));
  }
  if (!(stores > 0)) return;
  servers.forEach((server) => server.forgetPeak());
  const measured = (await measureStore(servers, stores)).map((seconds) => median(seconds) * 1000);
  show("STOW-RS of 400 × 512 KB", measured, "ms", { ratio: 0.5 }, memoryOf(servers));
}

requireProgram("dcmsend");
requireProgram("Orthanc");
Deno.mkdirSync(dataFolder, { recursive: true });
const folder = Deno.makeTempDirSync({ dir: dataFolder, prefix: "dicomweb-" });
try {
  for (const name of ["gantry", "orthanc"]) Deno.mkdirSync(`${folder}/${name}`);
  await using gantry = await startGantry(`${folder}/gantry`);
  await using orthanc = await startOrthanc(`${folder}/orthanc`);
  const load = prepareLoad("ct");
  renew(load.files, 0);
  const files = [...load.files, ...smallFiles(studies)];
  for (const { port } of [gantry, orthanc]) {
    for (let at = 0; at < files.length; at += 500) {
      await runAll([["dcmsend", "127.0.0.1", String(port), ...files.slice(at, at + 500)]]);
    }
  }
  await compare([gantry, orthanc]);
} finally {
  Deno.removeSync(folder, { recursive: true });
}
if (list > 0) await measureList(list, Math.min(rounds, 100));
