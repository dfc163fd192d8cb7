import assert from "node:assert/strict";
import { runPasswd } from "../../../src/cli/commands/passwd.ts";
import { connectionPair } from "../../../src/transport/memory.ts";
import { identifyUsers } from "../../../src/access/user_file.ts";
import { usernameIdentity } from "../../../src/access/user_identity.ts";
import { associateRq } from "../../support/scripted_peer.ts";
import { fakeTerminal } from "../terminal.ts";

async function run(user: string, passcodes: (string | undefined)[]) {
  const terminal = fakeTerminal();
  const prompts: string[] = [];
  const code = await runPasswd({ operands: [user], values: {}, terminal }, (prompt) => {
    prompts.push(prompt);
    return Promise.resolve(passcodes.shift());
  });
  return { code, out: terminal.out.text(), prompts };
}

Deno.test("gantry passwd prints a line by which the user is identified", async () => {
  const { code, out, prompts } = await run("Dr. Müller", ["open sesame", "open sesame"]);
  assert.equal(code, 0);
  assert.deepEqual(prompts, ["Passcode of Dr. Müller: ", "The same again: "]);
  assert.match(out, /^Dr\. Müller:\$pbkdf2-sha256\$i=600000\$[^:$]+\$[^:$]+\n$/);
  const [connection] = connectionPair();
  const identify = identifyUsers(() => out);
  const identity = usernameIdentity("Dr. Müller", "open sesame");
  assert.deepEqual(await identify(identity, associateRq(), connection), { name: "Dr. Müller" });
});

Deno.test("gantry passwd wants a passcode, the same twice", async () => {
  await assert.rejects(run("a", [undefined]), /^Error: Cannot hash the passcode: it is empty$/);
  await assert.rejects(run("a", ["b", "c"]), /^Error: Cannot make a hash: the passcodes differ$/);
});

Deno.test("gantry passwd refuses names that a file of users can't hold", async () => {
  for (const user of ["", " ", " a", "a:b", "#a", "a\nb", "a".repeat(2000)]) {
    await assert.rejects(run(user, ["b", "b"]), { name: "UsageError", message: /^Cannot use the name / }, user);
  }
});
