import assert from "node:assert/strict";
import { denoPlatform } from "../../src/hosts/deno_platform.ts";
import { follow } from "../../src/hosts/followed_identity.ts";
import type { HostNotice } from "../../src/hosts/notice.ts";
import { readIdentity } from "../../src/hosts/pem_files.ts";
import { readCertificate, readPemCertificates } from "../../src/transport/certificate.ts";
import type { TlsIdentity } from "../../src/transport/listener.ts";
import { certificates, type Identity, opensslPresent } from "../support/certificates.ts";
import { FakeTime } from "../support/fake_time.ts";
import { temporaryFolder } from "../support/folders.ts";

const DAY = 24 * 60 * 60 * 1000;

/** Files of an identity in a folder that goes away, and what is told by who follows them. */
function identityFiles(identity: Identity) {
  const folder = temporaryFolder();
  const paths = { certificate: `${folder.path}/crt`, key: `${folder.path}/key` };
  const write = ({ cert, key }: Pick<Identity, "cert" | "key">) => {
    Deno.writeTextFileSync(paths.certificate, cert);
    Deno.writeTextFileSync(paths.key, key);
  };
  write(identity);
  const notices: HostNotice[] = [];
  let { promise: next, resolve: tell } = Promise.withResolvers<void>();
  const onNotice = (notice: HostNotice) => {
    notices.push(notice);
    tell();
    ({ promise: next, resolve: tell } = Promise.withResolvers<void>());
  };
  /** The events, when so many notices were given. */
  const told = async (count: number) => {
    while (notices.length < count) await next;
    return notices.map(({ event }) => event);
  };
  return { paths, write, onNotice, told, messages: () => notices.map(({ message }) => message), folder };
}

Deno.test({
  name: "follow() uses what the files have become, and says once what can't be used",
  ignore: !opensslPresent,
  async fn() {
    const { server, client, expired } = await certificates();
    const { paths, write, onNotice, told, messages, folder } = identityFiles(server);
    using _ = folder;
    const used: TlsIdentity[] = [];
    const identity = await readIdentity(denoPlatform, paths);
    const replace = (identity: TlsIdentity): Promise<void> => {
      if (identity.key === client.key) return Promise.reject(new Error("Cannot use it: it is the client's"));
      used.push(identity);
      return Promise.resolve();
    };
    using _following = follow({ name: "test", identity, paths, replace }, denoPlatform, onNotice, { interval: 1 });
    write(client);
    // The key follows its certificate: in between, anything may have been tried.
    assert.equal((await told(1)).at(-1), "certificate-not-replaced");
    write(expired);
    await told(3);
    assert.deepEqual(used.at(-1), { cert: expired.cert, key: expired.key });
    assert.match(messages().at(-1) ?? "", /^The certificate \(test\) expired on 2021-01-01$/);
    const before = messages().length;
    Deno.removeSync(paths.key);
    assert.deepEqual((await told(before + 1)).slice(before), ["certificate-not-replaced"]);
    write(server);
    assert.deepEqual((await told(before + 2)).slice(before + 1), ["certificate-replaced"]);
    assert.deepEqual(used.at(-1), identity);
  },
});

Deno.test({
  name: "follow() warns every day of a certificate that is about to expire while the gateway runs, and that has",
  ignore: !opensslPresent,
  async fn() {
    using time = new FakeTime();
    const { server } = await certificates();
    const { paths, onNotice, messages, folder } = identityFiles(server);
    using _ = folder;
    const { notAfter } = readCertificate(readPemCertificates(server.cert)[0]!);
    const date = new Date(notAfter).toISOString().slice(0, 10);
    let now = notAfter - 31 * DAY;
    const identity = await readIdentity(denoPlatform, paths);
    const followed = { name: "test", identity, paths, replace: () => Promise.resolve() };
    // The files can't be read here: that says nothing about the certificate that is used.
    const files = { readTextFile: () => Promise.reject(new Error("no such file")) };
    using _following = follow(followed, files, onNotice, { now: () => now });
    const told = async (days: number) => {
      now = notAfter + days * DAY;
      await time.advance(10_000);
      return messages().filter((message) => message.startsWith("The certificate"));
    };
    assert.deepEqual(await told(-30.1), []);
    const expires = `The certificate (test) expires on ${date}`;
    assert.deepEqual(await told(-29.9), [expires]);
    assert.deepEqual(await told(-29.8), [expires]);
    assert.deepEqual(await told(-28.8), [expires, expires]);
    assert.deepEqual(await told(0.1), [expires, expires, `The certificate (test) expired on ${date}`]);
  },
});

Deno.test({
  name: "follow() waits until files are written, and says nothing of what they are meanwhile",
  ignore: !opensslPresent,
  async fn() {
    using time = new FakeTime();
    const { server, renewed, authority } = await certificates();
    const { paths, onNotice, messages, folder } = identityFiles(server);
    using _ = folder;
    const identity = await readIdentity(denoPlatform, paths);
    const used: TlsIdentity[] = [];
    const replace = (identity: TlsIdentity): Promise<void> => Promise.resolve(void used.push(identity));
    let cert = server.cert;
    let key = server.key;
    const read = (path: string) => path === paths.key ? Promise.resolve(key) : Promise.resolve(cert);
    let files = { readTextFile: read };
    const anyFiles = { readTextFile: (path: string) => files.readTextFile(path) };
    using _following = follow({ name: "test", identity, paths, replace }, anyFiles, onNotice);
    const chain = renewed.cert + authority.cert;
    // Half of a chain, then all of it with the key that isn't there yet, then nothing for a moment.
    cert = chain.slice(0, -100);
    await time.advance(2_000);
    cert = chain;
    await time.advance(2_000);
    files = { readTextFile: () => Promise.reject(new Error("no such file")) };
    await time.advance(2_000);
    key = renewed.key;
    files = { readTextFile: read };
    await time.advance(2_000);
    assert.deepEqual([used, messages()], [[], []]);
    await time.advance(2_000);
    assert.deepEqual(used, [{ cert: chain, key: renewed.key }]);
    files = { readTextFile: () => Promise.reject(new Error("no such file")) };
    await time.advance(8_000);
    assert.equal(messages().filter((message) => message.startsWith("Cannot read")).length, 1);
  },
});
