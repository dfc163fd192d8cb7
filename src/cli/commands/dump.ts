/**
 * `gantry dump`: shows the content of files.
 *
 * @module
 */

import { locate, parsePath } from "../../dicom/data_set/attribute_path.ts";
import type { DataSet } from "../../dicom/data_set/data_set.ts";
import type { DicomFile } from "../../dicom/data_set/reading/read_file.ts";
import { isItemTag } from "../../dicom/encoding/nesting.ts";
import type { DataSetError } from "../../errors.ts";
import { type Call, defineCommand, ExitCode, type Flags, UsageError } from "../command_line/command.ts";
import { type DumpedFile, readDump } from "../files/dump_file.ts";
import { escapeJson, escapeText } from "../../safe_text.ts";
import { filesBelow, type FoundPath } from "../files/files_below.ts";
import { listDataSet, listElement, type ListingOptions, missingLine } from "../output/listing.ts";
import { type Output, styled, type Terminal } from "../output/terminal.ts";

const flags = {
  key: {
    type: "texts",
    short: "k",
    value: "KEY",
    help: "Print only this attribute (keyword, tag or path); may be repeated",
  },
  full: { type: "boolean", help: "Print values in full instead of shortening them to the line" },
  json: { type: "boolean", help: "Print the DICOM JSON model, one line per file" },
  xml: { type: "boolean", help: "Print the Native DICOM Model (XML) of one file" },
} as const satisfies Flags;

type Values = Call<typeof flags>["values"];

/** `gantry dump FILE…` */
export const dump = defineCommand({
  name: "dump",
  summary: "Show the contents of DICOM files",
  description:
    "Prints one element per line: tag, VR, length, keyword and value. Folders are read recursively; - is standard\n" +
    "input. Of a damaged file it prints the intact part. With --json and --xml, a URI of file and tag stands for bulk\n" +
    'data; with --json, a file that cannot be read to its end gets a line {"type":"file",…}.',
  operands: [{ name: "FILE", help: "files and folders, or - for standard input", many: true }],
  flags,
  examples: [
    ["dump image.dcm", "Print every element of a file"],
    [
      "dump -k PatientID -k 'ReferencedSeriesSequence[0].SeriesInstanceUID' study/",
      "Print two attributes of many files",
    ],
    ["dump --json image.dcm", "Print the DICOM JSON model"],
  ],
  failed: "A file or folder could not be read, or does not exist",
  run,
});

type Key = ReturnType<typeof parsePath>;

async function run({ operands, values, terminal }: Call<typeof flags>): Promise<ExitCode> {
  const keys = values.key.map(checkKey);
  if (values.json && values.xml) throw new UsageError("Cannot print both --json and --xml: expected one of them");
  const paths = operands.flatMap((operand): FoundPath[] =>
    operand === "-" ? [{ path: "-", named: true }] : [...filesBelow(operand)]
  );
  const files = paths.filter(({ obstacle }) => obstacle === undefined);
  if (values.xml && files.length > 1) {
    throw new UsageError(`Cannot print ${files.length} files as XML: a document holds one, so name one file`);
  }
  const print = await printer(values, keys, files.length > 1, terminal.out);
  let failures = 0;
  for (const { path, named, obstacle } of paths) {
    if (terminal.out.closed) break;
    if (obstacle === undefined) failures += dumpFile(path, print, values, terminal);
    else {
      const failed = named || obstacle.kind === "unreadable";
      tell(terminal, values, path, obstacle.reason, failed ? "failed" : "skipped");
      if (failed) failures++;
    }
  }
  return failures === 0 ? ExitCode.Done : ExitCode.Failed;
}

