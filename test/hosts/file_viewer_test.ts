import assert from "node:assert/strict";
import { parseConfig } from "../../src/config.ts";
import { startGateway } from "../../src/hosts/deno.ts";
import { openViewer } from "../../src/hosts/file_viewer.ts";
import { temporaryFolder } from "../support/folders.ts";

Deno.test("openViewer() lists files in all folders, and follows no links", async () => {
  using folder = temporaryFolder();
  using elsewhere = temporaryFolder();
  await Deno.writeTextFile(`${elsewhere.path}/secret`, "secret");
  await Deno.mkdir(`${folder.path}/assets/deep`, { recursive: true });
  await Deno.writeTextFile(`${folder.path}/index.html`, "<p>page");
  await Deno.writeTextFile(`${folder.path}/assets/deep/a.js`, "script");
  await Deno.symlink(`${elsewhere.path}/secret`, `${folder.path}/link`);
  await Deno.symlink(elsewhere.path, `${folder.path}/folder`);
  const { index, files } = await openViewer(folder.path);
  assert.equal(index, "<p>page");
  assert.deepEqual(files.map(({ name }) => name).sort(), ["assets/deep/a.js", "index.html"]);
  const script = files.find(({ name }) => name.endsWith(".js"))!;
  assert.equal(await new Response(script.stream()).text(), "script");
  const { version } = script;
  await Deno.writeTextFile(`${folder.path}/assets/deep/a.js`, "other script");
  assert.notEqual((await openViewer(folder.path)).files.find(({ name }) => name.endsWith(".js"))!.version, version);
});

Deno.test("openViewer() says how to install what isn't there", async () => {
  using folder = temporaryFolder();
  await assert.rejects(
    openViewer(folder.path),
    /^Error: Cannot serve the viewer in .*: it has no index.html; install it with/,
  );
  await assert.rejects(openViewer(`${folder.path}/node_modules/@ohif/app/dist`), /npm pack @ohif\/app/);
});

Deno.test("the viewer asks for a token wherever DICOMweb wants one, of whatever kind", async () => {
  using folder = temporaryFolder();
  await Deno.mkdir(`${folder.path}/viewer`);
  await Deno.writeTextFile(`${folder.path}/viewer/index.html`, "<p>page");
  const kinds = [["", false], ["token: 0123456789abcdef,", true], [
    "tokens: { doctors: { token: 0123456789abcdef, scopes: [read] } },",
    true,
  ]] as const;
  for (const [index, [tokens, asks]] of kinds.entries()) {
    const config = await parseConfig(`
archive: { path: "${folder.path}/data-${index}" }
http: { port: 0, ${tokens} viewer: "${folder.path}/viewer" }
dicom: { host: 127.0.0.1, port: 0 }
`);
    await using running = await startGateway(config);
    const origin = `http://127.0.0.1:${running.http!.port}`;
    const studies = await fetch(`${origin}/dicom-web/studies`);
    await studies.body?.cancel();
    assert.equal(studies.status === 401, asks, tokens);
    const script = await (await fetch(`${origin}/ohif/app-config.js`)).text();
    assert.equal(script.includes("Token of this gateway"), asks, tokens);
  }
});
