/**
 * `gantry delete`: deletes instances from the local archive.
 *
 * @module
 */

import { FolderInUseError } from "../../archive/file_archive.ts";
import type { IndexedInstance } from "../../index/instance_index.ts";
import { levelOfAttribute } from "../../query/keys.ts";
import { isBelow, type QueryLevel } from "../../query/levels.ts";
import type { Query } from "../../query/query.ts";
import { errorText, escapeJson, escapeText } from "../../safe_text.ts";
import { type Call, defineCommand, ExitCode, type Flags, UsageError } from "../command_line/command.ts";
import { configFlag, loadConfig } from "../command_line/config_file.ts";
import { type Confirm, confirm } from "../command_line/confirm.ts";
import { listenForInterruption } from "../command_line/interruption.ts";
import { keyOperand, selectionFlags, selectionKeys, writtenQuery } from "../command_line/query_keys.ts";
import type { WrittenKey } from "../../query/written_keys.ts";
import { ProgressBar } from "../output/progress.ts";
import type { Terminal } from "../output/terminal.ts";
import { count, formatBytes } from "../output/units.ts";
import type { DeletableInstances } from "../archive/delete_instances.ts";

const flags = {
  config: configFlag,
  data: {
    type: "text",
    short: "d",
    value: "FOLDER",
    help: "Archive folder (default: archive.path of the configuration)",
  },
  ...selectionFlags,
  yes: { type: "boolean", short: "y", help: "Delete without asking" },
  dryRun: { type: "boolean", help: "List the instances that the keys match, without deleting them" },
  json: { type: "boolean", help: "Print the outcome as a JSON object; with --dry-run, each instance before it" },
} as const satisfies Flags;

/** `gantry delete KEY…` */
export const deleteCommand = defineCommand({
  name: "delete",
  summary: "Delete instances from the local archive",
  description:
    "Deletes the instances of every patient, study, series or instance that all keys match, from the index and from the\n" +
    "folder. Asks for confirmation. Stop gantry listen first: one process at a time can open the archive. Ctrl-C stops\n" +
    "after the current instance.",
  operands: [keyOperand],
  flags,
  examples: [
    ["delete StudyInstanceUID=1.2.3 --dry-run", "List the instances of a study"],
    ["delete StudyInstanceUID=1.2.3", "Delete a study after asking for confirmation"],
    ["delete 'StudyDate=-20191231' --yes", "Delete all studies up to the end of 2019 without asking"],
  ],
  failed: "The command could not delete an instance or open the archive",
  run: async (call) => await runDelete(call, openDeletable, confirm),
});

/** Opens the archive of a folder, for what a query means in it. */
export type OpenDeletable = (
  config: Awaited<ReturnType<typeof loadConfig>>["config"]["archive"],
  query: Query,
  terminal: Terminal,
) => Promise<DeletableInstances & AsyncDisposable>;

const openDeletable: OpenDeletable = async (config, query, terminal) => {
  const { openExistingArchive } = await import("../archive/local_archive.ts");
  const { deletableInstances } = await import("../archive/delete_instances.ts");
  try {
    const archive = await openExistingArchive(config, terminal);
    return {
      ...deletableInstances(archive, query, config.path),
      [Symbol.asyncDispose]: () => archive[Symbol.asyncDispose](),
    };
  } catch (error) {
    if (!(error instanceof FolderInUseError)) throw error;
    const problem = "another process has it open, such as gantry listen, which has to be stopped first";
    throw new Error(`Cannot delete from ${escapeText(config.path)}: ${problem}`, { cause: error });
  }
};

