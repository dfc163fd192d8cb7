/**
 * Patients, studies and series: rows that come to be with their first instance, and go with their last.
 *
 * Those that were touched last are remembered with their numbers, which `flush` writes: instances of one series, as they
 * mostly come, cost no more than a comparison of bytes.
 *
 * @module
 */

import { DataSet } from "../../dicom/data_set/data_set.ts";
import { textsOf } from "../../query/stored_values.ts";
import { joinLevels } from "../entity.ts";
import type { IndexedInstance } from "../instance_index.ts";
import type { KeptAttributes } from "../kept_attributes.ts";
import { readKept, textElement } from "../kept_data_sets.ts";
import { type Column, columnNames, COLUMNS, columnValues } from "./columns.ts";
import { EntityRows, type Patient, type Series, type Study } from "./entity_rows.ts";
import { areSame, merged, type Precedence, withPatientId } from "./merge_kept.ts";
import type { Statements } from "./statements.ts";

const PATIENT_ID = 0x0010_0020;
const ISSUER_OF_PATIENT_ID = 0x0010_0021;
const MODALITY = 0x0008_0060;

/** Rows above the instances. Every method throws what SQLite throws. */
export class Hierarchy {
  readonly #statements: Statements;
  readonly #rows: EntityRows;
  readonly #touched = new Set<Patient | Study | Series>();

  constructor(statements: Statements) {
    this.#statements = statements;
    this.#rows = new EntityRows(statements);
  }

  /** Counts an instance in, and takes up its attributes. Returns its series. */
  add(instance: IndexedInstance, attributes: KeptAttributes, precedence: Precedence): Series {
    const series = this.#rows.seriesOf(instance);
    const { study } = series;
    if (!areSame(series.last, attributes)) {
      this.#takeUp(series, instance, attributes, precedence);
      series.last = attributes;
    }
    if (!study.sopClasses.has(instance.sopClassUid)) this.#addSopClass(study, instance.sopClassUid);
    this.#count(series, 1);
    return series;
  }

  /** Counts an instance out. */
  remove(instance: IndexedInstance): void {
    const series = this.#rows.seriesOf(instance);
    series.study.lessened = true;
    this.#count(series, -1);
  }

  /** Writes the numbers, and takes out what has no instances any more. */
  flush(): void {
    for (const touched of this.#touched) if ("last" in touched) this.#flushSeries(touched);
    for (const touched of this.#touched) if ("modalities" in touched) this.#flushStudy(touched);
    for (const touched of this.#touched) if ("key" in touched) this.#flushPatient(touched);
    this.#touched.clear();
    this.#rows.forgetIfMany();
  }

  /** Forgets what was remembered: what a transaction that failed may have made up, too. */
  forget(): void {
    this.#rows.forget();
    this.#touched.clear();
  }

  #count(series: Series, count: 1 | -1): void {
    const { study } = series;
    series.instances += count;
    study.instances += count;
    if (study.patient) study.patient.instances += count;
    this.#touched.add(series).add(study);
    if (study.patient) this.#touched.add(study.patient);
  }

  /** Takes up what an instance says of its series, study and patient. */
  #takeUp(series: Series, instance: IndexedInstance, attributes: KeptAttributes, precedence: Precedence): void {
    const { study } = series;
    const seriesBytes = merged(series.attributes, attributes.SERIES, series.instances === 0 ? "alone" : precedence);
    if (seriesBytes !== series.attributes || series.instances === 0) this.#writeSeries(series, seriesBytes);
    const [modality = ""] = textsOf(readKept(attributes.SERIES).element(MODALITY), "LO", EMPTY);
    if (modality !== "" && !study.modalities.has(modality)) {
      study.modalities.add(modality);
      this.#statements.run("insert or ignore into study_modality (modality, study) values (?, ?)", modality, study.id);
    }
    const ofPatient = withPatientId(attributes.PATIENT, instance.patientId);
    const own = study.instances === 0 ? "alone" : precedence;
    const patientBytes = merged(study.attributes.PATIENT, ofPatient, own);
    const studyBytes = merged(study.attributes.STUDY, attributes.STUDY, own);
    if (patientBytes !== study.attributes.PATIENT || studyBytes !== study.attributes.STUDY || study.instances === 0) {
      study.attributes = { PATIENT: patientBytes, STUDY: studyBytes };
      this.#writeStudy(study, precedence);
    }
  }

  #writeSeries(series: Series, bytes: Uint8Array): void {
    series.attributes = bytes;
    this.#writeColumns("series", series.id, COLUMNS.SERIES, readKept(bytes), hasOddUid(series.uid));
    this.#statements.run("update series_attributes set series = ? where id = ?", bytes, series.id);
  }

