/**
 * DICOMweb beside Orthanc with its plugin: `deno task bench:dicomweb [--studies N] [--rounds N] [--list N]`.
 *
 * Both get the study of 400 × 512 KB and N small studies (2,000 by default), two a patient, by C-STORE. Then each request is
 * sent so many times, to one server and to the other in turn, over a connection that stays open. `--list` adds Gantry's own
 * list of 101 over an index of so many studies, which go straight into it: Orthanc would take hours to receive them.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { writeDataSet } from "../src/dicom/data_set/write_data_set.ts";
import { DataSet } from "../src/dicom/data_set/data_set.ts";
import * as UID from "../src/dicom/generated/uid.ts";
import { fileMetaInformation } from "../src/dicom/part10.ts";
import { createSqliteIndex } from "../src/index/sqlite_index.ts";
import { prepareLoad } from "./loads.ts";
import { type CommandLine, dataFolder, requireProgram, runAll, serve } from "./processes.ts";

const { values } = parseArgs({
  options: {
    studies: { type: "string", default: "2000" },
    rounds: { type: "string", default: "30" },
    list: { type: "string", default: "0" },
  },
});
const studies = Number(values.studies);
const rounds = Number(values.rounds);

const PLUGINS = ["/usr/share/orthanc/plugins/libOrthancDicomWeb.so", "/usr/lib/orthanc/libOrthancDicomWeb.so"];
const LIST = "limit=101&offset=0&fuzzymatching=false&includefield=00081030,00080060,00080090,00100030";

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** What is asked: path below the root, and what is accepted. `{n}` is a number that differs from request to request, and the others are of the study of 400. */
const QUESTIONS: readonly (readonly [name: string, path: string, accept: string, times?: number])[] = [
  ["studies of a patient", "studies?PatientID=SMALL{n}", "application/dicom+json"],
  ["list of 101 studies, as OHIF asks", `studies?${LIST}`, "application/dicom+json"],
  ["metadata of a series of 400", "studies/{study}/series/{series}/metadata", "application/dicom+json"],
  [
    "one frame of 512 KB",
    "studies/{study}/series/{series}/instances/{instance}/frames/1",
    "multipart/related; type=application/octet-stream; transfer-syntax=*",
  ],
  ["a study of 400 x 512 KB", "studies/{study}", 'multipart/related; type="application/dicom"; transfer-syntax=*', 5],
];

interface Contender {
  readonly name: string;
  readonly root: string;
  readonly dicomPort: number;
  peak(): number | undefined;
}

/** Small studies as files. */
function smallFiles(): string[] {
  const folder = `${dataFolder}/loads/dicomweb-${studies}`;
  const files = Array.from({ length: studies }, (_, number) => `${folder}/${number}.dcm`);
  try {
    if (Deno.statSync(files.at(-1)!).isFile) return files;
  } catch {
    Deno.mkdirSync(folder, { recursive: true });
  }
  for (const [number, path] of files.entries()) {
    const uids = { study: `1.2.826.0.1.${number}`, series: `1.2.826.0.2.${number}`, instance: `1.2.826.0.3.${number}` };
    const dataSet = new DataSet({
      SOPClassUID: UID.CTImageStorage,
      SOPInstanceUID: uids.instance,
      ...studyAttributes(number),
      StudyInstanceUID: uids.study,
      SeriesInstanceUID: uids.series,
      Modality: "CT",
      SeriesNumber: 1,
      InstanceNumber: 1,
    });
    const transferSyntax = UID.ExplicitVRLittleEndian;
    const meta = { sopClassUid: UID.CTImageStorage, sopInstanceUid: uids.instance, transferSyntax };
    Deno.writeFileSync(path, fileMetaInformation(meta));
    Deno.writeFileSync(path, writeDataSet(dataSet, { transferSyntax }), { append: true });
  }
  return files;
}

function day(number: number): string {
  return new Date(Date.UTC(2015, 0, 1 + number % 4000)).toISOString().slice(0, 10).replaceAll("-", "");
}

