/** What the queue in a file does beyond what every queue does. */

import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { InstanceNotKeptError } from "../../src/errors.ts";
import { openSqliteQueue } from "../../src/queue/sqlite_queue.ts";
import { temporaryFolder } from "../support/folders.ts";
import { claim, delivered, newJob, numbers, subject } from "./support.ts";
import { VERSION_1 } from "./version_1.ts";

Deno.test("openSqliteQueue() finds what was there, and what was leased is ready", async () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/queue.sqlite`;
  {
    await using queue = openSqliteQueue(path);
    for (const number of [1, 2]) queue.add(subject(number), [newJob()]);
    await queue.pause("DISK", true);
    const [job] = await claim(queue, { limit: 1 });
    assert.equal(job?.state, "leased");
  }
  await using queue = openSqliteQueue(path);
  assert.deepEqual(numbers(await claim(queue)), [1, 2]);
  assert.deepEqual((await queue.lanes()).map(({ name, paused }) => [name, paused]), [["DISK", true], ["PACS", false]]);
});

Deno.test("sync() makes what was added survive the end of the process, however it comes", async () => {
  using folder = temporaryFolder();
  const [path, copy] = [`${folder.path}/queue.sqlite`, `${folder.path}/copy.sqlite`];
  await using queue = openSqliteQueue(path);
  queue.add(subject(1), [newJob()]);
  await queue.sync();
  for (const suffix of ["", "-wal"]) await Deno.copyFile(path + suffix, copy + suffix);
  await using left = openSqliteQueue(copy);
  assert.deepEqual(numbers(await claim(left)), [1]);
});

Deno.test("openSqliteQueue() refuses what is no queue, damaged, or of a later version, and changes nothing", async () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/queue.sqlite`;
  await openSqliteQueue(path)[Symbol.asyncDispose]();
  const other = `${folder.path}/other.sqlite`;
  const database = new DatabaseSync(other);
  database.exec("create table some (thing)");
  database.close();
  assert.throws(() => openSqliteQueue(other), /holds no queue of Gantry/);
  const later = new DatabaseSync(path);
  later.exec("pragma user_version = 99");
  later.close();
  assert.throws(() => openSqliteQueue(path), /it has version 99, expected 3/);
  await Deno.writeTextFile(path, "no database at all, but long enough to be looked at: ".repeat(100));
  assert.throws(() => openSqliteQueue(path), /Cannot read the queue .*move it away to go on without the jobs in it/);
});

/** Makes of the tables as they are those of version 1. */
const BACK_TO_1 = `
alter table delivery drop column sent_uid;
alter table delivery drop column sent_study;
drop index job_by_awaits;
drop index job_by_wait;
alter table job drop column awaits;
drop index job_by_choice;
alter table job drop column choice;
alter table job drop column refused_by;
pragma user_version = 1;
`;

