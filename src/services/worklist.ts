/**
 * Modality worklist: C-FIND of scheduled procedure steps (PS3.4 Annex K), both roles.
 *
 * @module
 */

import { DataSet } from "../dicom/data_set/data_set.ts";
import * as UID from "../dicom/generated/uid.ts";
import type { DimseProvider } from "../dimse/provider.ts";
import type { Service } from "../dimse/service.ts";
import { DEFAULT_DIALECT, type Dialect } from "../query/dialect.ts";
import { createQuery, toIdentifier } from "../query/query.ts";
import { worklistKeys } from "../query/worklist_keys.ts";
import { find, type FindQuery, type FoundMatch } from "./find.ts";
import { answerQuery } from "./find_scp.ts";
import { worklistOffer } from "./offers.ts";
import type { SourceFace } from "./source_face.ts";

/**
 * Answers C-FIND in the Modality Worklist Information Model (SCP) with what a source finds, each answer with one scheduled
 * procedure step. What C-FIND of a hierarchy agrees on is agreed on, relational queries apart, for there is no hierarchy
 * (PS3.4 K.5). A C-CANCEL-RQ ends the answers with 0xFE00.
 */
export function worklistScp(face: SourceFace): Service {
  return { ...worklistOffer, perform: (request) => answerQuery(request, face) };
}

/** What steps of a worklist are asked for. Without any of these all are. */
export interface WorklistFilter {
  /** Scheduled Procedure Step Start Date (0040,0002): a date as DA, or a range such as `20250131-`. */
  readonly date?: string;
  /** Modality (0008,0060). */
  readonly modality?: string;
  /** Scheduled Station AE Title (0040,0001). */
  readonly stationAeTitle?: string;
}

/** What to ask a worklist. */
export interface WorklistQuery extends WorklistFilter, Omit<FindQuery, "identifier" | "sopClassUid"> {
  /** Further keys, and attributes to return that PS3.4 Table K.6-1 doesn't have. Default: none. */
  readonly keys?: DataSet;
  /** Dialect of the peer. Default: `DEFAULT_DIALECT`. */
  readonly dialect?: Partial<Dialect>;
}

const SCHEDULED_STEP_SEQUENCE = 0x0040_0100;

/**
 * The identifier of a worklist query: every key of PS3.4 Table K.6-1 is asked for, those of `filter` and `keys` with their
 * values; sequences inside of sequences as a whole. Throws `DataSetError` for a value that is none of its VR.
 */
export function worklistIdentifier(filter: WorklistFilter = {}, keys: DataSet = new DataSet()): DataSet {
  const identifier = keys.copy();
  const sequence = identifier.element(SCHEDULED_STEP_SEQUENCE);
  if (sequence?.kind !== "sequence" || sequence.items.length === 0) {
    identifier.set("ScheduledProcedureStepSequence", [{}]);
  }
  const step = identifier.get("ScheduledProcedureStepSequence[0]")!;
  for (const { path: [first = 0, second, third] } of worklistKeys()) {
    if (first === SCHEDULED_STEP_SEQUENCE) {
      if (second !== undefined && third === undefined && !step.has(second)) step.set(second, null);
    } else if (second === undefined && !identifier.has(first)) identifier.set(first, null);
  }
  const { date, modality, stationAeTitle } = filter;
  if (date !== undefined) step.set("ScheduledProcedureStepStartDate", date);
  if (modality !== undefined) step.set("Modality", modality);
  if (stationAeTitle !== undefined) step.set("ScheduledStationAETitle", stationAeTitle);
  return identifier;
}

/** Asks a worklist (SCU) and gives its items as they come. Throws what `find()` throws, and as `worklistIdentifier()` does. */
export async function* findWorklist(
  provider: DimseProvider,
  { keys, dialect, date, modality, stationAeTitle, ...options }: WorklistQuery = {},
): AsyncGenerator<FoundMatch, void, void> {
  const filter: WorklistFilter = {
    ...(date !== undefined && { date }),
    ...(modality !== undefined && { modality }),
    ...(stationAeTitle !== undefined && { stationAeTitle }),
  };
  const asked = createQuery({
    model: "worklist",
    level: "WORKLIST",
    keys: worklistIdentifier(filter, keys),
    dialect: { ...DEFAULT_DIALECT, ...dialect },
  });
  yield* find(provider, {
    ...options,
    identifier: toIdentifier(asked),
    sopClassUid: UID.ModalityWorklistInformationModelFind,
  });
}
