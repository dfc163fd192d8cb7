/**
 * The memory of closed units: their generations, what closed them, and which of them are being released.
 *
 * @module
 */

import type { DocumentCollection, DocumentStore, DocumentValue } from "../../documents/document_store.ts";
import type { Job } from "../../queue/job.ts";
import { sliceOfTime } from "../../scheduling/time_slices.ts";
import { type ClosedBy, EVIDENCE_KINDS } from "./open_unit.ts";
import type { CompleteUnit } from "./unit_events.ts";
import { unitKey } from "./unit_key.ts";

/** A generation of a unit that is complete. */
export type Generation = {
  readonly generation: number;
  readonly closedBy: ClosedBy;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly instances: number;
};

/** The document of a closed unit: its generations, the last one last. */
export type ClosedDocument = { readonly generations: readonly Generation[] };

/** A unit that a job stands for. */
export type StandInDocument = Generation & Pick<CompleteUnit, "route" | "level" | "studyInstanceUid">;

/** A unit whose jobs are being released. */
export type ReleaseDocument = {
  readonly unit: { readonly [field in keyof CompleteUnit]: CompleteUnit[field] };
  /** Id of its last job. */
  readonly through: number;
  /** By lane the job that stands for all of them. */
  readonly standIns: { readonly [lane: string]: number };
};

/** Generations of a unit that are remembered. */
const MOST_GENERATIONS = 100;

/** All reasons that can close a unit. */
export const CLOSED_BY: readonly ClosedBy[] = ["quiet", "cap", "limit", ...EVIDENCE_KINDS];

/** Remembers units in documents. */
export class ClosedUnits {
  /** By key: those whose jobs are being released. */
  readonly releasing: DocumentCollection<ReleaseDocument>;
  /** By `documentKey()`. */
  readonly closed: DocumentCollection<ClosedDocument>;
  /** By the id of the job that stands for a unit in its lane. */
  readonly standIns: DocumentCollection<StandInDocument>;

  constructor(documents: DocumentStore) {
    this.closed = documents.collection<ClosedDocument & DocumentValue>("units");
    this.standIns = documents.collection<StandInDocument & DocumentValue>("units-stand-ins");
    this.releasing = documents.collection<ReleaseDocument & DocumentValue>("units-releasing");
  }

  /** The number of the generation that comes next. */
  async nextGeneration(documentKey: string): Promise<number> {
    return ((await this.closed.get(documentKey))?.generations.at(-1)?.generation ?? 0) + 1;
  }

  /** Remembers a generation; to do so twice is harmless. */
  async remember({ unit, standIns }: ReleaseDocument): Promise<void> {
    const { generation, closedBy, at, instances, route, level, studyInstanceUid } = unit;
    const closed: Generation = { generation, closedBy, at, instances };
    for (const job of Object.values(standIns)) {
      await this.standIns.put(String(job), { ...closed, route, level, studyInstanceUid });
    }
    await this.closed.update(documentKey(studyInstanceUid, keyOf(unit)), (known) => {
      const before = (known?.generations ?? []).filter((other) => other.generation < generation);
      return { generations: [...before, closed].slice(-MOST_GENERATIONS) };
    });
  }

  /** The unit that a job stands for; undefined where it stands for its instance. */
  async stoodForBy({ id, route, studyInstanceUid }: Job): Promise<StandInDocument | undefined> {
    const unit = await this.standIns.get(String(id));
    // A queue that was moved away has given its ids to others.
    return unit?.route === route && unit.studyInstanceUid === studyInstanceUid ? unit : undefined;
  }

  /** Forgets units that have been closed before a moment. `pause` is called at each step. */
  async forget(before: number, pause: () => Promise<void> | undefined = sliceOfTime()): Promise<void> {
    await forget(this.closed, ({ generations }) => (generations.at(-1)?.at ?? 0) < before, pause);
    await forget(this.standIns, ({ at }) => at < before, pause);
  }
}

async function forget<Document extends DocumentValue>(
  documents: DocumentCollection<Document>,
  isOld: (document: Document) => boolean,
  pause: () => Promise<void> | undefined,
): Promise<void> {
  const old: string[] = [];
  for await (const { key, document } of documents.list()) {
    if (isOld(document)) old.push(key);
    await pause();
  }
  for (const key of old) {
    await documents.update(key, (document) => document && isOld(document) ? undefined : document);
    await pause();
  }
}

/** The key of a unit that was closed. */
export function keyOf({ route, level, studyInstanceUid, seriesInstanceUid }: CompleteUnit): string {
  return unitKey({ route, level, uid: level === "study" ? studyInstanceUid : seriesInstanceUid });
}

/** The key of a unit's document. It begins with the study, so that the units of one study can be found. */
export function documentKey(studyInstanceUid: string, key: string): string {
  return `${studyInstanceUid}\n${key}`;
}

/** The study and the key of a document's key. */
export function readDocumentKey(text: string): readonly [studyInstanceUid: string, key: string] {
  const end = text.indexOf("\n");
  return [text.slice(0, end), text.slice(end + 1)];
}