function checkKey(text: string): Key {
  try {
    return parsePath(text);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** Shows a file and its errors; answers the number of failures. */
function dumpFile(path: string, print: Print, values: Values, terminal: Terminal): number {
  const warnings: DataSetError[] = [];
  const tellWarnings = () => {
    for (const warning of warnings.splice(0)) note(terminal, path, describe(warning), "yellow");
  };
  const read = readDump(path, (warning) => void warnings.push(warning));
  tellWarnings();
  const errors = read.error === undefined ? [] : [read.error];
  try {
    print(read, path);
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
    errors.push(error);
  }
  tellWarnings(); // Of values that were decoded to be shown.
  for (const error of errors) tell(terminal, values, path, describe(error), "failed");
  return errors.length;
}

/** Prints what was read of a file, if that is anything. Throws `DataSetError` and `LimitError`. */
type Print = (read: DumpedFile, path: string) => void;

async function printer(values: Values, keys: readonly Key[], titled: boolean, out: Output): Promise<Print> {
  if (!values.json && !values.xml) {
    return ({ file, error }, path) => {
      if (file === undefined) return;
      if (titled) out.write(`${styled(out, "bold", escapeText(path))}\n`);
      writeLines(out, linesOf(file, error, keys, { output: out, full: values.full }));
    };
  }
  const toText = values.json
    ? (await import("../../dicom/models/to_json.ts")).toJsonText
    : (await import("../../dicom/models/to_xml.ts")).toXml;
  return ({ file, error }, path) => {
    if (file === undefined || (error !== undefined && file.dataSet.size === 0)) return;
    if (error !== undefined) deletePart(file.dataSet, error);
    const shown = keys.length === 0 ? file.dataSet : select(file.dataSet, keys);
    const bulkDataUri = ({ element }: { element: { kind: string; tag: number } }) =>
      element.kind === "value" ? undefined : placeOf(path, element);
    out.write(`${toText(shown, { bulkDataUri }).trimEnd()}\n`);
  };
}

/** Takes out encapsulated Pixel Data that isn't whole: a URI would lead to a part of it. */
function deletePart(dataSet: DataSet, { tag = 0 }: Partial<DataSetError>): void {
  const last = [...dataSet].at(-1);
  if (last?.kind === "encapsulated" && (tag === last.tag || isItemTag(tag))) dataSet.delete(last.tag);
}

/** Characters that are written at a time: each write is a call of the system. */
const PIECE = 64 * 1024;

function writeLines(out: Output, lines: Iterable<string>): void {
  let text = "";
  for (const line of lines) {
    text += `${line}\n`;
    if (text.length < PIECE) continue;
    out.write(text);
    text = "";
  }
  out.write(text);
}

function* linesOf(
  { meta, dataSet }: DicomFile,
  error: Error | undefined,
  keys: readonly Key[],
  options: ListingOptions,
): Generator<string> {
  for (const key of keys) {
    const places = [dataSet, meta].map((part) => locate<DataSet>(part, key));
    const place = places.find((place) => place?.dataSet.has(place.tag));
    const element = place?.dataSet.element(place.tag);
    if (element !== undefined) yield* listElement(element, place!.dataSet, options);
  }
  if (keys.length > 0) return;
  for (const part of [meta, dataSet]) yield* listDataSet(part, options);
  const { tag } = error as Partial<DataSetError> ?? {};
  if (tag !== undefined && lastTag(dataSet.size > 0 ? dataSet : meta) !== tag) yield missingLine(tag, dataSet, options);
}

/** Tag of the last element of all, in the innermost item. */
function lastTag(dataSet: DataSet): number | undefined {
  const last = [...dataSet].at(-1);
  const item = last?.kind === "sequence" ? last.items.at(-1) : undefined;
  return (item === undefined ? undefined : lastTag(item)) ?? last?.tag;
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

/** Says that a path was not shown, or not to its end; with `--json` on stdout too, as `gantry send` says it. */
function tell(terminal: Terminal, { json }: Values, path: string, reason: string, outcome: "failed" | "skipped"): void {
  if (json) terminal.out.write(`${escapeJson({ type: "file", path, outcome, reason })}\n`);
  note(terminal, path, outcome === "failed" ? reason : `Skipped: ${reason}`, outcome === "failed" ? "red" : "yellow");
}

function describe(error: Error): string {
  const { path, offset } = error as DataSetError;
  const place = [path, offset === undefined || / at offset /.test(error.message) ? undefined : `offset ${offset}`];
  const detail = place.filter((part) => part !== undefined && !error.message.includes(part)).join(", ");
  return `${error.message}${detail === "" ? "" : ` (${detail})`}`;
}

function note({ err }: Terminal, path: string, text: string, style: "yellow" | "red"): void {
  err.write(`${styled(err, style, "gantry:")} ${escapeText(`${path}: ${text}`)}\n`);
}
