/** `gantry conformance`: it says what a gateway of the configuration accepts, and the page in docs/ is that of the defaults. */

import assert from "node:assert/strict";
import { conformance } from "../../../src/cli/commands/conformance.ts";
import { askGateway } from "../../../src/cli/conformance/ask_gateway.ts";
import { conformanceStatement } from "../../../src/cli/conformance/statement.ts";
import { defaultConfig, parseConfig } from "../../../src/config.ts";
import * as UID from "../../../src/dicom/generated/uid.ts";
import { isStorageSopClass, storageSopClasses } from "../../../src/dicom/sop_classes.ts";
import { transferSyntaxes } from "../../../src/dicom/transfer_syntaxes.ts";
import { temporaryFolder } from "../../support/folders.ts";
import { fakeTerminal } from "../terminal.ts";

async function statementOf(yaml: string): Promise<string> {
  using folder = temporaryFolder();
  Deno.writeTextFileSync(`${folder.path}/gantry.yaml`, yaml);
  const terminal = fakeTerminal();
  assert.equal(await conformance.execute(["--config", `${folder.path}/gantry.yaml`], terminal), 0);
  return terminal.out.text();
}

Deno.test("docs/conformance.md is the statement of the defaults", async () => {
  const page = Deno.readTextFileSync(new URL("../../../docs/conformance.md", import.meta.url));
  const made = conformanceStatement(defaultConfig, await askGateway(defaultConfig));
  assert.ok(page === made, "run deno task docs:conformance");
});

Deno.test("askGateway() finds the SOP classes and transfer syntaxes that a gateway accepts", async () => {
  const { sopClasses, acceptsPrivateSopClass, acceptsPrivateTransferSyntax } = await askGateway(defaultConfig);
  const found = sopClasses.map(({ uid }) => uid);
  assert.ok(found.includes(UID.Verification));
  const storage = storageSopClasses();
  assert.deepEqual(found.filter(isStorageSopClass).sort(), storage.toSorted());
  const ct = sopClasses.find(({ uid }) => uid === UID.CTImageStorage);
  assert.deepEqual(ct?.transferSyntaxes, transferSyntaxes().map(({ uid }) => uid));
  assert.deepEqual([acceptsPrivateSopClass, acceptsPrivateTransferSyntax], [true, true]);
});

Deno.test("askGateway() asks a gateway whose rules would let nobody in", async () => {
  const config = await parseConfig(
    "dicom: { requireCalledAeTitle: true, unknownSopClasses: refuse, allow: [{ address: 192.0.2.1 }] }\naeTitle: OTHER",
  );
  const { sopClasses, acceptsPrivateSopClass } = await askGateway(config);
  assert.ok(sopClasses.length > 100);
  assert.equal(acceptsPrivateSopClass, false);
});

Deno.test("gantry conformance tells what the configuration says", async () => {
  const statement = await statementOf(`
aeTitle: ARCHIVE
dicom:
  port: 104
  maxAssociations: 7
  requireCalledAeTitle: true
  unknownSopClasses: refuse
  allow: [{ aeTitle: CT1, may: [echo, store] }, { aeTitle: MR1 }]
archive: { onExisting: replace, unreadable: refuse }
tls: { certificate: a.crt, key: a.key, clientCa: ca.crt, profile: bcp195-extended }
peers:
  PACS: { aeTitle: PACS, host: 192.0.2.10, port: 4242, tls: {} }
`);
  for (
    const part of [
      "AE title `ARCHIVE`",
      "port 104, with TLS",
      "| simultaneous associations as acceptor | 7 |",
      "The called AE title must be `ARCHIVE`",
      "one of 2 access rules. Of these, 1 names the services that it allows: presentation contexts of other services get",
      "refuses SOP classes that PS3.6 does not list",
      "the new one has replaced it",
      "the data set violates PS3.5, or its transfer syntax is unknown",
      "Extended BCP 195 (PS3.15 B.11)",
      "Client certificates are required",
      "Configured peers: 1",
    ]
  ) assert.ok(statement.includes(part), part);
});
