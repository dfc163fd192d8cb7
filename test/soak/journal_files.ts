/**
 * The file store's journal, seen from outside.
 *
 * @module
 */

import { type JournalRecord, scanRecords } from "../../src/objects/file_store/journal_record.ts";
import { filesBelow } from "../support/folders.ts";

/** All records in the journal of a folder that no gateway has open, in their order. */
export function journalRecords(data: string): JournalRecord[] {
  return filesBelow(`${data}/journal`)
    .filter((file) => !file.endsWith(".new"))
    .flatMap((file) => [...scanRecords(Deno.readFileSync(`${data}/journal/${file}`))])
    .sort((a, b) => a.sequence - b.sequence);
}

/**
 * Removes those instances that need not be on the disk yet, since the journal has them: what the loss of power may do.
 * Answers how many there were.
 */
export function forgetUnsettled(data: string): number {
  const latest = new Map(journalRecords(data).map((record) => [record.name, record]));
  const there = new Set(filesBelow(`${data}/instances`));
  const unsettled = [...latest.values()].filter(({ kind, name }) => kind === "object" && there.has(name));
  for (const { name } of unsettled) Deno.removeSync(`${data}/instances/${name}`);
  return unsettled.length;
}