function studyAttributes(number: number) {
  return {
    ...{ StudyDate: day(number), StudyTime: "101500", AccessionNumber: `A${number}`, StudyID: String(number) },
    ...{ StudyDescription: `Thorax ${number % 37}`, ReferringPhysicianName: "DOE^JOHN" },
    ...{ PatientName: `NAME${number % 977}^ANNA`, PatientID: `SMALL${number >> 1}`, PatientBirthDate: "19700101" },
    PatientSex: "F",
  };
}

function gantryLine(port: number, httpPort: number, folder: string): CommandLine {
  const cli = new URL("../cli.ts", import.meta.url).pathname;
  const flags = ["--port", String(port), "--http-port", String(httpPort), "--data", folder];
  return [Deno.execPath(), "run", "-A", "--quiet", cli, "listen", ...flags];
}

function orthancLine(port: number, httpPort: number, folder: string): CommandLine {
  const plugin = PLUGINS.find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
  if (plugin === undefined) throw new Error("Cannot measure: Orthanc's DICOMweb plugin is not installed");
  const settings = {
    StorageDirectory: folder,
    IndexDirectory: folder,
    HttpPort: httpPort,
    DicomPort: port,
    DicomCheckCalledAet: false,
    HttpCompressionEnabled: false,
    KeepAlive: true,
    TcpNoDelay: true,
    Plugins: [plugin],
    DicomWeb: { Enable: true, StudiesMetadata: "Full", SeriesMetadata: "Full" },
  };
  Deno.writeTextFileSync(`${folder}/orthanc.json`, JSON.stringify(settings));
  return ["Orthanc", `${folder}/orthanc.json`];
}

async function ask(contender: Contender, path: string, accept: string): Promise<{ seconds: number; bytes: number }> {
  const began = performance.now();
  const response = await fetch(`${contender.root}/${path}`, { headers: { accept } });
  let bytes = 0;
  for await (const chunk of response.body ?? []) bytes += chunk.length;
  if (!response.ok) throw new Error(`Cannot measure: ${contender.name} answered ${response.status} to ${path}`);
  return { seconds: (performance.now() - began) / 1000, bytes };
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((one, other) => one - other)[Math.floor(numbers.length / 2)]!;
}

/** The study of 400. */
interface Big {
  readonly study: string;
  readonly series: string;
  readonly instances: readonly string[];
}

async function findBig({ root }: Contender): Promise<Big> {
  const valuesOf = async (path: string, tag: string): Promise<string[]> => {
    const found = await (await fetch(`${root}/${path}`)).json();
    return found.map((one: Record<string, { Value: string[] }>) => one[tag]!.Value[0]);
  };
  const [study = ""] = await valuesOf("studies?NumberOfStudyRelatedInstances=400", "0020000D");
  const [series = ""] = await valuesOf(`studies/${study}/series`, "0020000E");
  return { study, series, instances: await valuesOf(`studies/${study}/instances`, "00080018") };
}

async function compare(contenders: readonly Contender[], { study, series, instances }: Big): Promise<void> {
  console.log(`${"".padEnd(36)}${contenders.map(({ name }) => name.padStart(14)).join("")}${"ratio".padStart(8)}`);
  for (const [name, path, accept, times = rounds] of QUESTIONS) {
    const measured = contenders.map(() => [] as number[]);
    const first: number[] = [];
    for (let round = 0; round <= times; round++) {
      for (const [index, contender] of contenders.entries()) {
        const asked = path.replace("{n}", String(round * 7 % (studies >> 1)))
          .replace("{study}", study).replace("{series}", series).replace(
            "{instance}",
            instances[round % instances.length]!,
          );
        const { seconds } = await ask(contender, asked, accept);
        // The first makes what is kept ready.
        if (round === 0) first.push(seconds);
        else measured[index]!.push(seconds);
      }
    }
    const medians = measured.map(median);
    const cells = medians.map((seconds) => `${(seconds * 1000).toFixed(2)} ms`.padStart(14)).join("");
    const firsts = first.map((seconds) => `${(seconds * 1000).toFixed(0)} ms`).join(", ");
    console.log(`${name.padEnd(36)}${cells}${(medians[0]! / medians[1]!).toFixed(2).padStart(8)}   first: ${firsts}`);
  }
  for (const { name, peak } of contenders) console.log(`memory of ${name}: ${Math.round((peak() ?? 0) / 1e6)} MB`);
}

