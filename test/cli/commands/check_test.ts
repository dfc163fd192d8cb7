import assert from "node:assert/strict";
import { check } from "../../../src/cli/commands/check.ts";
import { certificates, opensslPresent } from "../../support/certificates.ts";
import { temporaryFolder } from "../../support/folders.ts";
import { testWith } from "../../support/peers.ts";
import { fakeTerminal } from "../terminal.ts";

/** Runs `gantry check FILE` on a configuration in a folder; answers its lines without the folder's name. */
async function run(folder: string, yaml: string, ...args: string[]) {
  const file = `${folder}/gantry.yaml`;
  Deno.writeTextFileSync(file, yaml);
  const terminal = fakeTerminal();
  const code = await check.execute(args.length === 0 ? [file] : args, terminal);
  return { code, out: terminal.out.text().replaceAll(`${folder}/`, "") };
}

const free = "dicom: { port: 0 }\nhttp: { port: 0 }\n";

Deno.test("gantry check finds a folder for instances that can't be one", async () => {
  using folder = temporaryFolder();
  const { path } = folder;
  Deno.writeTextFileSync(`${path}/file`, "");
  Deno.mkdirSync(`${path}/used/instances`, { recursive: true });
  Deno.writeTextFileSync(`${path}/used/journal`, "");
  for (const name of ["file", "file/below/it", "used"]) {
    const { code, out } = await run(path, `${free}archive: { path: ${name} }\n`);
    assert.equal(code, 1);
    assert.match(
      out,
      /^gantry\.yaml:3: archive\.path: found .*: (a file stands|not a directory).*, expected a folder that /,
    );
  }
  Deno.removeSync(`${path}/used/journal`);
  for (const name of ["used", "new/folder"]) {
    assert.deepEqual(await run(path, `${free}archive: { path: ${name} }\n`), { code: 0, out: "gantry.yaml: OK\n" });
  }
  assert.deepEqual([...Deno.readDirSync(path)].map(({ name }) => name).sort(), ["file", "gantry.yaml", "used"]);
});

Deno.test("gantry check finds a folder of the worklist that can't be read", async () => {
  using folder = temporaryFolder();
  const { path } = folder;
  Deno.writeTextFileSync(`${path}/file`, "");
  for (const name of ["file", "nowhere"]) {
    const { code, out } = await run(path, `${free}worklist: { path: ${name} }\n`);
    assert.equal(code, 1);
    assert.match(
      out,
      /^gantry\.yaml:3: worklist\.path: found .*, expected a folder of worklist items that can be read/,
    );
  }
  Deno.mkdirSync(`${path}/planned`);
  assert.equal((await run(path, `${free}worklist: { path: planned }\n`)).code, 0);
});

Deno.test("gantry check finds a viewer that is not there", async () => {
  using folder = temporaryFolder();
  const { path } = folder;
  const viewer = (name: string) => run(path, `dicom: { port: 0 }\nhttp: { port: 0, viewer: ${name} }\n`);
  for (const name of ["dist", "ohif"]) {
    const { code, out } = await viewer(name);
    assert.equal(code, 1, name);
    assert.match(
      out,
      /^gantry\.yaml:2: http\.viewer: found .*: it has no index\.html; install it with .*, expected the folder/,
    );
  }
  Deno.mkdirSync(`${path}/dist`);
  Deno.writeTextFileSync(`${path}/dist/index.html`, "<html></html>");
  assert.equal((await viewer("dist")).code, 0);
});

Deno.test("gantry check finds destinations that can't be written to, and names of files that are unsafe", async () => {
  using folder = temporaryFolder();
  const { path } = folder;
  Deno.writeTextFileSync(`${path}/file`, "");
  Deno.mkdirSync(`${path}/there`);
  for (const name of ["file", "nowhere"]) {
    const { code, out } = await run(path, `${free}destinations: { DISK: { folder: ${name} } }\n`);
    assert.equal(code, 1);
    assert.match(out, /^gantry\.yaml:3: destinations\.DISK\.folder: found .*, expected a folder that .* can write to/);
  }
  const named = (name: string) => `${free}destinations: { DISK: { folder: there, name: "${name}" } }\n`;
  const { code, out } = await run(path, named("../{SOPInstanceUID}"));
  assert.equal(code, 1);
  assert.match(out, /^gantry\.yaml:3: destinations\.DISK\.name: found .*, expected a relative path/);
  assert.equal((await run(path, named("{SOPInstanceUID}"))).code, 0);
});

