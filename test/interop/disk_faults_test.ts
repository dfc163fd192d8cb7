/** What a sender hears when the archive's disk is in trouble, and that a gateway needs no restart afterwards. */

import assert from "node:assert/strict";
import { requestAssociation, type ScuAssociation } from "../../src/services/scu.ts";
import { connectTcp } from "../../src/transport/deno.ts";
import { temporaryFolder } from "../support/folders.ts";
import type { Faults } from "../support/faulty_fs.ts";
import { type ListeningGantry, listeningGantry } from "../support/gantry.ts";
import { type MadeInstance, makeInstance } from "../support/instances.ts";
import { standInForFileSystem } from "../support/stand_ins.ts";
import { assertKept, HERE } from "./support.ts";

/** What the archive can't do at the moment. */
interface Trouble {
  readonly faults: Faults;
  /** What the sender is told after "Cannot write to the archive: ". */
  readonly told: string;
}

const troubles: Readonly<Record<string, Trouble>> = {
  "a full disk": { faults: { write: "ENOSPC" }, told: "no space is left (ENOSPC)" },
  "a quota that is used up": { faults: { write: "EDQUOT", change: "EDQUOT" }, told: "the quota is used up (EDQUOT)" },
  "a read-only file system": { faults: { change: "EROFS" }, told: "the file system is read-only (EROFS)" },
  "a folder that it may not write to": { faults: { change: "EACCES" }, told: "access is denied (EACCES)" },
  "a folder that vanished for good": { faults: { change: "ENOENT" }, told: "its folder has vanished (ENOENT)" },
  "a disk that fails to write": { faults: { write: "EIO" }, told: "the disk reports an input or output error (EIO)" },
  "a disk that fails to flush": { faults: { flush: "EIO" }, told: "the disk reports an input or output error (EIO)" },
};

/** The journal takes the first, and the second is flushed by itself. */
function instances(): [small: MadeInstance, large: MadeInstance] {
  return [makeInstance(), makeInstance({ pixelBytes: 1_000_000 })];
}

/** An association for these instances. */
async function associate(gateway: ListeningGantry): Promise<ScuAssociation> {
  const { sopClassUid, transferSyntax } = makeInstance();
  return await requestAssociation(await connectTcp({ hostname: HERE, port: gateway.port }), {
    calledAeTitle: "GANTRY",
    presentationContexts: [{ abstractSyntax: sopClassUid, transferSyntaxes: [transferSyntax] }],
  });
}

async function healthOf({ origin }: ListeningGantry): Promise<string> {
  return (await (await fetch(`${origin}/health`)).json()).status;
}

Deno.test("trouble with the disk is answered with 0xA700, and what comes when it is over is kept, on the same association", async (t) => {
  using folder = temporaryFolder();
  const file = `${folder.path}/faults.json`;
  const denoOptions = standInForFileSystem(folder.path, new URL("../support/faulty_fs.ts", import.meta.url));
  const options = { data: `${folder.path}/data`, denoOptions, env: { GANTRY_TEST_FAULTS: file } };
  const kept: MadeInstance[] = [];
  {
    await using gateway = await listeningGantry(options);
    await using association = await associate(gateway);
    for (const [name, { faults, told }] of Object.entries(troubles)) {
      await t.step(name, async () => {
        const [before, refused] = [instances(), instances()];
        for (const instance of before) assert.deepEqual(await association.store(instance), { status: 0x0000 });
        kept.push(...before);

        Deno.writeTextFileSync(file, JSON.stringify(faults));
        for (const instance of refused) {
          const { status, errorComment = "" } = await association.store(instance);
          assert.equal(status.toString(16), "a700");
          assert.ok(`Cannot write to the archive: ${told}`.startsWith(errorComment), errorComment);
        }
        assert.ok(gateway.log.some(({ message }) => message.endsWith(`Cannot write to the archive: ${told}`)));
        assertKept(gateway, kept);
        assert.equal(await healthOf(gateway), "fail");

        Deno.removeSync(file);
        for (const instance of refused) assert.deepEqual(await association.store(instance), { status: 0x0000 });
        kept.push(...refused);
        assertKept(gateway, kept);
        assert.equal(await healthOf(gateway), "pass");
      });
    }
    gateway.process.kill("SIGKILL");
    await gateway.process.exited;
  }
  await using gateway = await listeningGantry(options);
  assertKept(gateway, kept);
});

Deno.test("an archive's folder that is removed is made again by the next instance", async () => {
  await using gateway = await listeningGantry();
  await using association = await associate(gateway);
  for (const instance of instances()) await association.store(instance);
  for (const instance of instances()) {
    Deno.removeSync(gateway.data, { recursive: true });
    assert.deepEqual(await association.store(instance), { status: 0x0000 });
    assertKept(gateway, [instance]);
    assert.equal(await healthOf(gateway), "pass");
  }
});
