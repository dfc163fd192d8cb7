import assert from "node:assert/strict";
import { isWebCall, resolveSourceCall } from "../../../src/cli/command_line/archive_call.ts";
import { UsageError } from "../../../src/cli/command_line/command.ts";
import { resolvePeerCall } from "../../../src/cli/command_line/peer.ts";
import { parseConfig } from "../../../src/config.ts";
import { temporaryFolder } from "../../support/folders.ts";
import { noPeerFlags } from "./peer_flags.ts";

const config = await parseConfig(`
peers:
  CLOUD: { url: "https://cloud.example/dicom-web", token: of-the-configuration }
  PACS: { aeTitle: ORTHANC, host: pacs.example, port: 4242 }
`);
const url = "https://other.example/dicom-web";
const env = (name: string) => name === "GANTRY_DICOMWEB_TOKEN" ? "of-the-environment" : undefined;

function resolve(written: string, flags: Partial<typeof noPeerFlags> = {}) {
  const call = resolveSourceCall(written, { ...noPeerFlags, ...flags }, config, env);
  assert(isWebCall(call));
  return call;
}

Deno.test("a DICOMweb server is a URL, or a peer with one, and each has its own token", () => {
  assert.deepEqual(resolve(url).web, { url, token: "of-the-environment" });
  assert.equal(resolve("CLOUD").web.token, "of-the-configuration");
  assert.equal(resolve("CLOUD", { timeout: 5 }).timeout, 5);
  using folder = temporaryFolder();
  Deno.writeTextFileSync(`${folder.path}/token`, "of-the-file\n");
  const tokenFile = `${folder.path}/token`;
  for (const written of [url, "CLOUD"]) assert.equal(resolve(written, { tokenFile }).web.token, "of-the-file");
  assert.throws(() => resolve(url, { tokenFile: `${folder.path}/none` }), UsageError);
  assert.equal(resolve(url).destination("ORTHANC").host, "pacs.example");
});

Deno.test("flags about associations, and URLs with more than a path, are refused", () => {
  for (const flags of [{ aeTitle: "A" }, { tls: true }, { ca: "a.pem" }, { user: "a" }]) {
    assert.throws(() => resolve("CLOUD", flags), /with a DICOMweb server/);
  }
  for (const written of ["https://user:pass@a/b", "https://a/b?c=d", "https://"]) {
    assert.throws(() => resolve(written), UsageError, written);
  }
});

Deno.test("a command that needs DIMSE says so of a DICOMweb server", () => {
  for (const written of ["CLOUD", url]) {
    assert.throws(() => resolvePeerCall(written, noPeerFlags, config, env), /needs a peer that speaks DIMSE/);
  }
});
