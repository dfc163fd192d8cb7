/** `gantry listen` as a process: SIGHUP replaces its routes. */

import assert from "node:assert/strict";
import { makeInstance } from "../../support/instances.ts";
import { temporaryFolder } from "../../support/folders.ts";
import { gantry, listeningGantry } from "../../support/gantry.ts";

Deno.test({
  name: "SIGHUP replaces the routes of gantry listen; those of a wrong file change nothing",
  ignore: Deno.build.os === "windows",
  async fn() {
    using folder = temporaryFolder();
    const { path } = folder;
    for (const name of ["one", "two"]) Deno.mkdirSync(`${path}/${name}`);
    const places = `destinations: { ONE: { folder: ${path}/one }, TWO: { folder: ${path}/two } }\n`;
    const file = `${path}/site.yaml`;
    const write = (routes: string) => Deno.writeTextFileSync(file, `${places}${routes}`);
    write("routes: [{ name: first, when: { Modality: CT }, to: ONE }, { name: none, to: ONE }]");
    await using listening = await listeningGantry({ args: ["--config", file] });
    const send = async (sopInstanceUid: string) => {
      Deno.writeFileSync(`${path}/${sopInstanceUid}.dcm`, makeInstance({ sopInstanceUid }).file);
      const sent = await gantry(["send", `GANTRY@127.0.0.1:${listening.port}`, `${path}/${sopInstanceUid}.dcm`]);
      assert.equal(sent.code, 0, sent.stderr);
    };

    await send("1.2.3.1");
    await listening.logged(/"job-attempted".*"ONE"/);
    write("routes: [{ name: second, to: TWO }]");
    listening.process.kill("SIGHUP");
    await listening.logged(/"event":"routes-replaced".*"routes":1/);
    await send("1.2.3.2");
    await listening.logged(/"job-attempted".*"TWO"/);
    write("routes: [{ name: third, when: { Modalty: CT }, to: ONE }]");
    listening.process.kill("SIGHUP");
    const { message } = await listening.logged(/"event":"routes-not-replaced"/);
    assert.match(message, /^The old routes stay\. .*routes\[0\]\.when\.Modalty.*Modality \(did you mean that\?\)/s);
    await send("1.2.3.3");
    await listening.logged(/"job-attempted".*"1\.2\.3\.3"/);
    const attempts = listening.log.filter(({ event }) => event === "job-attempted");
    assert.deepEqual(attempts.map(({ lane }) => lane), ["ONE", "TWO", "TWO"]);
    assert.equal((await listening.end()).code, 0);
  },
});