Deno.test("gantry check finds databases of the archive that can't be ones", async () => {
  using folder = temporaryFolder();
  const { path } = folder;
  for (const name of ["lock", "index.sqlite", "documents.sqlite", "queue.sqlite"]) {
    Deno.mkdirSync(`${path}/used/${name}`, { recursive: true });
    const { code, out } = await run(path, `${free}archive: { path: used }\n`);
    assert.equal(code, 1);
    const found = `used (used/${name}: a folder stands where a file is expected)`;
    assert.ok(out.startsWith(`gantry.yaml:3: archive.path: found ${found}, expected a folder that `), out);
    Deno.removeSync(`${path}/used/${name}`);
    Deno.writeTextFileSync(`${path}/used/${name}`, "");
    assert.equal((await run(path, `${free}archive: { path: used }\n`)).code, 0);
  }
});

Deno.test("gantry check names every attribute to keep in the index that is none", async () => {
  using folder = temporaryFolder();
  const keeping = (attributes: string) =>
    run(folder.path, `${free}archive:\n  path: new\n  index: { attributes: ${attributes} }\n`);
  const good = await keeping('[StationAETitle, "(0009,1001)"]');
  assert.deepEqual(good, { code: 0, out: "gantry.yaml: OK\n" });
  const bad = await keeping("[StationAETitle, StationAETitel, Foo]");
  const line = (found: string) =>
    `gantry.yaml:5: archive.index.attributes: found "${found}", ` +
    "expected a keyword of PS3.6 or a tag such as (0009,1001)\n";
  assert.deepEqual(bad, { code: 1, out: line("StationAETitel") + line("Foo") });
});

Deno.test("gantry check finds addresses that aren't this machine's, and minds no port that is in use", async () => {
  using folder = temporaryFolder();
  using one = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  using other = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const ports = `dicom: { host: 127.0.0.1, port: ${one.addr.port} }\nhttp: { port: ${other.addr.port} }\n`;
  const used = await run(folder.path, ports);
  assert.deepEqual(used, { code: 0, out: "gantry.yaml: OK\n" });
  const away = await run(folder.path, "dicom: { host: 192.0.2.1 }\nhttp: { port: 0 }\n");
  assert.equal(away.code, 1);
  assert.match(
    away.out,
    /^gantry\.yaml:1: dicom\.host: found 192\.0\.2\.1: the address is not one of this machine, expected/,
  );
});

Deno.test({
  name: "gantry check finds ports that take a privilege",
  ignore: Deno.build.os !== "linux" || Deno.uid() === 0 ||
    Number(Deno.readTextFileSync("/proc/sys/net/ipv4/ip_unprivileged_port_start")) <= 104,
  async fn() {
    using folder = temporaryFolder();
    const { code, out } = await run(folder.path, "dicom: { port: 104 }\nhttp: { port: 80 }\n");
    assert.equal(code, 1);
    assert.match(
      out,
      /^gantry\.yaml:1: dicom\.port: found 104: the system does not permit .*\ngantry\.yaml:2: http\.port/,
    );
  },
});

Deno.test("gantry check finds a file of users that can't be used", async () => {
  using folder = temporaryFolder();
  const config = "dicom: { port: 0, users: users.txt }\nhttp: { port: 0 }\n";
  assert.match((await run(folder.path, config)).out, /^gantry\.yaml:1: dicom\.users: found users\.txt: No such file/);
  Deno.writeTextFileSync(`${folder.path}/users.txt`, "ct1 without a hash\n");
  const { code, out } = await run(folder.path, config);
  assert.equal(code, 1);
  assert.match(out, /^gantry\.yaml:1: dicom\.users: found users\.txt: .*, expected a file of users/);
  Deno.writeTextFileSync(`${folder.path}/users.txt`, "ct1:-\n");
  assert.equal((await run(folder.path, config)).code, 0);
});

