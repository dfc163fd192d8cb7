import assert from "node:assert/strict";
import type { DataSet } from "../../src/dicom/data_set/data_set.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import * as Status from "../../src/dimse/status.ts";
import { DimseStatusError, LimitError } from "../../src/errors.ts";
import type { InstanceSource, Match } from "../../src/query/instance_source.ts";
import type { Query } from "../../src/query/query.ts";
import { find } from "../../src/services/find.ts";
import { findScp, type FindScpOptions } from "../../src/services/find_scp.ts";
import { dataSetOf } from "../query/data_sets.ts";
import { meet, type Meeting, sourceOf } from "./query_support.ts";

const STUDY_ROOT: string = UID.StudyRootQueryRetrieveInformationModelFind;
const PATIENT_ROOT = UID.PatientRootQueryRetrieveInformationModelFind;
const PATIENT_STUDY = "1.2.840.10008.5.1.4.1.2.3.1";
const SYNTAXES = [UID.ExplicitVRLittleEndian, UID.ImplicitVRLittleEndian];

/** An association for C-FIND with an SCP over `source`. */
function asking(
  source: InstanceSource | undefined,
  options: Partial<FindScpOptions> = {},
  negotiated?: Uint8Array,
): Promise<Meeting> {
  return meet([findScp({ sourceFor: () => source, ...options })], {
    presentationContexts: [STUDY_ROOT, PATIENT_ROOT, PATIENT_STUDY].map((abstractSyntax) => ({
      abstractSyntax,
      transferSyntaxes: SYNTAXES,
    })),
    ...(negotiated !== undefined && {
      extendedNegotiations: [{ sopClassUid: STUDY_ROOT, applicationInformation: negotiated }],
    }),
  });
}

type Keys = Parameters<typeof dataSetOf>[0];

async function ask({ association }: Meeting, keys: Keys, sopClassUid = STUDY_ROOT): Promise<DataSet[]> {
  const found: DataSet[] = [];
  for await (const match of find(association.provider, { identifier: dataSetOf(keys), sopClassUid })) {
    found.push(match.dataSet);
  }
  return found;
}

async function refusal(meeting: Meeting, keys: Keys, sopClassUid?: string) {
  try {
    await ask(meeting, keys, sopClassUid);
  } catch (error) {
    assert.ok(error instanceof DimseStatusError);
    return { status: error.status, comment: error.comment };
  }
  throw new Error("Nothing was refused");
}

/** A source whose `find` is this. */
function sourceThat(find: (query: Query, signal?: AbortSignal) => AsyncIterable<Match>): InstanceSource {
  return {
    find: (query, { signal } = {}) => find(query, signal),
    retrieve: () => {
      throw new Error("Nothing is retrieved here");
    },
  };
}

Deno.test("findScp() answers at every level of the three information models", async () => {
  await using meeting = await asking(sourceOf({ studies: 2, series: 2, instances: 2 }));
  const count = async (keys: Keys, model?: string) => (await ask(meeting, keys, model)).length;
  assert.equal(await count({ QueryRetrieveLevel: "PATIENT", PatientID: "" }, PATIENT_ROOT), 2);
  assert.equal(await count({ QueryRetrieveLevel: "PATIENT", PatientID: "P2" }, PATIENT_STUDY), 1);
  assert.equal(await count({ QueryRetrieveLevel: "STUDY", PatientID: "P1", StudyInstanceUID: "" }, PATIENT_STUDY), 1);
  assert.equal(await count({ QueryRetrieveLevel: "STUDY", StudyInstanceUID: "" }), 2);
  assert.equal(await count({ QueryRetrieveLevel: "SERIES", StudyInstanceUID: "1.2.1", SeriesInstanceUID: "" }), 2);
  assert.equal(await count({ QueryRetrieveLevel: "IMAGE", SOPInstanceUID: "" }), 8);
  assert.equal(await count({ QueryRetrieveLevel: "IMAGE", StudyInstanceUID: "1.2.1", SOPInstanceUID: "1.2.2.1.1" }), 0);
});

Deno.test("findScp() says level, availability, and that the called AE title has the instances", async () => {
  const source = sourceOf({}, { availability: "ONLINE", retrieveAeTitles: ["PACS"] });
  await using meeting = await asking(source, { retrieveAeTitleFor: ({ calledAeTitle }) => calledAeTitle });
  const [answer] = await ask(meeting, {
    QueryRetrieveLevel: "STUDY",
    PatientName: "",
    NumberOfStudyRelatedInstances: "",
  });
  assert.deepEqual(answer?.getTexts("RetrieveAETitle"), ["GANTRY", "PACS"]);
  assert.deepEqual(
    (["QueryRetrieveLevel", "InstanceAvailability", "NumberOfStudyRelatedInstances"] as const).map((key) =>
      answer?.getText(key)
    ),
    ["STUDY", "ONLINE", "3"],
  );
});

