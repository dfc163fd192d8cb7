/**
 * An archive's index with many instances: `deno task bench:index [--instances N] [--folder PATH]`.
 *
 * A child process fills an index that is open as `gantry listen` has it, keeps instances, and is killed. Measured are how
 * long it takes to put an instance, to open the archive again after the kill, how large the index is, and the memory. The
 * instances of the index have no files, but for those that are kept: neither start looks at them.
 *
 * @module
 */

import process from "node:process";
import { parseArgs } from "node:util";
import { createArchive } from "../src/archive/archive.ts";
import { openFileArchive } from "../src/archive/file_archive.ts";
import * as UID from "../src/dicom/generated/uid.ts";
import type { IndexedInstance } from "../src/index/instance_index.ts";
import { dataFolder } from "./processes.ts";

const { values } = parseArgs({
  options: {
    instances: { type: "string", default: "1000000" },
    folder: { type: "string" },
    fill: { type: "boolean", default: false },
  },
});
const count = Number(values.instances);

/** Instances that are kept right before the kill: as many as the journal holds. */
const KEPT = 4_000;

/** A UID of 63 characters, as devices make them. */
function uid(prefix: number, number: number): string {
  return `1.2.840.113619.2.55.${prefix}.${
    String(number * 7_919 % 10_000_019).padStart(8, "0").padStart(41, "283116435")
  }`;
}

/** Ten instances a series, two series a study, two studies a patient. */
function instanceOf(number: number): IndexedInstance {
  const [study, series] = [uid(1, Math.floor(number / 20)), uid(2, Math.floor(number / 10))];
  const sopInstanceUid = uid(3, number);
  return {
    patientId: `P${Math.floor(number / 40)}`,
    studyInstanceUid: study,
    seriesInstanceUid: series,
    sopInstanceUid,
    sopClassUid: UID.CTImageStorage,
    transferSyntax: UID.ExplicitVRLittleEndian,
    name: `${study}/${series}/${sopInstanceUid}.dcm`,
    size: 526_000,
    dataSetOffset: 340,
    receivedAt: 1_700_000_000_000 + number,
    sourceAeTitle: `CT${number % 8}`,
    serial: number + 1,
  };
}

async function fill(folder: string): Promise<never> {
  const opened = await openFileArchive(folder);
  const { index } = opened;
  const before = process.cpuUsage();
  for (let number = 0; number < count; number++) {
    const instance = instanceOf(number);
    index.find(instance.sopInstanceUid);
    index.put(instance);
    if (number % 1000 === 0) await new Promise((resolve) => setTimeout(resolve));
  }
  const { user, system } = process.cpuUsage(before);
  await index.sync();
  const archive = createArchive(opened);
  const element = (tag: number[], vr: string, value: string) => {
    const text = value.length % 2 === 0 ? value : `${value}\0`;
    return [...tag, ...new TextEncoder().encode(vr), text.length, 0, ...new TextEncoder().encode(text)];
  };
  await Promise.all(Array.from({ length: 8 }, async (_, stream) => {
    for (let number = stream; number < KEPT; number += 8) {
      const sopInstanceUid = uid(9, number);
      const dataSet = Uint8Array.from([
        ...element([8, 0, 0x16, 0], "UI", UID.CTImageStorage),
        ...element([8, 0, 0x18, 0], "UI", sopInstanceUid),
        ...element([0x20, 0, 0x0d, 0], "UI", uid(8, 1)),
        ...element([0x20, 0, 0x0e, 0], "UI", uid(8, 2)),
      ]);
      const announced = { sopClassUid: UID.CTImageStorage, sopInstanceUid, transferSyntax: UID.ExplicitVRLittleEndian };
      await archive.keep({ ...announced, dataSet: new Blob([dataSet]).stream() });
    }
  }));
  console.log(JSON.stringify({ microseconds: (user + system) / count, memory: Deno.memoryUsage().rss }));
  process.kill(process.pid, "SIGKILL");
  throw new Error("Cannot be here");
}

if (values.fill) await fill(values.folder!);
Deno.mkdirSync(dataFolder, { recursive: true });
const folder = values.folder ?? Deno.makeTempDirSync({ dir: dataFolder, prefix: "index-" });
try {
  const args = ["run", "-A", import.meta.filename!, "--fill", "--folder", folder, "--instances", String(count)];
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
  const line = new TextDecoder().decode(stdout);
  if (!line.startsWith("{")) throw new Error(`Cannot fill the index: ${new TextDecoder().decode(stderr)}`);
  const filled: { microseconds: number; memory: number } = JSON.parse(line);
  const begun = performance.now();
  await using opened = await openFileArchive(folder, { rebuild: "refuse" });
  const seconds = (performance.now() - begun) / 1000;
  const instances = await opened.index.count();
  if (instances !== count + KEPT) {
    throw new Error(`Cannot believe it: ${instances} instances, expected ${count + KEPT}`);
  }
  const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
  console.log(`${instances} instances, ${opened.recovered} of them only in the journal after kill -9
  put, with a look whether it is there: ${filled.microseconds.toFixed(1)} us of CPU
  start after kill -9: ${seconds.toFixed(2)} s
  size: ${megabytes(Deno.statSync(`${folder}/index.sqlite`).size)}, ${
    megabytes(Deno.statSync(`${folder}/index.sqlite-wal`).size)
  } of log
  memory: ${megabytes(filled.memory)} while it was filled, ${megabytes(Deno.memoryUsage().rss)} after the start`);
} finally {
  if (values.folder === undefined) Deno.removeSync(folder, { recursive: true });
}
