/** What was planted in instances does not get through a route that de-identifies, and their references resolve. */

import assert from "node:assert/strict";
import * as UID from "../../src/dicom/generated/uid.ts";
import type { OutgoingInstance } from "../../src/routing/destinations/destination.ts";
import { MarksIn, plantedDataSet, Planter, wrongIn } from "../deidentify/planting.ts";
import { Random } from "../support/random.ts";
import { ChangingGateway, configOf, ct } from "./changing.ts";

const change = '[{ deidentify: { key: "a key for tests alone" } }]';

Deno.test("nothing that was planted gets through a route: not in bytes, nor in what a destination is told beside them", async () => {
  const told: string[] = [];
  const sink = {
    async store({ stream, release: _, ...instance }: OutgoingInstance) {
      told.push(JSON.stringify(instance));
      for await (const _ of stream());
    },
  };
  const { routes: [configured], ...config } = await configOf(
    `routes: [{ name: research, to: PACS, change: ${change} }]`,
  );
  const routes = [{ ...configured!, to: ["PACS", "SINK"] }];
  await using gateway = await ChangingGateway.start("", {
    config: { ...config, routes },
    destinations: { SINK: sink },
  });
  const cases = [[[], "", UID.ImplicitVRLittleEndian], [["ISO_IR 192"], "Ä山", UID.ExplicitVRLittleEndian]] as const;
  for (const [seed, [terms, letters, transferSyntax]] of cases.entries()) {
    const planter = new Planter(new Random(20 + seed), letters);
    const dataSet = plantedDataSet(planter, terms);
    await gateway.send([dataSet], { transferSyntax, callingAeTitle: "PHI900004" });
    await gateway.until("delivered", 2 * (seed + 1));
    const { bytes } = gateway.received[seed]!;
    const after = new MarksIn(new TextDecoder("latin1").decode(bytes));
    assert.deepEqual(wrongIn(planter.planted, after), { survivors: [], lost: [] });
    assert.ok(planter.planted.length > 3000);
  }
  assert.equal(told.length, 2);
  for (const text of told) assert.doesNotMatch(text, /PHI\d|1\.2\.3\./);
});

Deno.test("references between instances of a study resolve after a route, on every gateway that has its key", async () => {
  const study = [1, 2, 3].map((number) =>
    ct({
      SOPInstanceUID: `1.2.3.77.${number}`,
      ReferencedImageSequence: [{
        ReferencedSOPClassUID: UID.CTImageStorage,
        ReferencedSOPInstanceUID: `1.2.3.77.${number % 3 + 1}`,
      }],
    })
  );
  const uids: string[][] = [];
  for (const half of [study.slice(0, 2), study.slice(2)]) {
    await using gateway = await ChangingGateway.start(`routes: [{ name: research, to: PACS, change: ${change} }]`);
    await gateway.send(half);
    await gateway.until("delivered", half.length);
    for (const { dataSet } of gateway.received) {
      uids.push([
        dataSet.get("SOPInstanceUID")!,
        dataSet.get("ReferencedImageSequence[0].ReferencedSOPInstanceUID") as string,
        dataSet.get("StudyInstanceUID")!,
      ]);
    }
  }
  const own = uids.map(([uid]) => uid);
  assert.deepEqual(uids.map(([, referred]) => own.indexOf(referred!)), [1, 2, 0]);
  assert.equal(new Set(uids.map(([, , studyUid]) => studyUid)).size, 1);
});