Deno.test("findScp() agrees on what it can, byte by byte, and matches by it", async () => {
  for (
    const [proposed, answered] of [
      [[1, 1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 0, 1, 1]],
      [[1], [1]],
      [[0, 1, 7], [0, 1, 0]],
      [[1, 0, 0, 0, 0, 0, 1, 1, 1], [1, 0, 0, 0, 0, 0, 1]],
      [[], []],
    ]
  ) {
    await using meeting = await asking(sourceOf(), {}, Uint8Array.from(proposed!));
    assert.deepEqual([...meeting.association.provider.extendedNegotiation(STUDY_ROOT) ?? []], answered);
  }
  const names: (boolean | string)[] = [];
  const source = sourceThat(async function* ({ matching: { fuzzyNames, relational } }) {
    names.push(fuzzyNames, relational);
    yield* [];
  });
  await using fuzzy = await asking(source, {}, Uint8Array.of(0, 0, 1, 0, 0, 0, 0));
  await ask(fuzzy, { QueryRetrieveLevel: "STUDY" });
  assert.deepEqual(names, [true, false]);
});

Deno.test("findScp() refuses with A900, a comment and the offending element what a strict dialect doesn't take", async () => {
  await using meeting = await asking(sourceOf(), { dialectFor: () => ({ strict: true, inferLevel: false }) });
  const refused = { status: 0xA900 };
  assert.deepEqual(await refusal(meeting, { PatientID: "P1" }), {
    ...refused,
    comment: "QueryRetrieveLevel (0008,0052): missing",
  });
  assert.deepEqual(await refusal(meeting, { QueryRetrieveLevel: "FOO" }), {
    ...refused,
    comment: "QueryRetrieveLevel (0008,0052): unknown level",
  });
  assert.equal((await refusal(meeting, { QueryRetrieveLevel: "PATIENT" })).status, 0xA900);
  assert.deepEqual(await refusal(meeting, { QueryRetrieveLevel: "SERIES", SeriesInstanceUID: "" }), {
    ...refused,
    comment: "StudyInstanceUID (0020,000D): one value needed",
  });
  const context = meeting.association.provider.context(STUDY_ROOT);
  const request = { type: "C-FIND-RQ", affectedSopClassUid: STUDY_ROOT, priority: "medium" } as const;
  const options = { dataSet: dataSetOf({ QueryRetrieveLevel: "FOO" }) };
  const { command, dataSet } = await meeting.association.provider.invoke(context, request, options);
  assert.deepEqual([command.offendingElement, dataSet], [[0x0008_0052], undefined]);
});

Deno.test("findScp() answers what a lenient dialect takes, and tells observers how it was read", async () => {
  await using meeting = await asking(sourceOf({ studies: 2 }));
  assert.equal((await ask(meeting, { SeriesInstanceUID: "" })).length, 2);
  assert.equal((await ask(meeting, { QueryRetrieveLevel: "STUDY", StudyDate: "2025-01-31" })).length, 2);
  assert.deepEqual(meeting.warnings, [
    "QueryRetrieveLevel (0008,0052): it is missing, and is taken for SERIES",
    "StudyInstanceUID (0020,000D): it has no value at the SERIES level, and the query is answered relationally",
    "StudyDate (0008,0020): a value is no DA, and is read as the dates that it means",
  ]);
});

Deno.test("findScp() answers FF01 where keys were not matched, and names them once", async () => {
  const source = sourceThat(async function* () {
    for (const uid of ["1.2.1", "1.2.2"]) {
      yield { attributes: dataSetOf({ StudyInstanceUID: uid }), unmatched: [0x0008_1030] };
    }
  });
  await using meeting = await asking(source);
  const identifier = dataSetOf({ QueryRetrieveLevel: "STUDY", StudyDescription: "HEAD" });
  const found = await Array.fromAsync(meeting.association.find({ identifier }));
  assert.deepEqual(found.map(({ unsupportedKeys }) => unsupportedKeys), [true, true]);
  assert.deepEqual(meeting.warnings, ["Did not match these keys of a C-FIND: StudyDescription (0008,1030)"]);
});

