import assert from "node:assert/strict";
import { hashPasscode } from "../../src/access/passcode.ts";
import { temporaryFolder } from "../support/folders.ts";
import { gantry, listeningGantry, startGantry } from "../support/gantry.ts";
import { makeInstance, writeInstances } from "../support/instances.ts";
import { dcmtk, peerTest } from "../support/peers.ts";
import { assertKept, HERE } from "./support.ts";

/** A file of users in a folder: `ct1` with a passcode, and `open` without one. */
async function writeUsers(folder: string, passcode = "open sesame"): Promise<string> {
  const file = `${folder}/users.txt`;
  await Deno.writeTextFile(file, `# users\nct1:${await hashPasscode(passcode, 100_000)}\nopen:-\n`);
  return file;
}

const ANY_USER = "dicom: { users: FILE, allow: [{ users: any }] }";

Deno.test(peerTest("storescu with a user identity: the right passcode alone is taken", ["storescu"], async (t) => {
  using folder = temporaryFolder();
  const config = ANY_USER.replace("FILE", await writeUsers(folder.path));
  await using listening = await listeningGantry({ config });
  const instance = makeInstance();
  const [path = ""] = writeInstances(folder.path, [instance]);
  const store = (...user: string[]) => dcmtk("storescu", [...user, HERE, String(listening.port), path]);
  const right = ["--user", "ct1", "--password", "open sesame"];
  // With a positive response, storescu wants the answer that the standard has for it (PS3.7 D.3.3.7.2).
  for (const user of [right, [...right, "--pos-response"], ["--user", "open"], ["--user", "open", "--pos-response"]]) {
    await t.step(`taken: ${user.join(" ")}`, async () => {
      const { code, stderr } = await store(...user);
      assert.equal(code, 0, stderr);
      assertKept(listening, [instance]);
    });
  }
  await Deno.writeTextFile(`${folder.path}/token`, "a token");
  const wrong: [user: string[], told: RegExp][] = [
    [[], /it needs a user identity/],
    [["--user", "ct1", "--password", "guess"], /the user identity is wrong/],
    [["--user", "ct1", "--empty-password"], /the user identity is wrong/],
    [["--user", "ct1"], /the user identity is wrong/],
    [["--user", "nobody", "--password", "open sesame"], /the user identity is wrong/],
    [["--user", "open", "--password", "open sesame"], /the user identity is wrong/],
    [["--kerberos", `${folder.path}/token`], /of a type that is not checked here/],
    [["--saml", `${folder.path}/token`], /of a type that is not checked here/],
    [["--jwt", `${folder.path}/token`], /of a type that is not checked here/],
  ];
  for (const [user, told] of wrong) {
    await t.step(`refused: ${user.join(" ") || "nobody"}`, async () => {
      const { code, stderr } = await store(...user);
      assert.notEqual(code, 0);
      assert.match(stderr, /Result: Rejected Permanent, Source: Service User/);
      assert.match(stderr, /Reason: No Reason/);
      assert.match((await listening.logged(new RegExp(told.source))).message, told);
    });
  }
  assert.equal((await listening.logged(/"association-established"/)).user, "ct1");
  assert.doesNotMatch(listening.process.output, /open sesame|guess/);
}));

Deno.test("gantry echo and gantry send tell a user identity, and gantry listen checks it", async () => {
  using folder = temporaryFolder();
  const users = await writeUsers(folder.path);
  await using listening = await listeningGantry({ config: ANY_USER.replace("FILE", users) });
  const instance = makeInstance();
  const [path = ""] = writeInstances(folder.path, [instance]);
  const peer = `GANTRY@${HERE}:${listening.port}`;
  const env = { GANTRY_PASSCODE: "open sesame" };
  const echo = await gantry(["echo", peer, "--user", "ct1"], { env });
  assert.equal(echo.code, 0, echo.stderr);
  await Deno.writeTextFile(`${folder.path}/passcode`, "open sesame\n");
  const send = await gantry(["send", peer, path, "--user", "ct1", "--passcode-file", `${folder.path}/passcode`]);
  assert.equal(send.code, 0, send.stderr);
  assertKept(listening, [instance]);

  const named =
    `peers: { G: { aeTitle: GANTRY, host: ${HERE}, port: ${listening.port}, user: ct1, passcode: "$\{P}" } }`;
  await Deno.writeTextFile(`${folder.path}/gantry.yaml`, named);
  const configured = await gantry(["echo", "G"], { cwd: folder.path, env: { P: "open sesame" } });
  assert.equal(configured.code, 0, configured.stderr);
  const wrong = await gantry(["echo", "G"], { cwd: folder.path, env: { P: "guess" } });
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /associate failed: Cannot associate: rejected-permanent by service-user, no-reason-given/);

  // The sidecar of another gateway tells the peer's user as well.
  await using other = await listeningGantry({ config: named, env: { P: "open sesame" } });
  const headers = { "Content-Type": "application/json" };
  const response = await fetch(`${other.origin}/echo`, { method: "POST", headers, body: '{ "peer": "G" }' });
  assert.deepEqual([response.status, (await response.json()).status], [200, 0]);

  // What the file says holds at once.
  await writeUsers(folder.path, "changed");
  assert.equal((await gantry(["echo", peer, "--user", "ct1"], { env })).code, 1);
  assert.equal((await gantry(["echo", peer, "--user", "ct1"], { env: { GANTRY_PASSCODE: "changed" } })).code, 0);
});

Deno.test("gantry listen does not start with a file of users that can't be used", async () => {
  using folder = temporaryFolder();
  const attempt = async (users: string) => {
    await Deno.writeTextFile(`${folder.path}/gantry.yaml`, `dicom: { users: ${users}, port: 0 }\nhttp: { port: 0 }`);
    await using child = startGantry(["listen"], { cwd: folder.path });
    const { code, stderr } = await child.exited;
    assert.equal(code, 1);
    return stderr;
  };
  await Deno.writeTextFile(`${folder.path}/users.txt`, "ct1:-\nct2:open sesame\n");
  assert.match(await attempt("users.txt"), /^gantry: Cannot use the users in users\.txt: .*line 2: expected a hash/m);
  assert.match(await attempt("nowhere.txt"), /^gantry: Cannot use the users in nowhere\.txt: No such file/m);
  assert.doesNotMatch(await attempt("users.txt"), /sesame/);
});
