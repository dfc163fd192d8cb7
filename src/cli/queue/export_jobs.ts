/**
 * Instances of jobs as files in a folder, with why each was not delivered.
 *
 * @module
 */

import { errorText, escapeJson, escapeText } from "../../safe_text.ts";
import { lend, lendOnce } from "../../streams/lent_bytes.ts";
import { writeNewFile } from "../files/new_file.ts";
import { csvCell } from "../output/csv.ts";
import type { ShownJob } from "../output/queue_listing.ts";
import { styled, type Terminal } from "../output/terminal.ts";
import { count, formatBytes } from "../output/units.ts";
import type { GetFile } from "../peers/gateway_api.ts";

/** A job, as the HTTP API tells of it. */
export interface ExportedJob extends ShownJob {
  readonly route: string;
  readonly studyInstanceUid: string;
  readonly addedAt: string;
}

/** What to do. */
export interface ExportCall {
  readonly jobs: AsyncIterable<ExportedJob>;
  readonly getFile: GetFile;
  /** Where the files go. */
  readonly folder: string;
  readonly json: boolean;
}

/** Columns of the table of reasons. */
const COLUMNS = [
  ...["file", "job", "lane", "route", "state", "studyInstanceUid", "sopInstanceUid", "attempts", "addedAt"],
  ...["class", "status", "error"],
] as const;

/**
 * Writes a file for each job and a table of reasons, `reasons.csv`, that says which is which. No file takes the place of
 * another. Answers how many could not be written.
 */
export async function exportJobs({ jobs, getFile, folder, json }: ExportCall, terminal: Terminal): Promise<number> {
  const { out, err } = terminal;
  const rows: string[] = [COLUMNS.join(",")];
  let [written, failed, bytes] = [0, 0, 0];
  Deno.mkdirSync(folder, { recursive: true });
  for await (const job of jobs) {
    const name = fileName(job);
    const path = `${folder}/${name}`;
    let problem: string | undefined;
    try {
      await writeFile(path, await getFile(`/jobs/files/${job.id}`), (length) => bytes += length);
      written++;
    } catch (error) {
      problem = errorText(error);
      failed++;
      err.write(`${styled(err, "red", "gantry:")} ${escapeText(`job ${job.id}: ${problem}`)}\n`);
    }
    rows.push(rowOf(problem === undefined ? name : "", job));
    if (json) {
      const file = problem === undefined ? { path } : { problem };
      out.write(`${escapeJson({ type: "job", ...file, ...job })}\n`);
    }
  }
  const table = rows.length === 1 ? undefined : await writeTable(folder, `${rows.join("\r\n")}\r\n`);
  const summary = { type: "summary", written, failed, bytes, ...(table !== undefined && { reasons: table }) };
  const text = `${count(written, "file")} written, ${formatBytes(bytes)}${failed > 0 ? `; ${failed} failed` : ""}`;
  out.write(
    json ? `${escapeJson(summary)}\n` : `${text}${table === undefined ? "" : `; reasons in ${escapeText(table)}`}\n`,
  );
  return failed;
}

async function writeFile(
  path: string,
  stream: ReadableStream<Uint8Array>,
  onBytes: (length: number) => void,
): Promise<void> {
  const lent = lend(stream);
  try {
    await writeNewFile(path, lent, onBytes);
  } catch (error) {
    // An unread response keeps its connection, and the gateway's file, open.
    await lent.cancel(error).catch(() => {});
    throw error;
  }
}

/** What is no UID may be anything, so it is in no name. */
function fileName({ id, sopInstanceUid }: ExportedJob): string {
  return /^[\d.]{1,64}$/.test(sopInstanceUid) ? `${id}-${sopInstanceUid}.dcm` : `${id}.dcm`;
}

function rowOf(file: string, job: ExportedJob): string {
  const { id, lane, route, state, studyInstanceUid, sopInstanceUid, attempts, addedAt, last } = job;
  const values = [file, id, lane, route, state, studyInstanceUid, sopInstanceUid, attempts, addedAt];
  return [...values, last?.class, last?.status, last?.error].map(cell).join(",");
}

/** What a spreadsheet would take for a formula is text: peers have written some of it. */
function cell(value: string | number | undefined): string {
  const text = String(value ?? "").replace(/[\r\n]+/g, " ");
  return csvCell(/^[=+\-@\t]/.test(text) ? `'${text}` : text);
}

const MOST_TABLES = 10_000;

/** Writes the table under the first name that is free. */
async function writeTable(folder: string, text: string): Promise<string> {
  for (let number = 1;; number++) {
    const path = `${folder}/reasons${number === 1 ? "" : `-${number}`}.csv`;
    try {
      await writeNewFile(path, lendOnce(new TextEncoder().encode(text)), () => {});
      return path;
    } catch (error) {
      if (number === MOST_TABLES || !isThere(path)) throw error;
    }
  }
}

function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}
