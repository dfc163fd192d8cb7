/**
 * Gantry's data sets beside dcmjs and dicom-parser: `deno task bench:data-sets [--rounds N] [--json]`.
 *
 * All of them read the same files from memory in this one process, and take turns. Before that it is checked that they find
 * the same.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { readFile } from "../src/dicom/data_set/reading/read_file.ts";
import { toJsonText } from "../src/dicom/models/to_json.ts";
import type { Target } from "./comparisons.ts";
import { nestedFile, smallFiles } from "./data_set_loads.ts";
import * as tasks from "./data_set_tasks.ts";
import type { Measured } from "./measures.ts";
import { formatTable, toRows } from "./table.ts";

const USAGE = `Usage: deno task bench:data-sets [--rounds N] [--json]

  --rounds N    How often each is measured (default 15)
  --json        A JSON object for each comparison
`;

/** One of those that are compared. */
interface Contender {
  readonly name: string;
  readonly target: Target;
  /** What is measured. */
  readonly run: (file: File) => unknown;
  /** What it found, which is to be the same from all; not measured. */
  readonly found: (file: File) => unknown;
}

type File = Uint8Array<ArrayBuffer>;

/** Contenders, each doing the same with each file; the first is the reference. */
interface Comparison {
  readonly title: string;
  readonly files: readonly File[];
  readonly contenders: readonly Contender[];
}

const SMALL_FILES = 300;
const LARGE_FILES = 20;
/** Makes some 5,000 elements. */
const FRAMES = 226;
/** A task for one round is done so often with small files, which otherwise are read too soon to be measured. */
const PASSES = 10;

const encoder = new TextEncoder();

const asQuick: Target = { ratio: 1 };
const tenTimes: Target = { ratio: 0.1 };

const { countElements, countParsed, countDcmjsElements, countValues, countDcmjsValues, countAttributes } = tasks;
const { readHeader, parseHeader, readDcmjsHeader, parse, readDcmjs, scan } = tasks;

function comparisons(): Comparison[] {
  const small = smallFiles(SMALL_FILES);
  const nested = nestedFile(FRAMES);
  const large = Array.from({ length: LARGE_FILES }, () => nested);
  const elements = `${countElements(readFile(nested)).toLocaleString("en")} elements in nested sequences`;
  return [{
    title: `Read headers of ${SMALL_FILES * PASSES} small files, up to Study Instance UID`,
    files: Array.from({ length: PASSES }, () => small).flat(),
    contenders: [
      contender("dicom-parser", parseHeader, String),
      contender("gantry", readHeader, String, asQuick),
      contender("dcmjs", readDcmjsHeader, String),
    ],
  }, {
    title: `Index ${LARGE_FILES} × ${elements}`,
    files: large,
    contenders: [
      contender("dicom-parser", parse, countParsed),
      contender("gantry readFile", (file) => readFile(file), countElements, asQuick),
      contender("gantry ElementScanner", scan, Number, asQuick),
    ],
  }, {
    title:
      `Read ${LARGE_FILES} × ${elements}, values at hand: dcmjs decodes them at once, Gantry when they are asked for`,
    files: large,
    contenders: [
      contender("dcmjs", readDcmjs, countDcmjsElements),
      contender("gantry", (file) => readFile(file), countElements, tenTimes),
    ],
  }, {
    title: `Read ${LARGE_FILES} × ${elements}, and every value`,
    files: large,
    contenders: [
      contender("dcmjs", (file) => countDcmjsValues(readDcmjs(file)), Number),
      contender("gantry", (file) => countValues(readFile(file).dataSet), Number, tenTimes),
    ],
  }, {
    title: `Read ${LARGE_FILES} × ${elements}, and write JSON in UTF-8; dcmjs writes values as they were read, too`,
    files: large,
    contenders: [
      contender("dcmjs", (file) => encoder.encode(JSON.stringify(readDcmjs(file).dict)), countAttributes),
      contender("gantry", (file) => encoder.encode(toJsonText(readFile(file).dataSet)), countAttributes, tenTimes),
    ],
  }];
}

function contender<Result>(
  name: string,
  run: (file: File) => Result,
  found: (result: Result) => unknown,
  target: Target = {},
): Contender {
  return { name, target, run, found: (file) => found(run(file)) };
}

/** Measures so many rounds, after one in which everybody gets warm. */
function measure({ contenders, files }: Comparison, rounds: number): Measured[] {
  checkSame(contenders, files[0]!);
  const seconds = contenders.map((): number[] => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [index, { run }] of contenders.entries()) {
      const start = performance.now();
      for (const file of files) run(file);
      if (round > 0) seconds[index]!.push((performance.now() - start) / 1000);
    }
  }
  return contenders.map(({ name, target }, index) => ({ name, target, seconds: seconds[index]!, peak: undefined }));
}

function checkSame([reference, ...others]: readonly Contender[], file: File): void {
  const expected = reference!.found(file);
  for (const { name, found } of others) {
    const other = found(file);
    if (other !== expected) throw new Error(`Cannot compare: ${name} found ${other}, ${reference!.name} ${expected}`);
  }
}

function main(): number {
  const { rounds: times, json, help } = parseArgs(Deno.args, { string: ["rounds"], boolean: ["json", "help"] });
  const rounds = Number(times ?? 15);
  if (help || !(rounds >= 1)) {
    console.log(USAGE);
    return help ? 0 : 2;
  }
  const { build: { os, arch }, version: { deno } } = Deno;
  if (!json) console.log(`${os} ${arch}, ${navigator.hardwareConcurrency} cores, Deno ${deno}\n`);
  for (const comparison of comparisons()) {
    const { title } = comparison;
    const rows = toRows(measure(comparison, rounds));
    console.log(json ? JSON.stringify({ title, rows }) : formatTable(title, rows));
  }
  return 0;
}

Deno.exit(main());
