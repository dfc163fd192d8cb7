/**
 * The table of matching, asked of real archives as far as they answer it. Peers differ from the standard and from each other;
 * where two of them agree and Gantry does something else, the table has to say so.
 *
 * @module
 */

import assert from "node:assert/strict";
import { writeDataSet } from "../../src/dicom/data_set/writing/write_data_set.ts";
import { findAttribute, parseTag } from "../../src/dicom/dictionary.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import { connect } from "../../src/hosts/deno_platform.ts";
import { Peer } from "../../src/services/peer.ts";
import { type Attributes, dataSetOf } from "../query/data_sets.ts";
import { MATCHING_CASES, type MatchingCase } from "../query/matching_cases.ts";
import { temporaryFolder } from "../support/folders.ts";
import { startOrthanc } from "../support/orthanc.ts";
import { peerTest } from "../support/peers.ts";
import { startDcmqrscp } from "./query_retrieve_peers.ts";
import { HERE } from "./support.ts";

/** A case, in a study of its own. */
interface Asked {
  readonly row: MatchingCase;
  readonly study: string;
  readonly stored: readonly Attributes[];
  readonly keys: Attributes;
}

/** Cases that need nothing but a plain query. */
function askable(): Asked[] {
  const plain = MATCHING_CASES.filter(({ level, matching, dialect }) =>
    level !== "WORKLIST" && level !== "PATIENT" && matching === undefined && dialect === undefined
  );
  return plain.map((row, number) => {
    const study = `1.2.826.0.1.5.${number + 1}`;
    const moved = (value: Attributes[string]) =>
      typeof value === "string" ? value.replace(/(?<![\d.])1\.2\.3\.4(?!\d)/g, study) : value;
    const own = (attributes: Attributes): Attributes =>
      Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, moved(value)]));
    const stored = row.stored.map((instance) => ({ PatientID: `CASE${number}`, ...own(instance) }));
    return { row, study, stored, keys: own(row.keys) };
  });
}

/** Cases in which the table goes further than both peers, and why. */
const REASONS: readonly (readonly [names: RegExp, why: string])[] = [
  [/^name/, "PS3.4 C.2.2.2.1 leaves the case, accents and component groups of names to the SCP"],
  [/^(date|time|date of birth):/, "what breaks DA and TM is read as what it means, and 1200 as a minute (PS3.5 6.2)"],
  [/^(SOP classes in study|number of)/, "what is computed is matched as well (PS3.4 C.6)"],
  [
    /^a key of the level/,
    "relational queries, and keys that can't be matched at a level, are taken (PS3.4 C.4.1.2.2.1)",
  ],
  [/^keys that say how to ask/, "Timezone Offset From UTC and the like are no keys to match"],
  [/^date-time:/, "a DT means a span of time, and its offset counts (PS3.5 6.2)"],
  [/^time zone:/, "values mean moments where Timezone Offset From UTC says so (PS3.4 C.4.1.1.3.2)"],
  [/^(IS|DS), by number:/, "numbers match as numbers, and not by their text (PS3.4 C.2.2.2.1)"],
  [/^(LO|AE),/, "leading spaces are not significant (PS3.5 6.2)"],
  [/^character sets:/, "text matches as characters, and not by its bytes"],
  [/^wild card/, "values may be several, and characters beyond 16 bits"],
  [/^several values stored:/, "one of several values is enough (PS3.4 C.2.2.2.1)"],
  [/^UID:/, "a UID that breaks PS3.5 9.1 is compared as it is"],
];

/** Values that nothing has, by VR. */
const ABSENT: Readonly<Record<string, string>> = {
  DA: "19010203",
  TM: "235958",
  DT: "19010203",
  IS: "98765",
  UI: "1.9.9",
  AS: "999Y",
};

function absentValue(keyword: string): string {
  return ABSENT[findAttribute(parseTag(keyword) ?? 0)?.vr ?? ""] ?? "ZZNOSUCH";
}

/** A real archive that is asked. */
class Asker {
  readonly #peer: Peer;
  readonly #ignored = new Map<string, boolean>();

