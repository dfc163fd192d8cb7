/**
 * The modality worklist: modalities query it by C-FIND, and programs put items by HTTP.
 *
 * @module
 */

import type { DataSet } from "../../dicom/data_set/data_set.ts";
import { fromJson } from "../../dicom/models/from_json.ts";
import { toJson } from "../../dicom/models/to_json.ts";
import { DataSetError, LimitError } from "../../errors.ts";
import type { Workflow } from "../../dicomweb/workflow/workflow.ts";
import type { HealthCheck } from "../../http/health_format.ts";
import type { Json, JsonObject } from "../../http/part.ts";
import type { Page } from "../../http/list_query.ts";
import { type ListedPage, type PutOutcome, type WorklistItemFilter, worklistPart } from "../../http/worklist.ts";
import { worklistScp } from "../../services/worklist.ts";
import type { DataSetProblem } from "../../worklist/value_problems.ts";
import { Worklist, type WorklistEntry } from "../../worklist/worklist.ts";
import type { WorklistFiles } from "../../worklist/worklist_folder.ts";
import { findItemProblems, type OfferedStep, statusOfStep, textOfStep } from "../../worklist/worklist_item.ts";
import { WorklistSource } from "../../worklist/worklist_source.ts";
import type { GatewayContext, GatewayModule } from "../module.ts";
import { dialectOf } from "../peers.ts";
import { daily } from "../daily.ts";

/** The worklist of a gateway. */
export function createWorklist(
  { config: { worklist }, documents, onError }: GatewayContext,
  files: WorklistFiles | undefined,
): Worklist {
  const { maxItems, keepDays, keepEndedDays } = worklist;
  return new Worklist({ documents, files, maxItems, keepDays, keepEndedDays, onProblem: onError });
}

/** Offers a worklist to modalities, and lets programs change it. */
export function worklistModule(
  { config, onError }: GatewayContext,
  worklist: Worklist,
): GatewayModule & Pick<Workflow, "scheduledSteps"> {
  const source = new WorklistSource(worklist, { offerEnded: config.worklist.offerEnded });
  const part = worklistPart({
    list: (filter, page) => listItems(worklist, filter, page),
    get: async (key) => {
      const entry = await worklist.get(key);
      return entry && jsonOf(entry.item);
    },
    put: (key, json) => putJson(worklist, key, json),
    delete: (key) => worklist.delete(key),
  });
  const tidying = daily(() => worklist.tidy(), onError);
  return {
    ...part,
    name: "worklist",
    scheduledSteps: source,
    services: [worklistScp({
      sourceFor: () => source,
      dialectFor: ({ callingAeTitle }) => dialectOf(config, callingAeTitle),
    })],
    ...(config.worklist.path !== undefined && {
      async health() {
        await worklist.refresh();
        return { "worklist:folder": [folderCheck(worklist.folderProblem !== undefined)] };
      },
    }),
    metrics: () => [{
      name: "gantry_worklist_items",
      type: "gauge",
      help: "Items of the modality worklist, by source: http, or folder.",
      samples: Object.entries(worklist.counts).map(([source, count]) => [{ source }, count] as const),
    }],
    start: () => tidying.start(),
    stop: () => tidying.stop(),
  };
}

async function listItems(
  worklist: Worklist,
  filter: WorklistItemFilter,
  { after, limit }: Page,
): Promise<ListedPage<JsonObject>> {
  const entries: JsonObject[] = [];
  let last = "";
  for await (const entry of worklist.list(after)) {
    if (!isMeant(entry, filter)) continue;
    if (entries.length === limit) return { entries, next: last };
    entries.push(reportOf(entry));
    last = entry.key;
  }
  return { entries };
}

/** A worklist that cannot read its folder still offers the items that it read before. */
function folderCheck(isUnreadable: boolean): HealthCheck {
  return {
    componentType: "datastore",
    observedValue: !isUnreadable,
    status: isUnreadable ? "warn" : "pass",
    ...(isUnreadable && { output: "The folder of the worklist cannot be read; the log says why" }),
  };
}

async function putJson(worklist: Worklist, key: string, json: unknown): Promise<PutOutcome> {
  const item = readItem(json);
  if (Array.isArray(item)) return { outcome: "invalid", errors: item };
  const problems = findItemProblems(item);
  if (problems.length > 0) return { outcome: "invalid", errors: problems.map(toError) };
  try {
    const { entry, created } = await worklist.put(key, item);
    return { outcome: "put", created, item: jsonOf(entry.item) };
  } catch (error) {
    if (!(error instanceof LimitError)) throw error;
    return { outcome: "full" };
  }
}

type MemberErrors = Extract<PutOutcome, { outcome: "invalid" }>["errors"][number][];

function readItem(json: unknown): DataSet | MemberErrors {
  try {
    return fromJson(json);
  } catch (error) {
    if (error instanceof LimitError) {
      return [{ pointer: "", found: "deeper sequences", expected: `at most ${error.maximum} sequences in each other` }];
    }
    if (!(error instanceof DataSetError)) throw error;
    const { path = "", expected = "a data set in the DICOM JSON model" } = error;
    return [{ pointer: pointerOf(path.split(".").flatMap(stepsOfPath)), found: "something else", expected }];
  }
}

/** `00400100[0]` is the sequence and the index of an item. */
function stepsOfPath(part: string): string[] {
  if (part === "") return [];
  const [, name = part, item] = /^(.*?)(?:\[(\d+)\])?$/.exec(part) ?? [];
  return item === undefined ? [name] : [name, "Value", item];
}

function toError({ path, found, expected }: DataSetProblem): MemberErrors[number] {
  const name = (tag: number) => tag.toString(16).toUpperCase().padStart(8, "0");
  const steps = path.flatMap((step) =>
    typeof step === "number" ? [name(step)] : [name(step.tag), "Value", String(step.item)]
  );
  return { pointer: pointerOf(steps), found, expected };
}

const LONGEST_NAME = 40;

function pointerOf(steps: readonly string[]): string {
  return steps.map((step) => `/${step.slice(0, LONGEST_NAME).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

const MODALITY = 0x0008_0060;
const STATION_AE_TITLE = 0x0040_0001;

/** Lists an item if one of its steps matches the whole filter. */
function isMeant({ steps }: WorklistEntry, { dates, modality, station, status }: WorklistItemFilter): boolean {
  const is = (step: OfferedStep, tag: number, wanted: string | undefined) =>
    wanted === undefined || textOfStep(step, tag) === wanted;
  return steps.some((step) =>
    is(step, MODALITY, modality) && is(step, STATION_AE_TITLE, station) &&
    (status === undefined || statusOfStep(step) === status) &&
    (dates === undefined || (step.date >= dates.from && step.date <= dates.to))
  );
}

function reportOf({ key, source, modifiedAt, steps, item }: WorklistEntry): JsonObject {
  return {
    key,
    source,
    modifiedAt: new Date(modifiedAt).toISOString(),
    steps: steps.map((step): JsonObject => {
      const status = statusOfStep(step);
      return { scheduledProcedureStepId: step.scheduledProcedureStepId, ...(status !== "" && { status }) };
    }),
    item: jsonOf(item),
  };
}

/** An item as JSON. A value from a file may break its VR; values without a form in JSON are left out. */
function jsonOf(item: DataSet): Json {
  return toJson(item, { onWarning: () => {} }) as unknown as Json;
}
