import assert from "node:assert/strict";
import { createLog } from "../../src/cli/log.ts";
import { follow, readIdentity } from "../../src/cli/pem_files.ts";
import { TransportError } from "../../src/errors.ts";
import type { TlsIdentity } from "../../src/transport/listener.ts";
import { certificates, type Identity, opensslPresent } from "../support/certificates.ts";
import { temporaryFolder } from "../support/folders.ts";
import { capture } from "./terminal.ts";

/** Files of an identity in a folder that goes away, and the log of who follows them. */
function identityFiles(identity: Identity) {
  const folder = temporaryFolder();
  const files = { certificate: `${folder.path}/crt`, key: `${folder.path}/key` };
  const write = ({ cert, key }: Pick<Identity, "cert" | "key">) => {
    Deno.writeTextFileSync(files.certificate, cert);
    Deno.writeTextFileSync(files.key, key);
  };
  write(identity);
  const output = capture();
  const lines = new EventTarget();
  const write_ = output.write;
  output.write = (text) => {
    write_(text);
    lines.dispatchEvent(new Event("line"));
  };
  const log = createLog(output, { format: "json", level: "info" });
  const events = () => output.lines().map((line) => JSON.parse(line).event);
  /** Resolves when so many lines were logged. */
  const logged = async (count: number) => {
    while (events().length < count) {
      await new Promise((resolve) => lines.addEventListener("line", resolve, { once: true }));
    }
    return events();
  };
  return { files, write, log, logged, messages: () => output.lines().map((line) => JSON.parse(line).message), folder };
}

Deno.test("readIdentity() says which file can't be read", async () => {
  await assert.rejects(readIdentity({ certificate: "/nowhere/crt", key: "/nowhere/key" }), (error) => {
    assert.ok(error instanceof TransportError);
    assert.match(error.message, /^Cannot read \/nowhere\/crt: No such file or directory/);
    return true;
  });
});

Deno.test({
  name: "follow() uses what the files have become, and says once what can't be used",
  ignore: !opensslPresent,
  async fn() {
    const { server, client, expired } = await certificates();
    const { files, write, log, logged, messages, folder } = identityFiles(server);
    using _ = folder;
    const used: TlsIdentity[] = [];
    const identity = await readIdentity(files);
    const replace = (identity: TlsIdentity): Promise<void> => {
      if (identity.key === client.key) return Promise.reject(new Error("Cannot use it: it is the client's"));
      used.push(identity);
      return Promise.resolve();
    };
    using _following = follow(files, { name: "test", identity, replace }, log, 1);
    write(client);
    // The key follows its certificate: in between, anything may have been tried.
    assert.equal((await logged(1)).at(-1), "certificate-not-replaced");
    write(expired);
    await logged(3);
    assert.deepEqual(used.at(-1), { cert: expired.cert, key: expired.key });
    assert.match(messages().at(-1), /^The certificate \(test\) expired on 2021-01-01$/);
    const before = messages().length;
    Deno.removeSync(files.key);
    assert.deepEqual((await logged(before + 1)).slice(before), ["certificate-not-replaced"]);
    write(server);
    assert.deepEqual((await logged(before + 2)).slice(before + 1), ["certificate-replaced"]);
    assert.deepEqual(used.at(-1), identity);
  },
});