/** The list of 101 of an index of so many studies. */
async function measureList(count: number): Promise<void> {
  const folder = Deno.makeTempDirSync({ dir: dataFolder, prefix: "dicomweb-" });
  try {
    {
      await using index = createSqliteIndex(`${folder}/index.sqlite`, { durable: false });
      for (let number = 0; number < count; number++) {
        const { PatientName, PatientID, PatientBirthDate, PatientSex, ...study } = studyAttributes(number);
        const sopInstanceUid = `1.2.826.0.3.${number}`;
        await index.find(sopInstanceUid);
        await index.put(
          {
            ...{ patientId: PatientID, studyInstanceUid: `1.2.826.0.1.${number}`, sopInstanceUid },
            ...{ seriesInstanceUid: `1.2.826.0.2.${number}`, sopClassUid: UID.CTImageStorage, sourceAeTitle: "CT1" },
            ...{ transferSyntax: UID.ExplicitVRLittleEndian, name: `${number}.dcm`, size: 1000, dataSetOffset: 300 },
            ...{ receivedAt: number, serial: number + 1 },
          },
          [],
          {
            PATIENT: writeDataSet(new DataSet({ PatientName, PatientID, PatientBirthDate, PatientSex })),
            STUDY: writeDataSet(new DataSet(study)),
            SERIES: writeDataSet(new DataSet({ Modality: "CT", SeriesNumber: 1 })),
            IMAGE: writeDataSet(new DataSet({ InstanceNumber: 1 })),
          },
        );
        if (number % 1000 === 0) await new Promise((resolve) => setTimeout(resolve));
      }
    }
    const httpPort = freePort();
    await using server = await serve((port) => gantryLine(port, httpPort, folder));
    const contender = contenderOf("gantry", httpPort, server);
    const questions = [["list of 101", LIST], ["studies of a patient", "PatientID=SMALL77"], [
      "names with wild cards",
      "PatientName=*ANNA*&limit=101",
    ]];
    console.log(`\n${count} studies`);
    for (const [name, query] of questions) {
      const seconds: number[] = [];
      for (let round = 0; round < rounds; round++) {
        seconds.push((await ask(contender, `studies?${query}`, "application/dicom+json")).seconds);
      }
      console.log(`${name!.padEnd(36)}${(median(seconds) * 1000).toFixed(2).padStart(11)} ms`);
    }
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

function contenderOf(name: string, httpPort: number, { port, peak }: Awaited<ReturnType<typeof serve>>): Contender {
  return { name, root: `http://127.0.0.1:${httpPort}/dicom-web`, dicomPort: port, peak };
}

requireProgram("dcmsend");
requireProgram("Orthanc");
Deno.mkdirSync(dataFolder, { recursive: true });
const folder = Deno.makeTempDirSync({ dir: dataFolder, prefix: "dicomweb-" });
try {
  const ports = [freePort(), freePort()];
  for (const name of ["gantry", "orthanc"]) Deno.mkdirSync(`${folder}/${name}`);
  await using gantry = await serve((port) => gantryLine(port, ports[0]!, `${folder}/gantry`));
  await using orthanc = await serve((port) => orthancLine(port, ports[1]!, `${folder}/orthanc`));
  const contenders = [contenderOf("gantry", ports[0]!, gantry), contenderOf("Orthanc", ports[1]!, orthanc)];
  const files = [...prepareLoad("ct").files, ...smallFiles()];
  for (const { dicomPort } of contenders) {
    for (let at = 0; at < files.length; at += 500) {
      await runAll([["dcmsend", "127.0.0.1", String(dicomPort), ...files.slice(at, at + 500)]]);
    }
  }
  await compare(contenders, await findBig(contenders[0]!));
} finally {
  Deno.removeSync(folder, { recursive: true });
}
if (Number(values.list) > 0) await measureList(Number(values.list));