  constructor(calledAeTitle: string, port: number) {
    this.#peer = new Peer({
      calledAeTitle,
      connect: ({ signal = new AbortController().signal }) =>
        connect({ host: HERE, port }, { timeout: 10_000, signal, onSecuring: () => {} }),
    });
  }

  async store(cases: readonly Asked[]): Promise<Set<Asked>> {
    const kept = new Set<Asked>();
    for (const one of cases) {
      let all = true;
      for (const instance of one.stored) {
        const [sopClassUid, sopInstanceUid] = [String(instance.SOPClassUID), String(instance.SOPInstanceUID)];
        const transferSyntax = UID.ExplicitVRLittleEndian;
        const dataSet = writeDataSet(dataSetOf(instance), { form: "original" });
        const { status } = await this.#peer.store({ sopClassUid, sopInstanceUid, transferSyntax, dataSet })
          .catch(() => ({ status: 0xc000 }));
        all &&= status === 0;
      }
      if (all) kept.add(one);
    }
    return kept;
  }

  /** Whether the study of a case is among the answers; undefined where the peer doesn't match these keys, or refuses. */
  async finds({ row: { level }, study, stored, keys }: Asked): Promise<boolean | undefined> {
    const names = Object.keys(keys).filter((name) => name !== "SpecificCharacterSet");
    if (names.some((name) => typeof keys[name] !== "string" || name.includes(" "))) return undefined;
    const [{ SeriesInstanceUID = "" } = {}] = stored;
    const ask = async (keys: Attributes) => {
      const around = level === "IMAGE" ? { StudyInstanceUID: study, SeriesInstanceUID } : { StudyInstanceUID: study };
      const identifier = dataSetOf({ ...around, ...keys, QueryRetrieveLevel: level });
      let found = false;
      for await (const { dataSet } of this.#peer.find({ identifier })) {
        found ||= dataSet.getText("StudyInstanceUID")?.trim() === study;
      }
      return found;
    };
    try {
      const kind = `${level} ${names.join(" ")}`;
      if (!this.#ignored.has(kind)) {
        this.#ignored.set(kind, await ask(Object.fromEntries(names.map((name) => [name, absentValue(name)]))));
      }
      return this.#ignored.get(kind) ? undefined : await ask(keys);
    } catch {
      return undefined;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#peer[Symbol.asyncDispose]();
  }
}

Deno.test(peerTest("Orthanc and dcmqrscp answer the table of matching, or the table says what they do", [
  "Orthanc",
  "dcmqrscp",
], async () => {
  using folder = temporaryFolder();
  await using orthanc = await startOrthanc({ DicomAlwaysAllowFind: true, DicomAlwaysAllowStore: true });
  await using dcmqrscp = await startDcmqrscp(folder.path, 1);
  await using one = new Asker("ORTHANC", orthanc.port);
  await using other = new Asker("QR", dcmqrscp.port);
  const cases = askable();
  const [keptByOne, keptByOther] = [await one.store(cases), await other.store(cases)];
  const same = { orthanc: 0, dcmqrscp: 0 };
  const [missed, more]: [string[], string[]] = [[], []];
  for (const asked of cases) {
    const { name, matches, peers } = asked.row;
    const ofOne = keptByOne.has(asked) ? await one.finds(asked) : undefined;
    const ofOther = keptByOther.has(asked) ? await other.finds(asked) : undefined;
    if (ofOne === matches) same.orthanc++;
    if (ofOther === matches) same.dcmqrscp++;
    if (ofOne !== ofOther || ofOne !== !matches || peers !== undefined) continue;
    (matches ? more : missed).push(name);
  }
  assert.deepEqual(missed, [], "what both find, and the table does not");
  const unexplained = more.filter((name) => !REASONS.some(([names]) => names.test(name)));
  assert.deepEqual(unexplained, [], "what the table finds, and neither of them");
  assert.ok(same.orthanc >= 170 && same.dcmqrscp >= 90, JSON.stringify(same));
}));