Deno.test("openSqliteQueue() brings a queue of version 1 along, with all that has still to be sent", async () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/queue.sqlite`;
  {
    await using queue = openSqliteQueue(path);
    for (const number of [1, 2, 3]) queue.add(subject(number), [newJob()]);
    queue.settle((await claim(queue, { limit: 1 })).map((job) => delivered(job)));
  }
  const database = new DatabaseSync(path);
  database.exec(BACK_TO_1);
  database.close();
  for (let start = 1; start <= 2; start++) {
    await using queue = openSqliteQueue(path);
    assert.deepEqual(numbers(await queue.jobs({ states: ["ready"] }, { limit: 9 })), [2, 3]);
    assert.equal((await queue.deliveries({}, { limit: 9 })).length, 1);
    queue.add(subject(4), [newJob({ awaits: "a", due: 9000 })]);
    assert.equal(await queue.lastAwaiting("a"), 4);
  }
  const columns = (name: string) => {
    const queue = new DatabaseSync(name);
    const all = queue.prepare("select m.name, c.name as column from sqlite_schema m, pragma_table_info(m.name) c")
      .all();
    const indexes = queue.prepare("select name, sql from sqlite_schema where type = 'index' order by name").all();
    queue.close();
    return [all, indexes];
  };
  const fresh = `${folder.path}/fresh.sqlite`;
  await openSqliteQueue(fresh)[Symbol.asyncDispose]();
  assert.deepEqual(columns(path), columns(fresh));
});

Deno.test("what awaits something is found by an index, whatever else the queue has", async () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/queue.sqlite`;
  const asked: string[] = [];
  const { prepare } = DatabaseSync.prototype;
  try {
    DatabaseSync.prototype.prepare = function (sql: string) {
      asked.push(sql);
      return prepare.call(this, sql);
    };
    await using queue = openSqliteQueue(path);
    queue.add(subject(1), [newJob({ awaits: "a", due: 9000 })]);
    asked.length = 0;
    await queue.awaited({ limit: 9 });
    await queue.lanes();
    await queue.lastAwaiting("a");
    await queue.lastAwaiting("a", "PACS");
    await queue.change({ awaits: "a", through: 1 }, { action: "release" }, { limit: 9, now: 4000 });
  } finally {
    DatabaseSync.prototype.prepare = prepare;
  }
  const database = new DatabaseSync(path);
  const plans = asked.filter((sql) => /^(select|with).*awaits (<>|=) ''/.test(sql)).map((sql) =>
    database.prepare(`explain query plan ${sql}`).all(...sql.replace(/[^?]/g, "").split("").map(() => 1)).map((row) =>
      row.detail
    ).join("; ")
  );
  database.close();
  assert.equal(plans.length, 5);
  for (const plan of plans) {
    assert.match(plan, /job.* USING (COVERING )?INDEX job_by_(awaits|wait)|SEARCH j USING INDEX job_by_awaits/);
  }
  for (const plan of plans) assert.doesNotMatch(plan, /SCAN job|SCAN j |TEMP B-TREE/);
});

Deno.test("a queue of the first version is read, with all that waits in it, and knows what later ones know", async () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/queue.sqlite`;
  const database = new DatabaseSync(path);
  database.exec(VERSION_1);
  database.exec(
    "insert into lane (id, name, ready) values (1, 'PACS', 1); " +
      "insert into unit (id, lane, key, priority, study, ready, jobs) values (1, 1, '1.2', 1, '1.2', 1, 1); " +
      "insert into job (lane, unit, uid, uid_hash, recipe, route, state, due, serial, received_at, size, added_at) " +
      "values (1, 1, '1.2.3.1', 0, '', 'all', 0, 0, 1, 1001, 100, 1000)",
  );
  database.close();
  for (let time = 1; time <= 2; time++) {
    await using queue = openSqliteQueue(path);
    const jobs = await queue.jobs({}, { limit: 9 });
    assert.deepEqual(jobs.map(({ sopInstanceUid, state, choice }) => [sopInstanceUid, state, choice]), [
      ["1.2.3.1", "ready", []],
    ]);
  }
  await using queue = openSqliteQueue(path);
  queue.add(subject(2), [newJob({ choice: ["PACS", "DISK"] })]);
  assert.deepEqual((await queue.choices("PACS")).length, 1);
  assert.deepEqual(numbers(await claim(queue)), [1, 2]);
});

Deno.test("what has a choice is found by an index, however much else there is", async () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/queue.sqlite`;
  const asked: string[] = [];
  const { prepare } = DatabaseSync.prototype;
  try {
    DatabaseSync.prototype.prepare = function (sql: string) {
      asked.push(sql);
      return prepare.call(this, sql);
    };
    await using queue = openSqliteQueue(path);
    queue.add(subject(1), [newJob({ choice: ["PACS", "DISK"] })]);
    const [group] = await queue.choices("PACS");
    await queue.choose("PACS", group!, "DISK", { limit: 9 });
  } finally {
    DatabaseSync.prototype.prepare = prepare;
  }
  const database = new DatabaseSync(path);
  const plans = asked.filter((sql) => sql.includes("choice <> ''")).map((sql) =>
    database.prepare(`explain query plan ${sql}`).all(...sql.replace(/[^?]/g, "").split("").map(() => 1)).map((row) =>
      row.detail
    ).join("; ")
  );
  database.close();
  assert.equal(plans.length, 2);
  for (const plan of plans) {
    assert.match(plan, /USING (COVERING )?INDEX job_by_choice/);
    assert.doesNotMatch(plan, /SCAN j|TEMP B-TREE/);
  }
});

