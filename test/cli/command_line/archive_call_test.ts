import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import {
  type ArchiveCall,
  isArchiveCall,
  resolveSourceCall,
  type SourceCall,
} from "../../../src/cli/command_line/archive_call.ts";
import { UsageError } from "../../../src/cli/command_line/command.ts";
import { resolvePeerCall } from "../../../src/cli/command_line/peer.ts";
import { parseConfig } from "../../../src/config.ts";
import { noPeerFlags } from "./peer_flags.ts";

/** A file that can be read. */
const FILE = fileURLToPath(import.meta.url);

async function call(written: string, yaml = "", flags: Partial<typeof noPeerFlags> = {}): Promise<SourceCall> {
  return resolveSourceCall(written, { ...noPeerFlags, ...flags }, await parseConfig(yaml), () => undefined);
}

async function archiveCall(yaml: string, flags: Partial<typeof noPeerFlags> = {}): Promise<ArchiveCall> {
  const resolved = await call("ARCHIVE", yaml, flags);
  assert.ok(isArchiveCall(resolved));
  return resolved;
}

Deno.test("ARCHIVE is the archive of the configuration, and any other word is a peer", async () => {
  const peers = "peers: { PACS: { aeTitle: A, host: a, port: 104 } }";
  const archive = await archiveCall("{ aeTitle: GW, archive: { path: /srv } }");
  assert.deepEqual([archive.config.archive.path, archive.callingAeTitle], ["/srv", "GW"]);
  for (const written of ["PACS", "ARCHIVE@host:104"]) assert.ok(!isArchiveCall(await call(written, peers)));
  await assert.rejects(call("archive", peers), /^UsageError: .*"archive": did you mean ARCHIVE\?$/);
  await assert.rejects(call("PACSS", peers), /did you mean PACS\?$/);
  const config = await parseConfig(peers);
  assert.throws(() => resolvePeerCall("ARCHIVE", noPeerFlags, config, () => undefined), UsageError);
});

Deno.test("a gateway that has the archive open is asked at its own port, from this machine", async () => {
  const reached = async (yaml: string) => {
    const { host, port, tls } = (await archiveCall(yaml)).gateway("store");
    return [host, port, tls];
  };
  assert.deepEqual(await reached(""), ["127.0.0.1", 11112, undefined]);
  assert.deepEqual(await reached('dicom: { host: "::", port: 104 }'), ["::1", 104, undefined]);
  assert.deepEqual(await reached("dicom: { host: 10.0.0.5 }"), ["10.0.0.5", 11112, undefined]);
  assert.deepEqual(await reached("tls: { certificate: a.crt, key: a.key }"), ["127.0.0.1", 11112, {}]);
  const { gateway } = await archiveCall("tls: { certificate: a.crt, key: a.key }", { ca: FILE, user: "ct1" });
  const { tls, userIdentity } = gateway("ask");
  assert.deepEqual([tls, userIdentity?.type], [{ ca: FILE }, "username"]);
  const { gateway: unknown } = await archiveCall("dicom: { port: 0 }");
  assert.throws(() => unknown("store"), /its port is not known/);
});

Deno.test("a gateway is asked by a title behind which its archive stands alone", async () => {
  const peers = "peers: { PACS: { aeTitle: A, host: a, port: 104 } }";
  const asked = async (answers: string, more = "") => {
    const { gateway } = await archiveCall(`{ aeTitle: GW, ${peers}, answers: ${answers} ${more} }`);
    return gateway("ask").calledAeTitle;
  };
  assert.equal(await asked("{}"), "GW");
  assert.equal(await asked("{ OTHER: [PACS] }"), "GW");
  assert.equal(await asked("{ default: [PACS], GW: [archive] }"), "GW");
  assert.equal(await asked("{ default: [archive, PACS], LOCAL: [archive] }"), "LOCAL");
  for (const none of ["{ default: [PACS] }", "{ default: [] }", "{ GW: [archive, PACS] }"]) {
    await assert.rejects(
      asked(none),
      /^Error: Cannot ask the gateway that has the archive open: .* \(answers\)$/,
      none,
    );
  }
  await assert.rejects(asked("{ default: [], L: [archive] }", ", dicom: { requireCalledAeTitle: true }"), /answers/);
});

Deno.test("what leaves the archive goes to a configured peer, by its AE title", async () => {
  const { destination } = await archiveCall(
    "peers: { S: { aeTitle: STORE, host: s, port: 105, maxAssociations: 3, user: u } }",
    { aeTitle: "ME", tls: true, user: "other", timeout: 5 },
  );
  const { host, port, callingAeTitle, maxAssociations, tls, timeouts, userIdentity } = destination("STORE");
  assert.deepEqual([host, port, callingAeTitle, maxAssociations, tls, timeouts.connect], [
    ...["s", 105, "ME", 3, undefined, 5],
  ]);
  assert.deepEqual(userIdentity && new TextDecoder().decode(userIdentity.primaryField), "u");
  assert.throws(() => destination("STOR"), /^UsageError: Cannot move to "STOR": .*; did you mean STORE\?$/);
  assert.throws(() => destination("S"), /no configured peer has this AE title/);
});

Deno.test("a configuration has no peer of the name of the archive", async () => {
  for (const name of ["ARCHIVE", "archive", "Archive"]) {
    await assert.rejects(
      parseConfig(`peers: { ${name}: { aeTitle: A, host: a, port: 104 } }`),
      /peers\.\w+: found .*, expected another name: this one stands for the gateway's own archive/,
    );
  }
});
