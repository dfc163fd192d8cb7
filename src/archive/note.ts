/**
 * The note that the store keeps of an instance until the index has it.
 *
 * @module
 */

import { base64Length, encodeBase64, fromBase64 } from "../dicom/models/base64.ts";
import type { IndexedInstance, NewTask } from "../index/instance_index.ts";
import type { KeptAttributes } from "../index/kept_attributes.ts";
import { JOB_PRIORITIES, type NewJob } from "../queue/job.ts";
import { isShortNote } from "../objects/object_store.ts";
import type { QueryLevel } from "../query/levels.ts";

/** All that the transaction of one instance records. */
export interface Recorded {
  readonly instance: IndexedInstance;
  readonly tasks: readonly NewTask[];
  /** Where it has to go. */
  readonly jobs: readonly NewJob[];
  /** What is kept of it, where that is known; what a note leaves out is in the object. */
  readonly attributes: KeptAttributes | undefined;
}

/** As a note for the store; without the attributes where it would be longer than a store takes. */
export function encodeNote({ instance, tasks, jobs, attributes }: Recorded): string {
  const recorded = { instance, tasks, ...(jobs.length > 0 && { jobs }) };
  const note = JSON.stringify({ ...recorded, ...(attributes && { attributes: inBase64(attributes) }) });
  // The object has the attributes as well, and the identity takes less room, even with characters that JSON escapes.
  return isShortNote(note) ? note : JSON.stringify(recorded);
}

/** Undefined for a note that isn't one of ours, such as the empty one of an earlier version. */
export function decodeNote(note: string): Recorded | undefined {
  if (note === "") return undefined;
  try {
    const { instance, tasks, jobs = [], attributes } = JSON.parse(note);
    if (!isInstance(instance) || !Array.isArray(tasks) || !tasks.every(isTask)) return undefined;
    if (!Array.isArray(jobs) || !jobs.every(isJob)) return undefined;
    return { instance, tasks, jobs, attributes: attributes && fromText(attributes) };
  } catch {
    return undefined;
  }
}

/** Fields that an index has to be given, and an example of each. */
const EXAMPLE: IndexedInstance = {
  patientId: "",
  studyInstanceUid: "",
  seriesInstanceUid: "",
  sopInstanceUid: "",
  sopClassUid: "",
  transferSyntax: "",
  name: "",
  size: 0,
  dataSetOffset: 0,
  receivedAt: 0,
  sourceAeTitle: "",
  serial: 0,
};

const EXAMPLE_JOB: NewJob = { lane: "", recipe: "", unit: "", priority: "medium", route: "", due: 0 };

function isInstance(value: Record<string, unknown>): boolean {
  return isLike(value, EXAMPLE);
}

function isJob(value: Record<string, unknown>): boolean {
  if (!["undefined", "string"].includes(typeof value.awaits)) return false;
  const { priority, held = false, choice = [] } = value;
  const isChoice = Array.isArray(choice) && choice.every((lane) => typeof lane === "string");
  return isLike(value, EXAMPLE_JOB) && JOB_PRIORITIES.some((known) => known === priority) &&
    typeof held === "boolean" && isChoice;
}

function isLike(value: Record<string, unknown>, example: object): boolean {
  return Object.entries(example).every(([field, example]) => typeof value[field] === typeof example);
}

function isTask({ kind, detail }: Record<string, unknown>): boolean {
  return typeof kind === "string" && typeof detail === "string";
}

const decoder = new TextDecoder();

/** Where text is put together: a note is made for every instance. */
let scratch = new Uint8Array(4096);

function inBase64(attributes: KeptAttributes): Record<QueryLevel, string> {
  return byLevel((level) => {
    const bytes = attributes[level];
    const length = base64Length(bytes.length);
    if (length > scratch.length) scratch = new Uint8Array(length);
    encodeBase64(bytes, scratch, 0);
    return decoder.decode(scratch.subarray(0, length));
  });
}

function fromText(texts: Record<QueryLevel, string>): KeptAttributes {
  return byLevel((level) => fromBase64(texts[level]));
}

function byLevel<T>(make: (level: QueryLevel) => T): Record<QueryLevel, T> {
  return { PATIENT: make("PATIENT"), STUDY: make("STUDY"), SERIES: make("SERIES"), IMAGE: make("IMAGE") };
}