  #writeStudy(study: Study, precedence: Precedence): void {
    const { PATIENT, STUDY } = study.attributes;
    const patient = readKept(PATIENT);
    const attributes = joinLevels([patient, readKept(STUDY)], []);
    this.#writeColumns("study", study.id, OF_STUDY, attributes, hasOddUid(study.uid));
    this.#statements.run("update study_attributes set patient = ?, study = ? where id = ?", PATIENT, STUDY, study.id);
    this.#assign(study, this.#rows.patientOf(patientKey(patient, study.uid)));
    const owner = study.patient!;
    const others = owner.instances - study.instances;
    const bytes = merged(owner.attributes, PATIENT, others === 0 ? "alone" : precedence);
    if (bytes === owner.attributes && owner.instances > 0) return;
    owner.attributes = bytes;
    this.#writeColumns("patient", owner.id, COLUMNS.PATIENT, readKept(bytes), false);
    this.#statements.run("update patient_attributes set patient = ? where id = ?", bytes, owner.id);
  }

  /** Gives a study to the patient that its attributes name by now. */
  #assign(study: Study, patient: Patient): void {
    const before = study.patient;
    if (before === patient) return;
    for (const [owner, sign] of [[before, -1], [patient, 1]] as const) {
      if (owner === undefined) continue;
      owner.studies += sign;
      owner.series += sign * study.series;
      owner.instances += sign * study.instances;
      this.#touched.add(owner);
    }
    study.patient = patient;
    this.#statements.run("update study set patient = ? where id = ?", patient.id, study.id);
  }

  #writeColumns(table: string, id: number, columns: readonly Column[], attributes: DataSet, isOdd: boolean): void {
    const { values, odd } = columnValues(attributes, columns);
    const names = columnNames(columns).map((name) => `${name} = ?`).join(", ");
    this.#statements.run(`update ${table} set odd = ?, ${names} where id = ?`, Number(odd || isOdd), ...values, id);
  }

  #addSopClass(study: Study, uid: string): void {
    study.sopClasses.add(uid);
    this.#statements.run(
      "insert or ignore into study_sop_class (sop_class, study) select id, ? from term where text = ?",
      study.id,
      uid,
    );
  }

  #flushSeries(series: Series): void {
    const { id, study, instances } = series;
    if (instances > 0) {
      this.#statements.run("update series set instance_count = ? where id = ?", instances, id);
      return;
    }
    this.#statements.run("delete from series where id = ?", id);
    this.#statements.run("delete from series_attributes where id = ?", id);
    this.#rows.drop(series);
    study.series--;
    if (study.patient) study.patient.series--;
  }

  #flushStudy(study: Study): void {
    const { id, patient, series, instances } = study;
    if (study.lessened || instances === 0) this.#listAgain(study);
    if (instances === 0) {
      for (const table of ["study", "study_attributes"]) this.#statements.run(`delete from ${table} where id = ?`, id);
      this.#rows.drop(study);
      if (patient) patient.studies--;
      return;
    }
    this.#statements.run(
      "update study set series_count = ?, instance_count = ?, modalities = ?, sop_classes = ? where id = ?",
      series,
      instances,
      [...study.modalities].sort().join("\\"),
      [...study.sopClasses].sort().join("\\"),
      id,
    );
  }

  /** Modalities and SOP classes of what is left of a study. */
  #listAgain(study: Study): void {
    const { id, modalities, sopClasses } = study;
    this.#statements.run("delete from study_modality where study = ?", id);
    this.#statements.run("delete from study_sop_class where study = ?", id);
    modalities.clear();
    sopClasses.clear();
    study.lessened = false;
    for (
      const { attributes } of this.#statements.all<{ attributes: Uint8Array }>(
        "select series as attributes from series_attributes join series s using (id) where s.study = ?",
        id,
      )
    ) {
      const [modality = ""] = textsOf(readKept(attributes).element(MODALITY), "LO", EMPTY);
      if (modality !== "") modalities.add(modality);
    }
    for (const modality of modalities) {
      this.#statements.run("insert into study_modality (modality, study) values (?, ?)", modality, id);
    }
    for (
      const { text } of this.#statements.all<{ text: string }>(
        "select text from term where id in " +
          "(select sop_class from instance i join series s on s.id = i.series where s.study = ?)",
        id,
      )
    ) this.#addSopClass(study, text);
  }

  #flushPatient(patient: Patient): void {
    const { id, studies, series, instances } = patient;
    if (studies > 0) {
      const sql = "update patient set study_count = ?, series_count = ?, instance_count = ? where id = ?";
      this.#statements.run(sql, studies, series, instances, id);
      return;
    }
    this.#statements.run("delete from patient where id = ?", id);
    this.#statements.run("delete from patient_attributes where id = ?", id);
    this.#rows.drop(patient);
  }
}

const EMPTY = new DataSet();
const OF_STUDY: readonly Column[] = [...COLUMNS.PATIENT, ...COLUMNS.STUDY];

/** What tells a patient from others. Those without an ID are told apart by their studies. */
function patientKey(attributes: DataSet, studyUid: string): string {
  const text = (tag: number) => textsOf(attributes.element(tag), "LO", attributes)[0] ?? "";
  const id = text(PATIENT_ID);
  return id === "" ? `study ${studyUid}` : `patient ${JSON.stringify([id, text(ISSUER_OF_PATIENT_ID)])}`;
}

/** Whether a UID is compared with others than it seems: one that has several values, for one. */
function hasOddUid(uid: string): boolean {
  const texts = uid === "" ? [] : textsOf(textElement(0x0020_000d, "UI", uid), "UI", EMPTY);
  return uid !== "" && (texts.length !== 1 || texts[0] !== uid);
}
