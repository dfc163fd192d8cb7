import assert from "node:assert/strict";
import { requestAssociation, type ScuAssociation } from "../../src/services/scu.ts";
import { connectTcp } from "../../src/transport/deno.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import { filesBelow, temporaryFolder } from "../support/folders.ts";
import { type MadeInstance, makeInstance, readContent } from "../support/instances.ts";
import { Process } from "../support/process.ts";
import { bundleForNode, nodeRuntimeTests } from "../support/runtimes.ts";

interface Ports {
  readonly dicom: number;
  readonly http: number;
}

async function associate({ dicom: port }: Ports): Promise<ScuAssociation> {
  const { sopClassUid, transferSyntax } = makeInstance();
  return await requestAssociation(await connectTcp({ hostname: "127.0.0.1", port }), {
    calledAeTitle: "GANTRY",
    presentationContexts: [
      { abstractSyntax: UID.Verification, transferSyntaxes: [UID.ImplicitVRLittleEndian] },
      { abstractSyntax: sopClassUid, transferSyntaxes: [transferSyntax] },
    ],
  });
}

function assertKept(data: string, instances: readonly MadeInstance[]): void {
  assert.deepEqual(filesBelow(`${data}/instances`), instances.map(({ name }) => name).sort());
  for (const { name, dataSet } of instances) {
    assert.deepEqual(readContent(Deno.readFileSync(`${data}/instances/${name}`)).dataSet, dataSet);
  }
  assert.deepEqual(filesBelow(`${data}/incoming`), []);
}

const tests = nodeRuntimeTests(
  "a gateway with files, TCP and HTTP keeps what it acknowledged, killed or drained",
  async (command) => {
    using folder = temporaryFolder();
    const program = `${folder.path}/gateway.mjs`;
    await bundleForNode(new URL("gateway.ts", import.meta.url), program);
    const data = `${folder.path}/data`;
    const kept: MadeInstance[] = [];
    for (const signal of ["SIGKILL", "SIGTERM", "SIGTERM"] as const) {
      await using gateway = new Process(command, [program, data]);
      const ports: Ports = JSON.parse(await gateway.line(/^\{/));
      assertKept(data, kept);
      const health = await fetch(`http://127.0.0.1:${ports.http}/health`);
      assert.equal((await health.json()).status, "pass");

      const association = await associate(ports);
      assert.equal(await association.echo(), 0x0000);
      // The journal takes the first, and the last comes in many pieces.
      for (const pixelBytes of [512, 300_000, 5_000_000]) {
        const instance = makeInstance({ pixelBytes, pixel: kept.length });
        assert.deepEqual(await association.store(instance), { status: 0x0000 });
        kept.push(instance);
      }
      assertKept(data, kept);
      if (signal === "SIGTERM") await association.release();
      gateway.kill(signal);
      const { code, stderr } = await gateway.exited;
      assert.equal(stderr, "");
      assert.equal(code, signal === "SIGKILL" ? 128 + 9 : 0);
      await association.closed;
    }
    assertKept(data, kept);
  },
);
for (const test of tests) Deno.test(test);
