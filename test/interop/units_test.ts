/** Studies are sent as one to real peers, by real peers. */

import assert from "node:assert/strict";
import * as UID from "../../src/dicom/generated/uid.ts";
import { createProcedureStep, setProcedureStep } from "../../src/services/procedure_steps.ts";
import { requestAssociation, type ScuAssociation } from "../../src/services/scu.ts";
import { connectTcp } from "../../src/transport/deno.ts";
import { creation, ending } from "../procedure_steps/steps.ts";
import { filesBelow, temporaryFolder } from "../support/folders.ts";
import { type ListeningGantry, listeningGantry } from "../support/gantry.ts";
import { type MadeInstance, makeInstance, writeInstances } from "../support/instances.ts";
import { dcmtk, peerTest, startStoreScp } from "../support/peers.ts";
import { HERE } from "./support.ts";

const STUDY = "1.2.3.2";

function configFor(port: number, quiet: string): string {
  return `peers: { STORESCP: { aeTitle: STORESCP, host: 127.0.0.1, port: ${port} } }\n` +
    `routing: { units: { quiet: ${quiet}, cap: 10m } }\n` +
    "routes: [{ name: whole, unit: study, to: [STORESCP] }]\n";
}

/** Has storescu send instances in an association of its own. */
async function storescu({ port }: ListeningGantry, instances: readonly MadeInstance[]): Promise<void> {
  using folder = temporaryFolder();
  writeInstances(folder.path, instances);
  const { code, stderr } = await dcmtk("storescu", ["-aec", "GANTRY", "+sd", HERE, String(port), folder.path]);
  assert.equal(code, 0, stderr);
}

async function associate(
  { port }: ListeningGantry,
  callingAeTitle: string,
  services: readonly string[],
): Promise<ScuAssociation> {
  const connection = await connectTcp({ hostname: HERE, port });
  return await requestAssociation(connection, {
    calledAeTitle: "GANTRY",
    callingAeTitle,
    presentationContexts: services.map((abstractSyntax) => ({
      abstractSyntax,
      transferSyntaxes: [UID.ExplicitVRLittleEndian],
    })),
  });
}

const made = (count: number) => Array.from({ length: count }, () => makeInstance({ studyInstanceUid: STUDY }));

/** Waits for the log to say that instances were delivered, and looks whether storescp has them. */
async function delivered(gateway: ListeningGantry, folder: string, instances: readonly MadeInstance[]): Promise<void> {
  for (const { sopInstanceUid } of instances) {
    await gateway.logged(new RegExp(`"sopInstance":"${sopInstanceUid.replaceAll(".", "\\.")}","class":"delivered"`));
  }
  assert.equal(filesBelow(folder).length, instances.length);
}

async function jobs({ origin }: ListeningGantry): Promise<readonly { readonly state: string }[]> {
  return (await (await fetch(`${origin}/jobs`)).json()).jobs;
}

Deno.test(
  peerTest(
    "storescu sends a study in two associations, and storescp gets it as one",
    ["storescu", "storescp"],
    async () => {
      await using scp = await startStoreScp();
      await using gateway = await listeningGantry({ config: configFor(scp.port, "1s"), logLevel: "info" });
      const study = made(5);
      // However long storescu takes to start, somebody of its name has an association open in between.
      const between = await associate(gateway, "STORESCU", [UID.SecondaryCaptureImageStorage]);
      await storescu(gateway, study.slice(0, 3));
      await storescu(gateway, study.slice(3));
      await between.release();
      const { closedBy, instances, generation, level } = await gateway.logged(/"unit-closed"/);
      assert.deepEqual([closedBy, instances, generation, level], ["quiet", 5, 1, "info"]);
      await delivered(gateway, scp.folder, study);
      const log = gateway.log.map(({ event }) => event).filter((event) => /unit-closed|job-attempted/.test(event));
      assert.equal(log[0], "unit-closed", "nothing was sent before");
    },
  ),
);

Deno.test(
  peerTest(
    "a modality that completes its step has its study sent to storescp at the last instance, though it stays connected",
    ["storescp"],
    async () => {
      await using scp = await startStoreScp();
      await using gateway = await listeningGantry({ config: configFor(scp.port, "10m"), logLevel: "info" });
      const instances = made(4);
      const services = [UID.SecondaryCaptureImageStorage, UID.ModalityPerformedProcedureStep];
      await using association = await associate(gateway, "CT1", services);
      const { provider } = association;
      const sopInstanceUid = await createProcedureStep(provider, {
        dataSet: creation({
          ScheduledStepAttributesSequence: [{ StudyInstanceUID: STUDY, ScheduledProcedureStepID: "S1" }],
          PerformedSeriesSequence: [],
        }),
      });
      for (const instance of instances.slice(0, 3)) assert.equal((await association.store(instance)).status, 0);
      const listed = instances.map((instance) => ({
        ReferencedSOPClassUID: instance.sopClassUid,
        ReferencedSOPInstanceUID: instance.sopInstanceUid,
      }));
      const series = { ProtocolName: "HEAD", SeriesInstanceUID: "1.2.3.3", ReferencedImageSequence: listed };
      await setProcedureStep(provider, { sopInstanceUid, dataSet: ending({ PerformedSeriesSequence: [series] }) });
      assert.deepEqual((await jobs(gateway)).map(({ state }) => state), ["waiting", "waiting", "waiting"]);
      assert.equal((await association.store(instances[3]!)).status, 0);
      const { closedBy, instances: count } = await gateway.logged(/"unit-closed"/);
      assert.deepEqual([closedBy, count], ["mpps", 4]);
      await delivered(gateway, scp.folder, instances);
    },
  ),
);

Deno.test(
  peerTest(
    "a gateway that is killed while a study comes sends it after its next start",
    ["storescu", "storescp"],
    async () => {
      await using scp = await startStoreScp();
      using folder = temporaryFolder();
      const data = `${folder.path}/data`;
      const study = made(3);
      {
        const config = configFor(scp.port, "10m");
        await using gateway = await listeningGantry({ data, config, logLevel: "info" });
        await storescu(gateway, study);
        assert.deepEqual((await jobs(gateway)).map(({ state }) => state), ["waiting", "waiting", "waiting"]);
        gateway.process.kill("SIGKILL");
      }
      assert.equal(filesBelow(scp.folder).length, 0);
      await using gateway = await listeningGantry({ data, config: configFor(scp.port, "1s"), logLevel: "info" });
      const { closedBy, instances } = await gateway.logged(/"unit-closed"/);
      assert.deepEqual([closedBy, instances], ["quiet", 3]);
      await delivered(gateway, scp.folder, study);
    },
  ),
);
