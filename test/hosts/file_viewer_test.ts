import assert from "node:assert/strict";
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
