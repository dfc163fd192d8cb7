/**
 * Whether a study is where it should be: what each place says of it, compared.
 *
 * @module
 */

/** What a place has: SOP Instance UIDs, or why that is unknown. */
export type Found = { readonly uids: ReadonlySet<string> } | { readonly problem: string };

/** A job, as far as it matters here. */
export interface StudyJob {
  readonly id: number;
  readonly lane: string;
  readonly recipe: string;
  readonly state: string;
  readonly sopInstanceUid: string;
  readonly last?: { readonly class: string; readonly status?: string; readonly error?: string };
  /** The identity of the instance as it was delivered; absent if it was not changed, or the record is gone. */
  readonly sentAs?: SentAs | undefined;
}

/** UIDs that a change on the way has given to an instance, or left to it. */
export interface SentAs {
  readonly sopInstanceUid: string;
  readonly studyInstanceUid: string;
}

/** A series or a study that is sent as one, while it is coming: some of it is in no queue yet. */
export interface OpenUnit {
  readonly route: string;
  readonly open?: { readonly instances: number; readonly missing: number };
}

/** What is known of a study. */
export interface StudyFacts {
  /** The sender and its instances, if it was asked. */
  readonly source?: { readonly name: string; readonly found: Found } | undefined;
  /** What the archive has. */
  readonly archive: Found;
  /** What has to be sent of it, and what was. */
  readonly jobs: readonly StudyJob[];
  /** What of it is still coming. */
  readonly open: readonly OpenUnit[];
  /** What destinations have; undefined for one that can't be asked, such as a folder. */
  readonly destinations: ReadonlyMap<string, Found | undefined>;
  /** Destinations that should have all of it. */
  readonly expected: readonly string[];
}

/** What is wrong with an instance. */
export type DifferenceKind = "not-arrived" | "not-queued" | "not-delivered" | "not-there";

/** An instance that is not where it should be. */
export interface StudyDifference {
  readonly kind: DifferenceKind;
  /** Where it should be: `ARCHIVE`, or a destination. */
  readonly place: string;
  readonly sopInstanceUid: string;
  /** Its job, where it has one. */
  readonly job?: StudyJob;
}

/** A place that a study is in, or should be. */
export interface StudyPlace {
  readonly role: "source" | "archive" | "route" | "destination";
  readonly name: string;
  /** Instances that the place has; absent if it could not be asked. */
  readonly found?: number;
  /** Instances that it has confirmed; of destinations. */
  readonly confirmed?: number;
  /** Instances that are on their way there, or should be; of destinations. */
  readonly queued?: number;
  /** Why it was not asked. */
  readonly problem?: string;
  /** Why it is not as it should be yet. */
  readonly pending?: string;
  /** What else is to be known. */
  readonly note?: string;
}

/** What came of the comparison. */
export interface StudyProof {
  readonly places: readonly StudyPlace[];
  readonly differences: readonly StudyDifference[];
  /** Whether everything was asked, and nothing differs. */
  readonly proved: boolean;
}

/** Stands for the archive among places. */
const ARCHIVE_PLACE = "ARCHIVE";

/** Compares. An instance that only the archive has is none that is missing. */
export function compareStudy(facts: StudyFacts): StudyProof {
  const { source, archive, jobs } = facts;
  const kept = uidsOf(archive);
  const lanes = [...new Set([...facts.expected, ...jobs.map(({ lane }) => lane)])];
  const compared = lanes.map((lane) => compareDestination(lane, facts, kept));
  const lacking = source === undefined || "problem" in archive ? [] : minus(uidsOf(source.found), kept);
  const places: StudyPlace[] = [
    ...source === undefined ? [] : [{ role: "source", name: source.name, ...shown(source.found) } as const],
    { role: "archive", name: ARCHIVE_PLACE, ...shown(archive), ...noteOf(source?.found, kept) },
    ...facts.open.map(({ route, open: { instances, missing } = { instances: 0, missing: 0 } }) => ({
      ...{ role: "route", name: route } as const,
      pending: `still arriving: ${instances} wait until it is complete${
        missing > 0 ? `, ${missing} more are announced` : ""
      }`,
    })),
    ...compared.map(({ place }) => place),
  ];
  const differences = [
    ...lacking.map((sopInstanceUid) => ({ kind: "not-arrived", place: ARCHIVE_PLACE, sopInstanceUid } as const)),
    ...compared.flatMap(({ differences }) => differences),
  ];
  const isKnown = kept.size > 0 && places.every(({ problem, pending }) => (problem ?? pending) === undefined);
  return { places, differences, proved: isKnown && differences.length === 0 };
}

function compareDestination(
  lane: string,
  { jobs, destinations, expected }: StudyFacts,
  kept: ReadonlySet<string>,
): { readonly place: StudyPlace; readonly differences: readonly StudyDifference[] } {
  const own = jobs.filter((job) => job.lane === lane);
  const delivered = own.filter(({ state }) => state === "delivered");
  const found = destinations.get(lane);
  const there = found !== undefined && "uids" in found ? found.uids : undefined;
  const isUnknown = (job: StudyJob) => there !== undefined && uidAt(job, there) === undefined;
  const unknown = delivered.filter(isUnknown).length;
  const queued = new Set(own.map(({ sopInstanceUid }) => sopInstanceUid));
  const different = (kind: DifferenceKind, job: StudyJob): StudyDifference => ({
    ...{ kind, place: lane, sopInstanceUid: job.sopInstanceUid, job },
  });
  const note = found === undefined
    ? "can't be asked; the log is the only evidence"
    : unknown === 0
    ? undefined
    : `${unknown} changed on the way to unknown UIDs; the log is the only evidence of them`;
  return {
    place: {
      ...{ role: "destination", name: lane, queued: own.length, confirmed: delivered.length },
      ...(found !== undefined && shown(found)),
      ...(note !== undefined && { note }),
    },
    differences: [
      ...(expected.includes(lane) ? minus(kept, queued) : []).map((sopInstanceUid): StudyDifference => ({
        ...{ kind: "not-queued", place: lane, sopInstanceUid },
      })),
      ...own.filter(({ state }) => state !== "delivered").map((job) => different("not-delivered", job)),
      ...(there === undefined ? [] : delivered.filter((job) => !isUnknown(job) && !there.has(uidAt(job, there)!)))
        .map((job) => different("not-there", job)),
    ],
  };
}

/** What a destination knows an instance as that it has confirmed; undefined if the record is gone. */
function uidAt({ recipe, sopInstanceUid, sentAs }: StudyJob, there: ReadonlySet<string>): string | undefined {
  // Without a study no query finds it.
  if (sentAs !== undefined) return sentAs.studyInstanceUid === "" ? undefined : sentAs.sopInstanceUid;
  return recipe === "" || there.has(sopInstanceUid) ? sopInstanceUid : undefined;
}

function uidsOf(found: Found | undefined): ReadonlySet<string> {
  return found !== undefined && "uids" in found ? found.uids : new Set();
}

function shown(found: Found): Pick<StudyPlace, "found" | "problem"> {
  return "uids" in found ? { found: found.uids.size } : { problem: found.problem };
}

function noteOf(source: Found | undefined, kept: ReadonlySet<string>): Pick<StudyPlace, "note"> {
  const more = source === undefined || "problem" in source ? [] : minus(kept, source.uids);
  return more.length === 0 ? {} : { note: `the source lacks ${more.length} of them` };
}

function minus(all: ReadonlySet<string>, without: ReadonlySet<string>): string[] {
  return [...all].filter((uid) => !without.has(uid));
}
