import assert from "node:assert/strict";
import { temporaryFolder } from "../support/folders.ts";
import { gantry, type ListeningGantry, listeningGantry } from "../support/gantry.ts";
import { type MadeInstance, makeInstance, writeInstances } from "../support/instances.ts";
import { dcmtk, peerTest } from "../support/peers.ts";
import { run } from "../support/process.ts";
import { assertKept, HERE } from "./support.ts";

/** Sends an instance by storescu; answers its output. */
async function send(gateway: ListeningGantry, instance: MadeInstance, ...options: string[]): Promise<string> {
  using folder = temporaryFolder();
  const paths = writeInstances(folder.path, [instance]);
  const { code, stdout, stderr } = await dcmtk("storescu", ["-v", ...options, HERE, String(gateway.port), ...paths]);
  assert.equal(code, 0, stderr);
  return stdout + stderr;
}

for (const onExisting of ["replace", "keep-first"] as const) {
  Deno.test(
    peerTest(`storescu: the same SOP instance again, with onExisting: ${onExisting}`, ["storescu"], async () => {
      const first = makeInstance({ pixelBytes: 200_000 });
      const { sopInstanceUid } = first;
      const other = makeInstance({ sopInstanceUid, pixelBytes: 200_000, pixel: 1 });
      const sameInImplicit = makeInstance({ sopInstanceUid, pixelBytes: 200_000, transferSyntax: "1.2.840.10008.1.2" });
      await using gateway = await listeningGantry({ config: `archive: { onExisting: ${onExisting} }` });
      await send(gateway, first);
      const written = Deno.statSync(`${gateway.data}/instances/${first.name}`);
      await send(gateway, first, "-aet", "ANOTHER");
      assertKept(gateway, [first]);
      const again = Deno.statSync(`${gateway.data}/instances/${first.name}`);
      assert.deepEqual([again.ino, again.mtime], [written.ino, written.mtime], "identical ones are kept once");

      await send(gateway, other);
      assertKept(gateway, [onExisting === "replace" ? other : first]);
      await send(gateway, sameInImplicit, "--propose-implicit");
      assertKept(gateway, [onExisting === "replace" ? sameInImplicit : first]);
    }),
  );
}

Deno.test(
  peerTest(
    "storescu: the same SOP instance from eight senders at once is one of them, whole",
    ["storescu"],
    async () => {
      const sopInstanceUid = "1.2.3.4.5";
      const versions = Array.from(
        { length: 8 },
        (_, pixel) => makeInstance({ sopInstanceUid, pixelBytes: 2_000_000, pixel }),
      );
      await using gateway = await listeningGantry();
      await Promise.all(versions.map((instance) => send(gateway, instance)));
      const [name = ""] = gateway.instances;
      const kept = versions.find(({ dataSet }) => dataSet.at(-1) === gateway.read(name).at(-1));
      assert.ok(kept !== undefined);
      assertKept(gateway, [kept]);
    },
  ),
);

/** A file system of so many bytes of its own; undefined where none can be mounted. */
async function smallDisk(bytes: number): Promise<AsyncDisposable & { readonly path: string } | undefined> {
  const path = Deno.makeTempDirSync({ prefix: "gantry-disk-" });
  const mounted = await run("mount", ["-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", path]).catch(() => undefined);
  if (mounted?.code !== 0) {
    Deno.removeSync(path);
    return undefined;
  }
  return {
    path,
    async [Symbol.asyncDispose]() {
      await run("umount", [path]);
      Deno.removeSync(path);
    },
  };
}

async function health({ origin }: ListeningGantry): Promise<[code: number, status: string]> {
  const response = await fetch(`${origin}/health`);
  return [response.status, (await response.json()).status];
}

const MEGABYTE = 1024 * 1024;

/** Whether a file system can be mounted here; it takes root, and a container that allows it. */
const mountable = await (async () => {
  await using disk = await smallDisk(MEGABYTE);
  return disk !== undefined;
})();

Deno.test({
  name: `a full disk is answered with 0xA700, and is no trouble any more once there is room${
    mountable ? "" : " (not run: nothing can be mounted here)"
  }`,
  ignore: !mountable,
  async fn() {
    // Two journal files take 32 MiB of it.
    await using disk = await smallDisk(80 * MEGABYTE);
    assert.ok(disk !== undefined);
    await using gateway = await listeningGantry({ data: `${disk.path}/data`, config: "archive: { reserve: 0 }" });
    const before = makeInstance();
    const large = makeInstance({ pixelBytes: 20 * MEGABYTE });
    const store = async (instance: MadeInstance) => {
      using folder = temporaryFolder();
      const paths = writeInstances(folder.path, [instance]);
      const { stdout } = await gantry(["send", `GANTRY@${HERE}:${gateway.port}`, ...paths, "--json"]);
      return JSON.parse(stdout.split("\n")[0] ?? "").status;
    };
    assert.equal(await store(before), 0);
    const filler = `${disk.path}/filler`;
    assert.throws(() => Deno.writeFileSync(filler, new Uint8Array(100 * MEGABYTE)), /No space left/);
    assert.equal(await store(large), 0xA700);
    assert.match((await gateway.logged(/"event":"operation-ended".*"status":"0xA700"/)).message, /out of resources/);
    assertKept(gateway, [before]);
    assert.deepEqual(await health(gateway), [503, "fail"]);

    Deno.removeSync(filler);
    assert.equal(await store(large), 0);
    assertKept(gateway, [before, large]);
    assert.deepEqual(await health(gateway), [200, "pass"]);
  },
});
