/**
 * The tables of the SQLite queue.
 *
 * Counters are in `lane` and `unit`, and every change of a state updates them: a lane may have a million jobs, too many to
 * count each time. SQLite finds a unit by its turn, and a job by its unit; neither depends on how many others wait.
 *
 * @module
 */

import { JOB_PRIORITIES, JOB_STATES, type JobPriority, type JobState } from "../job.ts";

/** `application_id` of our databases: "GQUE". */
export const APPLICATION_ID = 0x47515545;

/** `user_version`. A lower version has to be migrated, never made anew: only this database has the jobs. */
export const SCHEMA_VERSION = 3;

/** Makes the tables. */
export const SCHEMA: string = `
create table lane (
  id integer primary key,
  name text not null unique,
  paused integer not null default 0,
  turn integer not null default 0,
${JOB_STATES.map((state) => `  ${state} integer not null default 0`).join(",\n")}
);
create table unit (
  id integer primary key,
  lane integer not null,
  key text not null,
  priority integer not null,
  study text not null,
  turn integer not null default 0,
  ready integer not null default 0,
  leased integer not null default 0,
  jobs integer not null default 0,
  unique (lane, key, priority)
);
create index unit_by_turn on unit (lane, priority, turn) where ready > 0 and leased = 0;
create index unit_by_study on unit (study);
create table job (
  id integer primary key autoincrement,
  lane integer not null,
  unit integer not null,
  uid text not null,
  uid_hash integer not null,
  recipe text not null,
  route text not null,
  state integer not null,
  due integer not null,
  attempts integer not null default 0,
  refusals integer not null default 0,
  worker text,
  lease_until integer not null default 0,
  last_class text not null default '',
  last_status text not null default '',
  last_error text not null default '',
  serial integer not null,
  received_at integer not null,
  size integer not null,
  added_at integer not null,
  settled_at integer not null default 0,
  awaits text not null default '',
  choice text not null default '',
  refused_by text not null default ''
);
create index job_by_instance on job (uid_hash);
create index job_by_unit on job (unit, state, id);
create index job_by_state on job (lane, state, id);
create index job_by_due on job (lane, due) where state = 2;
create index job_by_wait on job (lane, state, awaits, id) where state = 2 and awaits = '';
create index job_by_lease on job (lane, lease_until) where state = 1;
create index job_by_end on job (settled_at) where state = 5;
create index job_by_awaits on job (awaits, id) where awaits <> '';
create index job_by_choice on job (lane, choice, refused_by, state, id) where choice <> '';
create table delivery (
  id integer primary key autoincrement,
  job integer not null,
  lane integer not null,
  route text not null,
  recipe text not null,
  uid text not null,
  uid_hash integer not null,
  study text not null,
  attempt integer not null,
  at integer not null,
  class text not null,
  status text not null,
  error text not null,
  milliseconds integer not null,
  bytes integer not null,
  sent_uid text,
  sent_study text
);
create index delivery_by_instance on delivery (uid_hash);
create index delivery_by_study on delivery (study);
create table checked (id integer primary key, at integer not null);
create trigger delivery_is_only_appended_to before update on delivery
begin select raise(abort, 'the delivery log is only appended to'); end;
`;

/** Statements that migrate a version of the tables to the next one, by the version. */
export const MIGRATIONS: Readonly<Record<number, string>> = {
  1: `
alter table job add column awaits text not null default '';
create index job_by_awaits on job (awaits, id) where awaits <> '';
create index job_by_wait on job (lane, state, awaits, id) where state = 2 and awaits = '';
alter table job add column choice text not null default '';
alter table job add column refused_by text not null default '';
create index job_by_choice on job (lane, choice, refused_by, state, id) where choice <> '';
`,
  2: `
alter table delivery add column sent_uid text;
alter table delivery add column sent_study text;
`,
};

/** Lanes as they are written: their names have no spaces. */
export function lanesText(lanes: readonly string[]): string {
  return lanes.join(" ");
}

/** The lanes that are written so. */
export function lanesOf(text: string): readonly string[] {
  return text === "" ? [] : text.split(" ");
}

/** A state as it is written: its place in `JOB_STATES`. */
export function stateNumber(state: JobState): number {
  return JOB_STATES.indexOf(state);
}

/** The state that is written so. */
export function stateOf(number: number): JobState {
  return JOB_STATES[number] ?? "held";
}

/** A priority as it is written: 0 is the most urgent. */
export function priorityNumber(priority: JobPriority): number {
  return JOB_PRIORITIES.indexOf(priority);
}

/** The priority that is written so. */
export function priorityOf(number: number): JobPriority {
  return JOB_PRIORITIES[number] ?? "medium";
}
