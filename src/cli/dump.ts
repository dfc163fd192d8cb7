/**
 * `gantry dump`: shows what is in files.
 *
 * @module
 */

import { locate, parsePath } from "../dicom/data_set/attribute_path.ts";
import type { DataSet } from "../dicom/data_set/data_set.ts";
import type { DicomFile } from "../dicom/data_set/read_file.ts";
import { toJsonText } from "../dicom/models/to_json.ts";
import type { DataSetError } from "../errors.ts";
import { type Call, defineCommand, ExitCode, type Flags, UsageError } from "./command.ts";
import { readDump } from "./dump_file.ts";
import { escapeText } from "./escape.ts";
import { filesBelow } from "./files_below.ts";
import { listDataSet, listElement } from "./listing.ts";
import { styled, type Terminal } from "./terminal.ts";

const flags = {
  key: { type: "texts", short: "k", value: "KEY", help: "Only this attribute: keyword, tag or path; may be repeated" },
  full: { type: "boolean", help: "Show values in full, not only what fits on the line" },
  json: { type: "boolean", help: "Print the DICOM JSON model, a line a file" },
} as const satisfies Flags;

type Values = Call<typeof flags>["values"];

/** `gantry dump FILE…` */
export const dump = defineCommand({
  name: "dump",
  summary: "Show what is in files",
  description:
    "Prints an element a line: tag, VR, length, name and value. Folders are shown with all that is in them,\n" +
    "standard input as -. With --json, bulk data is named by the file's URI and the place in it.",
  operands: [{ name: "FILE", help: "files and folders, or - for standard input", many: true }],
  flags,
  examples: [
    ["dump image.dcm", "All of it"],
    ["dump -k PatientID -k 'ReferencedSeriesSequence[0].SeriesInstanceUID' study/", "Two attributes of many files"],
    ["dump --json image.dcm", "The DICOM JSON model, for programs"],
  ],
  failed: "A file could not be read to its end",
  run,
});

async function run({ operands, values, terminal }: Call<typeof flags>): Promise<ExitCode> {
  const keys = values.key.map(checkKey);
  const paths = operands.flatMap((operand) => operand === "-" ? ["-"] : dumpedBelow(operand));
  let failures = 0;
  for (const path of paths) {
    const { file, error, warnings } = await readDump(path);
    for (const warning of warnings) note(terminal, path, warning, "yellow");
    if (file !== undefined) {
      if (paths.length > 1 && !values.json) terminal.out.write(`${styled(terminal.out, "bold", escapeText(path))}\n`);
      failures += tell(terminal, path, () => show(file, path, keys, values, terminal));
    }
    if (error === undefined) continue;
    failures++;
    note(terminal, path, error, "red");
  }
  return failures === 0 ? ExitCode.Done : ExitCode.Failed;
}

/** The files of an operand; what is no file is passed over in a folder. Throws where a path can't be read. */
function dumpedBelow(operand: string): string[] {
  const found = [...filesBelow(operand)].filter(({ named, obstacle }) => named || obstacle?.kind !== "no-file");
  const unreadable = found.find(({ obstacle }) => obstacle !== undefined);
  if (unreadable === undefined) return found.map(({ path }) => path);
  throw new Error(`Cannot read ${escapeText(unreadable.path)}: ${unreadable.obstacle?.reason}`);
}

function checkKey(text: string): ReturnType<typeof parsePath> {
  try {
    return parsePath(text);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** Does what may fail, and says so; answers the number of failures. */
function tell(terminal: Terminal, path: string, work: () => void): number {
  try {
    work();
    return 0;
  } catch (error) {
    note(terminal, path, error as Error, "red");
    return 1;
  }
}

function show(
  { meta, dataSet }: DicomFile,
  path: string,
  keys: readonly ReturnType<typeof parsePath>[],
  values: Values,
  { out }: Terminal,
): void {
  if (values.json) {
    const shown = keys.length === 0 ? dataSet : select(dataSet, keys);
    const bulkDataUri = (value: { element: { kind: string; tag: number } }) =>
      value.element.kind === "value" ? undefined : placeOf(path, value.element);
    return out.write(`${toJsonText(shown, { bulkDataUri })}\n`);
  }
  const options = { output: out, full: values.full };
  if (keys.length === 0) {
    for (const part of [meta, dataSet]) for (const line of listDataSet(part, options)) out.write(`${line}\n`);
  }
  for (const key of keys) {
    const places = [dataSet, meta].map((part) => locate(part, key, false));
    const place = places.find((place) => place?.dataSet.has(place.tag));
    const element = place?.dataSet.element(place.tag);
    if (element === undefined) continue;
    for (const line of listElement(element, place!.dataSet, options)) out.write(`${line}\n`);
  }
}

/** The outermost attributes that the keys lead into. */
function select(dataSet: DataSet, keys: readonly ReturnType<typeof parsePath>[]): DataSet {
  const selected = dataSet.copy();
  const wanted = new Set(keys.map((key) => dataSet.element(parsePath(key.split(/[.[]/, 1)[0]!))?.tag));
  for (const { tag } of dataSet) if (!wanted.has(tag)) selected.delete(tag);
  return selected;
}

function placeOf(path: string, { tag }: { tag: number }): string {
  const file = path === "-" ? "stdin:" : new URL(path, `file://${Deno.cwd()}/`).href;
  return `${file}#${tag.toString(16).padStart(8, "0")}`;
}

function note({ err }: Terminal, path: string, error: Error, style: "yellow" | "red"): void {
  const { path: where, offset } = error as DataSetError;
  const place = [where, offset === undefined || / at offset /.test(error.message) ? undefined : `offset ${offset}`];
  const detail = place.filter((part) => part !== undefined && !error.message.includes(part)).join(", ");
  const text = `${path}: ${error.message}${detail === "" ? "" : ` (${detail})`}`;
  err.write(`${styled(err, style, "gantry:")} ${escapeText(text)}\n`);
}
