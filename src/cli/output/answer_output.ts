/**
 * Answers to a query on the terminal: as a table, as CSV, or as JSON.
 *
 * @module
 */

import type { DataElement } from "../../dicom/data_set/data_set.ts";
import type { DataSet } from "../../dicom/data_set/data_set.ts";
import { keywordOf } from "../../dicom/dictionary.ts";
import { formatTag } from "../../dicom/tag.ts";
import { toJson } from "../../dicom/models/to_json.ts";
import { escapeJson } from "../../safe_text.ts";
import type { Flags } from "../command_line/command.ts";
import type { WrittenKey } from "../../query/written_keys.ts";
import { csvCell } from "./csv.ts";
import { type Output, styled } from "./terminal.ts";

/** The flags of commands that print answers. */
export const answerFlags = {
  limit: { type: "integer", value: "N", minimum: 1, maximum: 1_000_000_000, help: "Cancel after so many answers" },
  json: { type: "boolean", help: "Print each answer as DICOM JSON on a line" },
  csv: { type: "boolean", help: "Print CSV" },
} as const satisfies Flags;

/** Writes answers as they come. */
export interface AnswerOutput {
  write(answer: DataSet): void;
  /** Writes what was held back. */
  end(): void;
}

/** One DICOM JSON object (PS3.18 F) a line. */
export function jsonOutput(out: Output): AnswerOutput {
  return { write: (answer) => out.write(`${escapeJson(toJson(answer))}\n`), end: () => {} };
}

/** RFC 4180, with a header. */
export function csvOutput(out: Output, keys: readonly WrittenKey[]): AnswerOutput {
  const line = (values: readonly string[]) =>
    out.write(`${values.map((value) => csvCell(withoutControls(value))).join(",")}\r\n`);
  line(keys.map(headingOf));
  return { write: (answer) => line(keys.map((key) => valueOf(answer, key))), end: () => {} };
}

/** Rows that are waited for to see how wide columns are. */
const LOOK_AHEAD = 100;
/** Narrowest column, where it has to give way. */
const NARROWEST = 6;
const GAP = "  ";

/** Columns that fit the terminal; whole values where the output is none. */
export function tableOutput(out: Output, keys: readonly WrittenKey[]): AnswerOutput {
  const heading = keys.map(headingOf);
  const waiting: string[][] = [];
  let widths: readonly number[] | undefined;
  const row = (values: readonly string[]) =>
    values.map((value, column) => fitted(value, widths?.[column] ?? 0, column === values.length - 1)).join(GAP)
      .trimEnd();
  const flush = () => {
    if (widths === undefined && waiting.length > 0) {
      const natural = heading.map((title, column) =>
        waiting.reduce((width, values) => Math.max(width, values[column]?.length ?? 0), title.length)
      );
      widths = out.isTerminal ? fittingWidths(natural, out.columns()) : natural;
      out.write(`${styled(out, "bold", row(heading))}\n`);
    }
    if (waiting.length > 0) out.write(`${waiting.map(row).join("\n")}\n`);
    waiting.length = 0;
  };
  return {
    write(answer) {
      waiting.push(keys.map((key) => withoutControls(valueOf(answer, key))));
      if (widths !== undefined || waiting.length >= LOOK_AHEAD) flush();
    },
    end: flush,
  };
}

/** Widths that fit into a line: the widest gives way first. */
export function fittingWidths(natural: readonly number[], columns: number): readonly number[] {
  const widths = [...natural];
  const room = columns - GAP.length * (widths.length - 1);
  const total = () => widths.reduce((sum, width) => sum + width, 0);
  while (total() > room) {
    const widest = widths.indexOf(Math.max(...widths));
    if (widths[widest]! <= NARROWEST) break;
    widths[widest]!--;
  }
  return widths;
}

function fitted(value: string, width: number, isLast: boolean): string {
  if (width === 0 || value.length <= width) return isLast ? value : value.padEnd(width);
  return `${value.slice(0, width - 1)}…`;
}

/** The last part of a key's path: its keyword, where there is one. */
function headingOf({ path, name }: WrittenKey): string {
  const { tag } = path.at(-1) ?? { tag: 0 };
  return keywordOf(tag) ?? (name === "" ? formatTag(tag) : name);
}

/** Text of an attribute; what has none is empty. */
function valueOf(answer: DataSet, { path }: WrittenKey): string {
  let dataSet: DataSet | undefined = answer;
  for (const { tag, item } of path.slice(0, -1)) {
    const element: DataElement | undefined = dataSet?.element(tag);
    dataSet = element?.kind === "sequence" ? element.items[item] : undefined;
  }
  const { tag } = path.at(-1) ?? { tag: 0 };
  const element = dataSet?.element(tag);
  if (dataSet === undefined || element === undefined) return "";
  if (element.kind === "sequence") return element.items.length === 0 ? "" : `${element.items.length} items`;
  try {
    return dataSet.getText(tag) ?? "";
  } catch {
    return dataSet.getAll(tag).join("\\");
  }
}

/** What could act on a terminal, or end a line, is written as an escape. */
function withoutControls(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