Deno.test(testWith({
  name: "gantry check finds certificates and keys that are not there, can't be read or don't fit",
  missing: opensslPresent ? [] : ["openssl"],
  async fn() {
    using folder = temporaryFolder();
    const { path } = folder;
    const { server, client, authority } = await certificates();
    const files = {
      "a.crt": server.cert,
      "a.key": server.key,
      "b.crt": client.cert,
      "b.key": client.key,
      "ca.crt": authority.cert,
    };
    for (const [name, pem] of Object.entries(files)) Deno.writeTextFileSync(`${path}/${name}`, pem);
    Deno.writeTextFileSync(`${path}/no.pem`, "nothing");
    const tls = (text: string) => `${free}tls: ${text}\n`;
    const peer = (text: string) => `${free}peers: { P: { aeTitle: P, host: pacs, port: 104, tls: ${text} } }\n`;
    const http = (text: string) => `dicom: { port: 0 }\nhttp: { port: 0, tls: ${text} }\n`;
    for (
      const [config, expected] of [
        [tls("{ certificate: a.crt, key: none.key }"), "tls.key: found none.key: No such file or directory"],
        [tls("{ certificate: a.crt, key: b.key }"), "tls: found the private key is not that of the certificate"],
        [tls("{ certificate: no.pem, key: a.key }"), "tls: found the certificate can't be read"],
        [
          tls("{ certificate: a.crt, key: a.key, clientCa: no.pem }"),
          "tls: found the list of authorities can't be read",
        ],
        [http("{ certificate: a.crt, key: b.key }"), "http.tls: found the private key is not that of the certificate"],
        [http("{ certificate: none, key: b.key }"), "http.tls.certificate: found none: No such file"],
        [peer("{ ca: no.pem }"), "peers.P.tls.ca: found no.pem: the list of authorities can't be read"],
        [
          peer("{ certificate: a.crt, key: b.key }"),
          "peers.P.tls: found the private key is not that of the certificate",
        ],
      ] as const
    ) {
      const { code, out } = await run(path, config);
      assert.equal(code, 1, config);
      assert.ok(out.includes(`: ${expected}`), out);
      assert.equal(out.trimEnd().split("\n").length, 1, out);
    }
    for (
      const config of [
        tls("{ certificate: a.crt, key: a.key, clientCa: ca.crt }"),
        tls("{ certificate: a.crt, key: a.key, native: true }"),
        http("{ certificate: a.crt, key: a.key }"),
        peer("{ ca: ca.crt, certificate: b.crt, key: b.key }"),
      ]
    ) assert.deepEqual(await run(path, config), { code: 0, out: "gantry.yaml: OK\n" }, config);
  },
}));

Deno.test("gantry check takes --config as the other commands do, and no two files", async () => {
  using folder = temporaryFolder();
  const file = `${folder.path}/gantry.yaml`;
  for (const args of [["--config", file], ["-c", file], [file, "--config", file]]) {
    assert.deepEqual(await run(folder.path, free, ...args), { code: 0, out: "gantry.yaml: OK\n" });
  }
  await assert.rejects(run(folder.path, free, "--config", file, "other.yaml"), /Cannot check two files at once/);
  assert.match((await run(folder.path, free, "--permissions", "-c", file)).out, /--allow-net=/);
});

Deno.test("gantry check finds steps of routes that are wrong, and files that they need", async () => {
  using folder = temporaryFolder();
  const { path } = folder;
  Deno.writeTextFileSync(`${path}/names.csv`, "was,is\nA,B\n");
  const routes = (change: string) =>
    `${free}peers: { PACS: { aeTitle: PACS, host: pacs, port: 104 } }\n` +
    `routes:\n  - { name: all, to: PACS, change: ${change} }\n`;
  const right = "[{ map: { attribute: PatientName, csv: names.csv } }, { compress: JPEGLSLossless }, " +
    '{ deidentify: { key: "a key for tests alone" } }]';
  assert.deepEqual(await run(path, routes(right)), { code: 0, out: "gantry.yaml: OK\n" });
  const wrong: readonly (readonly [change: string, problem: RegExp])[] = [
    ["[{ remove: StudyID }, { set: { StudyIdd: x } }]", /routes\[0\]\.change\[1\]\.set: found .*"StudyIdd"/],
    ["[{ map: { attribute: PatientName, csv: no.csv } }]", /change\[0\]\.map: found ".*no\.csv", which cannot be read/],
    ["[{ deidentify: { key: short } }]", /change\[0\]\.deidentify: found .*5 bytes.*, expected at least 16/],
    ["[{ compress: JPEGBaseline8Bit }]", /change\[0\]\.compress: found "JPEGBaseline8Bit", expected JPEGLSLossless,/],
  ];
  for (const [change, problem] of wrong) {
    const { code, out } = await run(path, routes(change));
    assert.equal(code, 1);
    assert.match(out, problem);
  }
  const { code, out } = await run(path, routes(right), "--permissions", `${path}/gantry.yaml`);
  assert.equal(code, 0);
  assert.match(out, /--allow-read=\S*names\.csv/);
});