Deno.test("findScp() stops at a C-CANCEL-RQ with FE00, and the association goes on", async () => {
  let left = 0;
  const source = sourceThat(async function* (_, signal) {
    try {
      for (let number = 1;; number++) {
        signal?.throwIfAborted();
        yield { attributes: dataSetOf({ StudyInstanceUID: `1.2.${number}` }), unmatched: [] };
      }
    } finally {
      left++;
    }
  });
  await using meeting = await asking(source);
  for (const after of [1, 2, 7]) {
    const statuses: number[] = [];
    const stop = new AbortController();
    const { provider } = meeting.association;
    const request = { type: "C-FIND-RQ", affectedSopClassUid: STUDY_ROOT, priority: "medium" } as const;
    const options = { dataSet: dataSetOf({ QueryRetrieveLevel: "STUDY" }), signal: stop.signal };
    for await (const { command } of provider.responses(provider.context(STUDY_ROOT), request, options)) {
      if (statuses.push(command.status) === after) stop.abort();
    }
    assert.equal(statuses.at(-1), Status.Cancel);
  }
  assert.equal(left, 3);
});

Deno.test("findScp() ends its source when the association ends", async () => {
  const ended = Promise.withResolvers<void>();
  const source = sourceThat(async function* (_, signal) {
    try {
      for (let number = 1; !signal?.aborted; number++) {
        yield { attributes: dataSetOf({ StudyInstanceUID: `1.2.${number}` }), unmatched: [] };
      }
    } finally {
      ended.resolve();
    }
  });
  await using meeting = await asking(source);
  await assert.rejects(async () => {
    for await (const _ of meeting.association.find({ identifier: dataSetOf({ QueryRetrieveLevel: "STUDY" }) })) {
      meeting.association.abort();
    }
  });
  await ended.promise;
});

Deno.test("findScp() never says what a failing source says, and refuses before the first answer where a limit stops it", async () => {
  const failing = (error: Error) =>
    sourceThat(async function* () {
      yield* await Promise.reject<Match[]>(error);
    });
  const keys = { QueryRetrieveLevel: "STUDY" };
  await using broken = await asking(failing(new Error("Doe^Jane can't be read")));
  assert.deepEqual(await refusal(broken, keys), { status: Status.ProcessingFailure, comment: undefined });
  await using limited = await asking(failing(new LimitError("Cannot find", { limit: "maxMatches", maximum: 10 })));
  assert.deepEqual(await refusal(limited, keys), {
    status: Status.OutOfResources,
    comment: "The query has too many answers",
  });
  await using nobody = await asking(undefined);
  assert.equal((await refusal(nobody, keys)).status, Status.NotAuthorized);
});

Deno.test("findScp() refuses an identifier that is too long with A700, and goes on", async () => {
  await using meeting = await asking(sourceOf(), {});
  const identifier = dataSetOf({
    QueryRetrieveLevel: "STUDY",
    "(0009,0010) LO": "GANTRY",
    "(0009,1001) UT": "x".repeat(1e7),
  });
  await assert.rejects(Array.fromAsync(meeting.association.find({ identifier })), {
    status: Status.OutOfResources,
    comment: "Data set is too long",
  });
  assert.equal((await ask(meeting, { QueryRetrieveLevel: "STUDY" })).length, 1);
});

Deno.test("findScp() refuses bytes that are no data set with C000, and goes on", async () => {
  await using meeting = await asking(sourceOf());
  const identifier = Uint8Array.of(8, 0, 0x52, 0, 0x43, 0x53, 0xff, 0xff, 1, 2);
  await assert.rejects(Array.fromAsync(meeting.association.find({ identifier })), { status: Status.UnableToProcess });
  assert.equal((await ask(meeting, { QueryRetrieveLevel: "STUDY" })).length, 1);
});

Deno.test("findScp() names the first of very many keys that were not matched", async () => {
  const unmatched = Array.from({ length: 5_000 }, (_, n) => 0x0009_1000 + n);
  const source = sourceThat(async function* () {
    yield { attributes: dataSetOf({ StudyInstanceUID: "1.2.1" }), unmatched };
  });
  await using meeting = await asking(source);
  await ask(meeting, { QueryRetrieveLevel: "STUDY", StudyInstanceUID: "" });
  const [warning = ""] = meeting.warnings;
  assert.match(warning, / and 4980 more$/);
  assert.ok(warning.length < 2_000);
});