Deno.test("what was settled, and what is claimed next, share a transaction", async () => {
  using folder = temporaryFolder();
  await using queue = openSqliteQueue(`${folder.path}/queue.sqlite`);
  for (let number = 1; number <= 4; number++) queue.add(subject(number), [newJob()]);
  const first = await claim(queue, { limit: 2 });
  const { exec } = DatabaseSync.prototype;
  const asked: string[] = [];
  try {
    DatabaseSync.prototype.exec = function (sql: string) {
      asked.push(sql);
      return exec.call(this, sql);
    };
    queue.settle(first.map((job) => delivered(job)));
    assert.deepEqual(numbers(await claim(queue, { limit: 2 })), [3, 4]);
  } finally {
    DatabaseSync.prototype.exec = exec;
  }
  assert.deepEqual(asked, ["begin immediate", "commit"]);
});

Deno.test("a claim that fails takes back what was settled with it, which is settled by the next", async () => {
  using folder = temporaryFolder();
  await using queue = openSqliteQueue(`${folder.path}/queue.sqlite`);
  for (let number = 1; number <= 4; number++) queue.add(subject(number), [newJob()]);
  queue.settle((await claim(queue, { limit: 2 })).map((job) => delivered(job)));
  const leaseUntil = {} as unknown as number; // SQLite takes no such thing.
  await assert.rejects(claim(queue, { limit: 2, leaseUntil }));
  assert.deepEqual(numbers(await claim(queue, { limit: 2 })), [3, 4]);
  const [lane] = await queue.lanes();
  assert.deepEqual(lane?.counts, { ready: 0, leased: 2, waiting: 0, held: 0, dead: 0, delivered: 2 });
  assert.equal((await queue.deliveries({}, { limit: 9 })).length, 2);
});

Deno.test("what a claim looks for is found by an index, however much else there is", async () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/queue.sqlite`;
  const asked: string[] = [];
  const { prepare } = DatabaseSync.prototype;
  try {
    DatabaseSync.prototype.prepare = function (sql: string) {
      asked.push(sql);
      return prepare.call(this, sql);
    };
    await using queue = openSqliteQueue(path);
    queue.add(subject(1), [newJob()]);
    await queue.sync();
    asked.length = 0;
    assert.equal((await claim(queue)).length, 1);
  } finally {
    DatabaseSync.prototype.prepare = prepare;
  }
  const database = new DatabaseSync(path);
  const plans = asked.filter((sql) => /(from|update) (job|unit)/.test(sql)).map((sql) =>
    database.prepare(`explain query plan ${sql}`).all(...sql.replace(/[^?]/g, "").split("").map(() => 1)).map((row) =>
      row.detail
    ).join("; ")
  );
  database.close();
  assert.match(plans.join("\n"), /job_by_due[^]*job_by_lease[^]*unit_by_turn[^]*job_by_unit/);
  for (const plan of plans) assert.doesNotMatch(plan, /SCAN|TEMP B-TREE/);
});

Deno.test("the delivery log can't be changed", async () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/queue.sqlite`;
  {
    await using queue = openSqliteQueue(path);
    queue.add(subject(1), [newJob()]);
    queue.settle((await claim(queue)).map((job) => delivered(job)));
  }
  const database = new DatabaseSync(path);
  assert.throws(() => database.exec("update delivery set class = 'x'"), /only appended to/);
  database.close();
});

Deno.test("a queue on a full disk says so before anything depends on it, and keeps what it was given until there is room", async () => {
  using folder = temporaryFolder();
  await using queue = openSqliteQueue(`${folder.path}/queue.sqlite`);
  const { exec } = DatabaseSync.prototype;
  try {
    DatabaseSync.prototype.exec = () => {
      throw Object.assign(new Error("database or disk is full"), { errcode: 13 });
    };
    queue.prepare();
    queue.add(subject(1), [newJob()]);
    await assert.rejects(queue.lanes(), /disk is full/);
    assert.throws(
      () => queue.prepare(),
      (error) => error instanceof InstanceNotKeptError && error.reason === "out-of-resources",
    );
    assert.equal((await queue.check()).usable, false);
  } finally {
    DatabaseSync.prototype.exec = exec;
  }
  queue.prepare();
  assert.deepEqual(numbers(await claim(queue)), [1]);
});
