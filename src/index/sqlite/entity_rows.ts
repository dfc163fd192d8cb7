/**
 * The rows of patients, studies and series: found, or made, and remembered with their numbers.
 *
 * @module
 */

import type { IndexedInstance } from "../instance_index.ts";
import type { KeptAttributes } from "../kept_attributes.ts";
import type { Statements } from "./statements.ts";

/** Many are remembered; then all are forgotten, and read again. */
const MAXIMUM_REMEMBERED = 3_000;

const NOTHING = new Uint8Array(0);

/** A patient, and what belongs to it. */
export interface Patient {
  readonly id: number;
  readonly key: string;
  attributes: Uint8Array;
  studies: number;
  series: number;
  instances: number;
}

/** A study. */
export interface Study {
  readonly id: number;
  readonly uid: string;
  /** Patient ID as instances have it that say nothing else. */
  readonly patientId: string;
  patient: Patient | undefined;
  attributes: Pick<KeptAttributes, "PATIENT" | "STUDY">;
  series: number;
  instances: number;
  readonly modalities: Set<string>;
  readonly sopClasses: Set<string>;
  /** Whether something went that modalities and SOP classes may be of. */
  lessened: boolean;
}

/** A series that instances are put into. */
export interface Series {
  readonly id: number;
  readonly uid: string;
  readonly study: Study;
  attributes: Uint8Array;
  instances: number;
  /** What the last instance came with. */
  last: KeptAttributes | undefined;
}

/** Rows by the identifiers of their entities. Every method throws what SQLite throws. */
export class EntityRows {
  readonly #statements: Statements;
  readonly #patients = new Map<string, Patient>();
  readonly #studies = new Map<string, Study>();
  readonly #series = new Map<string, Series>();

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  /** The series of an instance; makes a missing one. */
  seriesOf({ seriesInstanceUid: uid, studyInstanceUid, patientId }: IndexedInstance): Series {
    const key = `${uid}\0${studyInstanceUid}`;
    const known = this.#series.get(key);
    if (known !== undefined) return known;
    const study = this.#studyOf(studyInstanceUid, patientId);
    const series = this.#findSeries(uid, study) ?? this.#makeSeries(uid, study);
    this.#series.set(key, series);
    return series;
  }

  #findSeries(uid: string, study: Study): Series | undefined {
    const row = this.#statements.one<{ id: number; instance_count: number; series: Uint8Array }>(
      "select s.id, instance_count, series from series s join series_attributes using (id) where uid = ? and study = ?",
      uid,
      study.id,
    );
    if (row === undefined) return undefined;
    return { id: row.id, uid, study, attributes: row.series, instances: row.instance_count, last: undefined };
  }

  #makeSeries(uid: string, study: Study): Series {
    const id = this.#statements.run(
      "insert into series (study, uid, odd, instance_count) values (?, ?, 0, 0)",
      study.id,
      uid,
    );
    this.#statements.run("insert into series_attributes (id, series) values (?, ?)", id, NOTHING);
    study.series++;
    if (study.patient) study.patient.series++;
    return { id, uid, study, attributes: NOTHING, instances: 0, last: undefined };
  }

  #studyOf(uid: string, patientId: string): Study {
    const known = this.#studies.get(uid);
    if (known !== undefined) return known;
    const study = this.#findStudy(uid) ?? this.#makeStudy(uid, patientId);
    this.#studies.set(uid, study);
    return study;
  }

  #findStudy(uid: string): Study | undefined {
    const row = this.#statements.one<{
      id: number;
      instance_patient_id: string;
      key: string;
      patient: Uint8Array;
      study: Uint8Array;
      series_count: number;
      instance_count: number;
      modalities: string;
      sop_classes: string;
    }>(
      "select t.id, t.instance_patient_id, t.series_count, t.instance_count, t.modalities, t.sop_classes, " +
        "a.patient, a.study, p.key from study t join study_attributes a using (id) " +
        "join patient p on p.id = t.patient where t.uid = ?",
      uid,
    );
    return row && {
      id: row.id,
      uid,
      patientId: row.instance_patient_id,
      patient: this.patientOf(row.key),
      attributes: { PATIENT: row.patient, STUDY: row.study },
      series: row.series_count,
      instances: row.instance_count,
      modalities: setOf(row.modalities),
      sopClasses: setOf(row.sop_classes),
      lessened: false,
    };
  }

  #makeStudy(uid: string, patientId: string): Study {
    const id = this.#statements.run(
      "insert into study (uid, patient, instance_patient_id, odd, series_count, instance_count, modalities, sop_classes) " +
        "values (?, 0, ?, 0, 0, 0, '', '')",
      uid,
      patientId,
    );
    this.#statements.run("insert into study_attributes (id, patient, study) values (?, ?, ?)", id, NOTHING, NOTHING);
    return {
      id,
      uid,
      patientId,
      patient: undefined,
      attributes: { PATIENT: NOTHING, STUDY: NOTHING },
      series: 0,
      instances: 0,
      modalities: new Set(),
      sopClasses: new Set(),
      lessened: false,
    };
  }

  /** The patient with a key; makes a missing one. */
  patientOf(key: string): Patient {
    const known = this.#patients.get(key);
    if (known !== undefined) return known;
    const row = this.#statements.one<{
      id: number;
      patient: Uint8Array;
      study_count: number;
      series_count: number;
      instance_count: number;
    }>("select p.*, a.patient from patient p join patient_attributes a using (id) where key = ?", key);
    const patient: Patient = row === undefined ? this.#makePatient(key) : {
      id: row.id,
      key,
      attributes: row.patient,
      studies: row.study_count,
      series: row.series_count,
      instances: row.instance_count,
    };
    this.#patients.set(key, patient);
    return patient;
  }

  #makePatient(key: string): Patient {
    const id = this.#statements.run(
      "insert into patient (key, odd, study_count, series_count, instance_count) values (?, 0, 0, 0, 0)",
      key,
    );
    this.#statements.run("insert into patient_attributes (id, patient) values (?, ?)", id, NOTHING);
    return { id, key, attributes: NOTHING, studies: 0, series: 0, instances: 0 };
  }

  /** Forgets what has been taken out. */
  drop(gone: Patient | Study | Series): void {
    if ("key" in gone) this.#patients.delete(gone.key);
    else if ("study" in gone) this.#series.delete(`${gone.uid}\0${gone.study.uid}`);
    else this.#studies.delete(gone.uid);
  }

  /** Keeps memory bounded; nothing may have changed that is not written. */
  forgetIfMany(): void {
    if (this.#series.size + this.#studies.size + this.#patients.size > MAXIMUM_REMEMBERED) this.forget();
  }

  /** Forgets all. */
  forget(): void {
    this.#patients.clear();
    this.#studies.clear();
    this.#series.clear();
  }
}

function setOf(list: string): Set<string> {
  return new Set(list === "" ? [] : list.split("\\"));
}
