/**
 * The tables of a queue as the first version made them.
 *
 * @module
 */

export const VERSION_1 = `
create table lane (
  id integer primary key,
  name text not null unique,
  paused integer not null default 0,
  turn integer not null default 0,
  ready integer not null default 0,
  leased integer not null default 0,
  waiting integer not null default 0,
  held integer not null default 0,
  dead integer not null default 0,
  delivered integer not null default 0
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
  settled_at integer not null default 0
);
create index job_by_instance on job (uid_hash);
create index job_by_unit on job (unit, state, id);
create index job_by_state on job (lane, state, id);
create index job_by_due on job (lane, due) where state = 2;
create index job_by_lease on job (lane, lease_until) where state = 1;
create index job_by_end on job (settled_at) where state = 5;
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
  bytes integer not null
);
create index delivery_by_instance on delivery (uid_hash);
create index delivery_by_study on delivery (study);
create table checked (id integer primary key, at integer not null);
create trigger delivery_is_only_appended_to before update on delivery
begin select raise(abort, 'the delivery log is only appended to'); end;
pragma user_version = 1;
pragma application_id = 1196512581;
`;
