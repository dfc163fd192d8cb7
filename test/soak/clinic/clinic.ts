/**
 * The week of a small clinic in a few minutes: modalities send, workstations ask, viewers show, another clinic stores by
 * STOW-RS, all of one gateway and at the same time. When a study comes is fixed beforehand, however slow the gateway is.
 *
 * @module
 */

import assert from "node:assert/strict";
import { DataSet } from "../../../src/dicom/data_set/data_set.ts";
import { writeDataSet } from "../../../src/dicom/data_set/writing/write_data_set.ts";
import * as UID from "../../../src/dicom/generated/uid.ts";
import { requestAssociation } from "../../../src/services/scu.ts";
import { connectTcp } from "../../../src/transport/deno.ts";
import { type ListeningGantry, listeningGantry } from "../../support/gantry.ts";
import { Random } from "../../support/random.ts";
import { type Memory, MemoryWatch, Stopwatch, type Times } from "./measured.ts";
import { type ComingStudy, TRANSFER_SYNTAX, weekOf } from "./studies.ts";
import { view } from "./viewer.ts";

/** How to live through the week. */
export interface ClinicOptions {
  readonly seed: number;
  /** In how many seconds. */
  readonly seconds: number;
  /** Part of the week's studies that come, from 0 to 1; 1. */
  readonly share?: number;
  /** Told of each study that has come and been looked at. */
  readonly onProgress?: (studies: number, all: number) => void;
}

/** How it went. */
export interface ClinicReport {
  readonly studies: number;
  readonly instances: number;
  /** Bytes of pixels and all else that were received. */
  readonly bytes: number;
  readonly seconds: number;
  readonly times: readonly Times[];
  /** Of the gateway with its codecs. */
  readonly memory: Memory;
  readonly failures: readonly string[];
}

/** Numbers of studies go through the kinds one after the other: a share of them is to have some of each. */
const SPREAD = 37;
/** Longer than all of it, in milliseconds. */
const DEADLINE = 3_600_000;
/** Looks at memory in all. */
const LOOKS = 100;

/** Lives through the week, and expects that everything is there at its end. */
export async function clinic({ seed, seconds, share = 1, onProgress }: ClinicOptions): Promise<ClinicReport> {
  const week = weekOf(seed).filter(({ number }) => number * SPREAD % 100 < 100 * share);
  await using gateway = await listeningGantry({ logLevel: "info", timeout: DEADLINE });
  const watch = new Stopwatch();
  const began = performance.now();
  const memory = new MemoryWatch(gateway.process.id, Math.max(200, 1000 * seconds / LOOKS));
  let bytes = 0;
  try {
    const clinic = new Clinic(gateway, watch, new Random(seed));
    let done = 0;
    const all = week.map(async (study) => {
      await new Promise((resolve) => setTimeout(resolve, 1000 * seconds * study.at));
      bytes += await clinic.live(study);
      onProgress?.(++done, week.length);
    });
    await Promise.all(all);
  } finally {
    await memory[Symbol.asyncDispose]();
  }
  const instances = week.reduce((sum, study) => sum + study.instances.length, 0);
  assert.equal(await instancesIn(gateway), instances, "instances that the gateway has");
  return {
    ...{ studies: week.length, instances, bytes, seconds: (performance.now() - began) / 1000 },
    ...{ times: watch.times, memory: memory.memory, failures: watch.failures },
  };
}

async function instancesIn({ origin }: ListeningGantry): Promise<number> {
  const response = await fetch(`${origin}/dicom-web/instances?limit=1`);
  await response.body?.cancel();
  return Number(response.headers.get("x-total-count"));
}

class Clinic {
  readonly #gateway: ListeningGantry;
  readonly #watch: Stopwatch;
  readonly #random: Random;
  /** What each modality does: one study after the other. */
  readonly #modalities = new Map<string, Promise<unknown>>();
  readonly #come: ComingStudy[] = [];

  constructor(gateway: ListeningGantry, watch: Stopwatch, random: Random) {
    this.#gateway = gateway;
    this.#watch = watch;
    this.#random = random;
  }

  /** A study comes, is asked for and looked at, and an older one as well; answers its bytes. */
  async live(study: ComingStudy): Promise<number> {
    await this.#ask(study);
    const place = `${study.modality} ${study.by}`;
    const sending = (this.#modalities.get(place) ?? Promise.resolve()).then(() =>
      study.by === "C-STORE" ? this.#send(study) : this.#post(study)
    );
    this.#modalities.set(place, sending);
    const bytes = await sending;
    const prior = this.#come.length === 0 ? study : this.#random.pick(this.#come);
    this.#come.push(study);
    await Promise.all([study, prior].map((one) => view(`${this.#gateway.origin}/dicom-web`, one, this.#watch)));
    await this.#ask(study);
    return bytes;
  }

  /** C-STORE over one association. */
  async #send({ instances, modality }: ComingStudy): Promise<number> {
    const { sopClassUid } = instances[0]!;
    let bytes = 0;
    await using association = await this.#associate(modality, sopClassUid, TRANSFER_SYNTAX);
    for (const { sopInstanceUid, dataSet } of instances) {
      const pieces = dataSet();
      const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
      bytes += length;
      await this.#watch.time(`C-STORE of ${modality}`, async () => {
        const { status } = await association.store({
          ...{ sopClassUid, sopInstanceUid, transferSyntax: TRANSFER_SYNTAX },
          ...{ dataSet: ReadableStream.from(pieces), dataSetLength: length },
        });
        assert.equal(status, 0);
      });
    }
    return bytes;
  }

  /** STOW-RS, an instance a request. */
  async #post({ instances, modality }: ComingStudy): Promise<number> {
    let bytes = 0;
    for (const { file } of instances) {
      const body = new Blob([...file()]);
      bytes += body.size;
      await this.#watch.time(`STOW-RS of ${modality}`, async () => {
        const url = `${this.#gateway.origin}/dicom-web/studies`;
        const headers = { "Content-Type": "application/dicom" };
        const response = await fetch(url, { method: "POST", headers, body });
        assert.equal(response.status, 200, await response.text());
      });
    }
    return bytes;
  }

  /** A workstation asks for all studies of the patient. */
  async #ask({ patientId }: ComingStudy): Promise<void> {
    const model = UID.StudyRootQueryRetrieveInformationModelFind;
    await this.#watch.time("C-FIND with its association", async () => {
      await using association = await this.#associate("WORKSTATION", model, UID.ExplicitVRLittleEndian);
      const keys = { QueryRetrieveLevel: "STUDY", PatientID: patientId, StudyInstanceUID: "", StudyDate: "" };
      const identifier = writeDataSet(new DataSet(keys), { transferSyntax: UID.ExplicitVRLittleEndian });
      for await (const { dataSet } of association.find({ identifier })) {
        assert.equal(dataSet.getText("PatientID"), patientId);
      }
    });
  }

  async #associate(callingAeTitle: string, abstractSyntax: string, transferSyntax: string) {
    const connection = await connectTcp({ hostname: "127.0.0.1", port: this.#gateway.port });
    return await requestAssociation(connection, {
      calledAeTitle: "GANTRY",
      callingAeTitle,
      presentationContexts: [{ abstractSyntax, transferSyntaxes: [transferSyntax] }],
    });
  }
}
