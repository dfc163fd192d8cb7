/**
 * `gantry index`: compares the archive's index with its files, makes it anew, and counts what it has.
 *
 * @module
 */

import type { Difference } from "../../archive/audit.ts";
import type { FileArchive } from "../../archive/file_archive.ts";
import type { Config } from "../../config.ts";
import { type Call, defineCommand, ExitCode, type Flags, UsageError } from "../command_line/command.ts";
import { configFlag, loadConfig } from "../command_line/config_file.ts";
import { escapeJson, escapeText } from "../../safe_text.ts";
import { ProgressBar } from "../output/progress.ts";
import type { Terminal } from "../output/terminal.ts";
import { count } from "../output/units.ts";
import { indexAttributes } from "../../hosts/index_attributes.ts";

const flags = {
  config: configFlag,
  data: {
    type: "text",
    short: "d",
    value: "FOLDER",
    help: "Archive folder (default: archive.path of the configuration)",
  },
  json: { type: "boolean", help: "Print one JSON object per line; the last is the summary" },
} as const satisfies Flags;

/** What can be done. */
const ACTIONS = { check, rebuild, stats } as const;

/** `gantry index check|rebuild|stats` */
export const index = defineCommand({
  name: "index",
  summary: "Check, rebuild or count the index of the archive",
  description:
    "check compares the index with the files, in both directions, and changes neither. rebuild writes a new index from\n" +
    "the files, without changing them. stats counts the entries of the index. Stop gantry listen first: one process at a\n" +
    "time can open the archive.",
  operands: [{ name: "ACTION", help: "check, rebuild or stats" }],
  flags,
  examples: [
    ["index check", "List differences between the index and the files"],
    ["index check --data /var/lib/gantry --json", "Check another folder, output for programs"],
    ["index rebuild", "Rebuild the index"],
    ["index stats", "Count patients, studies, series, instances and bytes"],
  ],
  failed: "Index and files differ, or the command could not open the archive",
  run: async ({ operands: [action], values, terminal }) => {
    if (action === undefined || !Object.hasOwn(ACTIONS, action)) {
      throw new UsageError(`Cannot understand ${JSON.stringify(action)}: expected check, rebuild or stats`);
    }
    const overrides = values.data === undefined ? {} : { "archive.path": values.data };
    const { config } = await loadConfig(values.config, terminal, overrides);
    return await ACTIONS[action as keyof typeof ACTIONS](config, values, terminal);
  },
});

type Options = Call<typeof flags>["values"];

async function check({ archive: { path } }: Config, { json }: Options, terminal: Terminal): Promise<ExitCode> {
  const { auditIndex } = await import("../../archive/audit.ts");
  await using archive = await open(path, { rebuild: "refuse" });
  const total = await archive.index.count();
  const bar = new ProgressBar(terminal.err, "Checking");
  const { objects, entries, differences } = await auditIndex(archive.store, archive.index, {
    onDifference(difference) {
      bar.clear();
      terminal.out.write(json ? `${escapeJson({ type: "difference", ...difference })}\n` : describe(difference));
    },
    onProgress: ({ objects, entries }) => {
      bar.update({
        items: objects + entries,
        totalItems: Math.max(2 * total, objects + entries),
        bytes: 0,
        totalBytes: 0,
      });
    },
  });
  bar.clear();
  const what = `${count(objects, "file")}, ${count(entries, "instance")} in the index`;
  const verdict = differences === 0 ? "no differences" : count(differences, "difference");
  terminal.out.write(
    json ? `${escapeJson({ type: "summary", objects, entries, differences })}\n` : `${what}: ${verdict}\n`,
  );
  return differences === 0 ? ExitCode.Done : ExitCode.Failed;
}

const KINDS: Readonly<Record<Difference["kind"], string>> = {
  "not-in-index": "is not in the index",
  "duplicate": "is another file of an instance",
  "no-instance": "is no DICOM instance",
  "not-in-store": "is in the index, and there is no such file",
  "wrong-length": "has another length",
};

function describe({ kind, name, detail }: Difference): string {
  return escapeText(`${name} ${KINDS[kind]}${detail === undefined ? "" : `: ${detail}`}`) + "\n";
}

async function rebuild({ archive }: Config, { json }: Options, terminal: Terminal): Promise<ExitCode> {
  const bar = new ProgressBar(terminal.err, "Reading");
  await using opened = await open(archive.path, {
    rebuild: "always",
    onExisting: archive.onExisting,
    attributes: indexAttributes(archive),
    onProgress: ({ objects }) => bar.update({ items: objects, totalItems: 0, bytes: 0, totalBytes: 0 }),
  });
  bar.clear();
  const { objects = 0, instances = 0, unreadable = 0, duplicates = 0 } = opened.rebuilt ?? {};
  const more = [
    ...unreadable > 0 ? [`${unreadable} that can't be read`] : [],
    ...duplicates > 0 ? [`${duplicates} of instances that have another file`] : [],
  ];
  const left = more.length === 0 ? "" : `; not in it: ${more.join(", ")}`;
  const text = `${count(objects, "file")}: the index has ${count(instances, "instance")}${left}`;
  terminal.out.write(
    json ? `${escapeJson({ type: "summary", objects, instances, unreadable, duplicates })}\n` : `${text}\n`,
  );
  return ExitCode.Done;
}

async function stats({ archive: { path } }: Config, { json }: Options, { out }: Terminal): Promise<ExitCode> {
  await using archive = await open(path, { rebuild: "refuse" });
  const found = await archive.index.statistics();
  const { renderStatistics } = await import("../output/index_statistics.ts");
  out.write(json ? `${escapeJson(found)}\n` : renderStatistics(found));
  return ExitCode.Done;
}

async function open(
  path: string,
  options: Parameters<typeof import("../../archive/file_archive.ts").openFileArchive>[1],
): Promise<FileArchive> {
  const { openFileArchive } = await import("../../archive/file_archive.ts");
  try {
    Deno.statSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error(`Cannot find the archive's folder ${escapeText(path)}`);
  }
  return await openFileArchive(path, options);
}
