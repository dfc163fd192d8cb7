/**
 * The tables of the SQLite index.
 *
 * UIDs are long and many. So what instances share stands once: SOP classes, transfer syntaxes and AE titles in `term`; and a
 * name in the store that follows from the UIDs isn't written at all. An instance is found by a number made of its UID, which
 * indexes in a quarter of the room that the text would take.
 *
 * What SQL looks for are columns of `patient`, `study` and `series`; a study has its patient's as well, so that nothing needs
 * to be joined for it. All attributes stand in tables of their own: rows that are looked through have to be small.
 *
 * @module
 */

import { columnDefinitions, COLUMNS } from "./columns.ts";

/** `application_id` of our databases: "GIDX". */
export const APPLICATION_ID = 0x47494458;

/** `user_version`. One that is higher was made by a later version; one that is lower is made anew. */
export const SCHEMA_VERSION = 4;

/** Makes the tables. */
export const SCHEMA: string = `
create table term (
  id integer primary key,
  text text not null unique
);
create table patient (
  id integer primary key,
  key text not null unique,
  odd integer not null,
${columnDefinitions(COLUMNS.PATIENT)}  study_count integer not null,
  series_count integer not null,
  instance_count integer not null
);
create table study (
  id integer primary key,
  uid text not null unique,
  patient integer not null,
  instance_patient_id text not null,
  odd integer not null,
${columnDefinitions([...COLUMNS.PATIENT, ...COLUMNS.STUDY])}  series_count integer not null,
  instance_count integer not null,
  modalities text not null,
  sop_classes text not null
);
create table series (
  id integer primary key,
  study integer not null,
  uid text not null,
  odd integer not null,
${columnDefinitions(COLUMNS.SERIES)}  instance_count integer not null
);
create table patient_attributes (id integer primary key, patient blob not null);
create table study_attributes (id integer primary key, patient blob not null, study blob not null);
create table series_attributes (id integer primary key, series blob not null);
create table instance_attributes (id integer primary key, image blob not null);
create table study_modality (modality text, study integer, primary key (modality, study)) without rowid;
create table study_sop_class (sop_class integer, study integer, primary key (sop_class, study)) without rowid;
create index patient_odd on patient (id) where odd;
create index patient_by_id on patient (patient_id);
create index patient_by_name on patient (patient_name_alphabetic);
create index patient_by_ideographic on patient (patient_name_ideographic) where patient_name_ideographic is not null;
create index patient_by_phonetic on patient (patient_name_phonetic) where patient_name_phonetic is not null;
create index study_odd on study (id) where odd;
create index study_by_patient on study (patient);
create index study_by_patient_id on study (patient_id);
create index study_by_name on study (patient_name_alphabetic);
create index study_by_ideographic on study (patient_name_ideographic) where patient_name_ideographic is not null;
create index study_by_phonetic on study (patient_name_phonetic) where patient_name_phonetic is not null;
create index study_by_moment on study (study_date desc, study_time_first desc);
create index study_by_accession on study (accession_number);
create index study_by_birth_date on study (birth_date);
create index study_modalities on study_modality (study);
create index study_sop_classes on study_sop_class (study);
create unique index series_by_uid on series (uid, study);
create index series_odd on series (id) where odd;
create index series_by_study on series (study);
create index series_by_modality on series (modality, study);
create table instance (
  id integer primary key,
  uid_hash integer not null,
  uid text not null,
  series integer not null,
  sop_class integer not null,
  transfer_syntax integer not null,
  source integer not null,
  size integer not null,
  data_set_offset integer not null,
  received_at integer not null,
  serial integer not null,
  crc32 integer,
  name text,
  patient_id text
);
create index instance_by_uid on instance (uid_hash);
create index instance_by_series on instance (series);
create table task (
  id integer primary key autoincrement,
  kind text not null,
  uid text not null,
  detail text not null
);
create index task_by_kind on task (kind, id);
create table state (
  name text primary key,
  value integer not null
) without rowid;
create table kept (tag integer primary key);
`;

export { hashOf } from "../../sqlite/hash.ts";

/** The name that most instances have in the store, which needn't be written down. */
export function usualName(study: string, series: string, instance: string): string {
  return `${study}/${series}/${instance}.dcm`;
}
