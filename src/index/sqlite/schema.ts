/**
 * The tables of the SQLite index.
 *
 * UIDs are long and many. So what instances share stands once: a series with its study and patient in `series`, SOP classes,
 * transfer syntaxes and AE titles in `term`; and a name in the store that follows from the UIDs isn't written at all. An
 * instance is found by a number made of its UID, which indexes in a quarter of the room that the text would take.
 *
 * @module
 */

/** `application_id` of our databases: "GIDX". */
export const APPLICATION_ID = 0x47494458;

/** `user_version`. One that is higher was made by a later version; one that is lower is made anew. */
export const SCHEMA_VERSION = 1;

export const SCHEMA = `
create table term (
  id integer primary key,
  text text not null unique
);
create table series (
  id integer primary key,
  patient_id text not null,
  study_uid text not null,
  series_uid text not null
);
create unique index series_by_uid on series (series_uid, study_uid, patient_id);
create index series_by_study on series (study_uid);
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
  name text
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
`;

/** A number of 53 bits that stands for a text; others may have the same. */
export function hashOf(text: string): number {
  let low = 0xdeadbeef;
  let high = 0x41c6ce57;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    low = Math.imul(low ^ code, 2654435761);
    high = Math.imul(high ^ code, 1597334677);
  }
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  return 4294967296 * (2097151 & high) + (low >>> 0);
}

/** The name that most instances have in the store, which needn't be written down. */
export function usualName(study: string, series: string, instance: string): string {
  return `${study}/${series}/${instance}.dcm`;
}
