import assert from "node:assert/strict";
import { makeInstance } from "../../support/instances.ts";
import { archiveOf, assertProblem, find, ROOT, serverOf } from "./support.ts";

const SERIES = "/studies/1.2.3.2/series/1.2.3.3";

/** An archive of two series, the first of two instances, and a server that may delete. */
async function setting() {
  const made = [makeInstance(), makeInstance(), makeInstance({ seriesInstanceUid: "1.2.3.4" })];
  const { source, index, store } = await archiveOf(made);
  const deletable = {
    source,
    async delete(sopInstanceUids: Iterable<string>) {
      const deleted = [];
      for (const uid of sopInstanceUids) {
        const instance = await index.find(uid);
        if (instance === undefined) continue;
        await index.delete(uid);
        await store.delete(instance.name);
        deleted.push(instance);
      }
      return deleted;
    },
  };
  return { made, source, app: serverOf(source, { deletable }) };
}

Deno.test("DELETE of an instance, a series, a study", async () => {
  const { app, made } = await setting();
  const remove = async (path: string) => (await app.request(ROOT + path, { method: "DELETE" })).status;
  const count = async () => (await find(app, "/instances")).length;
  assert.equal(await remove(`${SERIES}/instances/${made[0]!.sopInstanceUid}`), 204);
  assert.equal(await count(), 2);
  assert.equal(await remove(SERIES), 204);
  assert.equal(await count(), 1);
  assert.equal(await remove("/studies/1.2.3.2"), 204);
  assert.equal(await count(), 0);
  await assertProblem(await app.request(`${ROOT}${SERIES}`, { method: "DELETE" }), 404, /no such series/);
});

Deno.test("DELETE is seen in metadata at once, and deletes nothing that its path doesn't name", async () => {
  const { app, made } = await setting();
  const metadata = async () => (await find(app, `${SERIES}/metadata`)).length;
  assert.equal(await metadata(), 2);
  await app.request(`${ROOT}${SERIES}/instances/${made[0]!.sopInstanceUid}`, { method: "DELETE" });
  assert.equal(await metadata(), 1);
  const elsewhere = `/studies/1.2.3.2/series/1.2.3.4/instances/${made[1]!.sopInstanceUid}`;
  await assertProblem(await app.request(ROOT + elsewhere, { method: "DELETE" }), 404, /no such instance/);
  await assertProblem(await app.request(`${ROOT}/studies/..%2f`, { method: "DELETE" }), 400, /no UID/);
  assert.equal((await find(app, "/instances")).length, 2);
});

Deno.test("without anything to delete from there is no DELETE", async () => {
  const { source, made } = await setting();
  const app = serverOf(source);
  const response = await app.request(`${ROOT}${SERIES}/instances/${made[0]!.sopInstanceUid}`, { method: "DELETE" });
  await assertProblem(response, 405, /This path has GET/);
  assert.equal((await find(app, "/instances")).length, 3);
});