/** Runs the command with what opens the archive, and what asks the user. */
export async function runDelete(
  { operands, values, terminal }: Call<typeof flags>,
  open: OpenDeletable,
  ask: Confirm,
): Promise<ExitCode> {
  const keys = selectionKeys(operands);
  const query = writtenQuery({ keys, level: values.level });
  checkKeys(keys, query.level as QueryLevel);
  const overrides = values.data === undefined ? {} : { "archive.path": values.data };
  const { config: { archive } } = await loadConfig(values.config, terminal, overrides);
  await using opened = await open(archive, query, terminal);
  using interruption = listenForInterruption();
  const found = await look(opened, interruption.signal, values.dryRun ? listing(terminal, values.json) : () => {});
  if (values.dryRun || found.instances === 0) {
    const text = `${describe(found)} ${found.instances === 1 ? "matches" : "match"}; nothing was deleted`;
    terminal.out.write(values.json ? `${escapeJson({ type: "summary", ...found, deleted: 0 })}\n` : `${text}\n`);
    return ExitCode.Done;
  }
  if (!values.yes) {
    const agreed = ask(`Delete ${describe(found)} from ${escapeText(archive.path)}? This can't be undone.`);
    if (agreed === undefined) throw new UsageError("Cannot ask whether to delete: without a terminal give --yes");
    if (!agreed) {
      terminal.err.write("Nothing was deleted\n");
      return ExitCode.Failed;
    }
  }
  return await remove(opened, found, { signal: interruption.signal, json: values.json, terminal });
}

/** A key of what is below the level would delete more than it matches; one that matches anything, everything. */
function checkKeys(keys: readonly WrittenKey[], level: QueryLevel): void {
  for (const { name, path: [first] } of keys) {
    const own = levelOfAttribute(first!.tag);
    if (own === undefined || !isBelow(own, level)) continue;
    const meant = own.toLowerCase();
    throw new UsageError(
      `Cannot delete ${level.toLowerCase()} entities by ${JSON.stringify(name)}, ` +
        `which is of the level ${meant}: give --level ${meant}`,
    );
  }
  if (keys.every(({ value = "" }) => /^[*?]*\*[*?]*$/.test(value) || value === "")) {
    throw new UsageError("Cannot delete everything: expected a key that not every value matches");
  }
}

/** What there is to be deleted. */
interface Found {
  readonly studies: number;
  readonly series: number;
  readonly instances: number;
  readonly bytes: number;
}

async function look(
  { list }: DeletableInstances,
  signal: AbortSignal,
  tell: (instance: IndexedInstance) => void,
): Promise<Found> {
  const [studies, series] = [new Set<string>(), new Set<string>()];
  let [instances, bytes] = [0, 0];
  for await (const instance of list(signal)) {
    studies.add(instance.studyInstanceUid);
    series.add(`${instance.studyInstanceUid} ${instance.seriesInstanceUid}`);
    instances++;
    bytes += instance.size;
    tell(instance);
  }
  return { studies: studies.size, series: series.size, instances, bytes };
}

function listing({ out }: Terminal, json: boolean): (instance: IndexedInstance) => void {
  return ({ studyInstanceUid, seriesInstanceUid, sopInstanceUid, name, size }) => {
    const line = json
      ? escapeJson({ type: "instance", studyInstanceUid, seriesInstanceUid, sopInstanceUid, name, bytes: size })
      : escapeText(`${name} (${formatBytes(size)})`);
    out.write(`${line}\n`);
  };
}

function describe({ studies, series, instances, bytes }: Found): string {
  if (instances === 0) return "0 instances";
  const of = `${count(series, "series", "series")} of ${count(studies, "study", "studies")}`;
  return `${count(instances, "instance")} in ${of} (${formatBytes(bytes)})`;
}

async function remove(
  opened: DeletableInstances,
  found: Found,
  { signal, json, terminal }: { readonly signal: AbortSignal; readonly json: boolean; readonly terminal: Terminal },
): Promise<ExitCode> {
  const bar = new ProgressBar(terminal.err, "Deleting");
  let [deleted, bytes] = [0, 0];
  let problem: unknown;
  try {
    for await (const some of opened.delete(signal)) {
      deleted += some.length;
      for (const { size } of some) bytes += size;
      bar.update({ items: deleted, totalItems: found.instances, bytes, totalBytes: found.bytes });
    }
  } catch (error) {
    problem = error;
  } finally {
    bar.clear();
  }
  const text = `${count(deleted, "instance")} deleted (${formatBytes(bytes)})`;
  const told = problem === undefined ? {} : { problem: errorText(problem) };
  terminal.out.write(json ? `${escapeJson({ type: "summary", ...found, deleted, ...told })}\n` : `${text}\n`);
  if (problem !== undefined) throw problem;
  return ExitCode.Done;
}
