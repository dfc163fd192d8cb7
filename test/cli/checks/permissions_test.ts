import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { listenPermissions, permissionFlags } from "../../../src/cli/checks/permissions.ts";
import { certificates, opensslPresent } from "../../support/certificates.ts";
import { temporaryFolder } from "../../support/folders.ts";
import { gantry } from "../../support/gantry.ts";
import { makeInstance, writeInstances } from "../../support/instances.ts";
import { freePort, Process, run } from "../../support/process.ts";
import { fakeTerminal } from "../terminal.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const cli = `${root}cli.ts`;
const attempts = fileURLToPath(new URL("children/attempts.ts", import.meta.url));

/** Runs a program of Deno with these permissions, which nobody can be asked to extend. */
function deno(flags: readonly string[], program: readonly string[], cwd: string): Process {
  return new Process(Deno.execPath(), ["run", "--quiet", "--no-prompt", ...flags, ...program], { cwd });
}

/** What each attempt ends with where nothing is permitted but the folder `data`. */
const REFUSED = {
  writeInside: "done",
  writeOutside: "NotCapable",
  writeAbove: "NotCapable",
  rename: "NotCapable",
  link: "NotCapable",
  readOutside: "NotCapable",
  readKeys: "NotCapable",
  connect: "NotCapable",
  listen: "NotCapable",
  run: "NotCapable",
  env: "NotCapable",
  foreign: "NotCapable",
};

Deno.test("gantry check --permissions names what is configured, and nothing else", async () => {
  using folder = temporaryFolder();
  const file = `${folder.path}/gantry.yaml`;
  const permissions = async (config: string, env: Record<string, string> = {}) => {
    await Deno.writeTextFile(file, config);
    return await listenPermissions(file, fakeTerminal(env));
  };
  const within = (...names: string[]) => names.map((name) => `${folder.path}/${name}`);
  assert.deepEqual(await permissions(""), {
    net: ["0.0.0.0:11112", "127.0.0.1:8080"],
    read: within("./data", "gantry.yaml"),
    write: within("./data"),
    env: ["TERM"],
    sys: ["statfs"],
    run: [Deno.execPath()],
  });
  const everything = `
dicom: { host: "::", port: 104, users: users.txt }
tls: { certificate: gw.crt, key: gw.key, clientCa: clients.crt }
http: { port: 81, token: "\${GANTRY_TOKEN}", oidc: { issuer: "https://issuer.example", audience: a, jwks: "https://login.example/keys" }, tls: { certificate: gw.crt, key: gw.key } }
archive: { path: /var/lib/gantry }
peers:
  PACS: { aeTitle: A, host: pacs.example, port: 104, tls: { ca: ca.crt, certificate: us.crt, key: us.key } }
  VNA: { aeTitle: B, host: "fd00::7", port: 2762 }
`;
  assert.deepEqual(await permissions(everything, { GANTRY_TOKEN: "0123456789abcdef" }), {
    net: ["127.0.0.1:81", "[::]:104", "[fd00::7]:2762", "login.example:443", "pacs.example:104"],
    read: [
      ...within("ca.crt", "clients.crt", "gantry.yaml", "gw.crt", "gw.key", "us.crt", "us.key", "users.txt"),
      "/var/lib/gantry",
    ],
    write: ["/var/lib/gantry"],
    env: ["GANTRY_TOKEN", "TERM"],
    sys: ["statfs"],
    run: [Deno.execPath()],
  });
  assert.equal((await permissions("http: { allowAdHocEcho: true }")).net, true);
  const viewers = [["ohif", "node_modules/@ohif/app/dist"], ["./ohif", "./ohif"], ["/srv/dist", "/srv/dist"]] as const;
  for (const [viewer, path] of viewers) {
    const expected = path.startsWith("/") ? path : within(path)[0];
    assert.ok((await permissions(`http: { viewer: ${viewer} }`)).read.includes(expected!), viewer);
  }
});

Deno.test("permissionFlags() writes flags, and refuses what a shell would split", () => {
  const permissions = {
    net: true,
    read: ["a", "b"],
    write: ["a"],
    env: ["TERM"],
    sys: ["statfs"],
    run: ["deno"],
  } as const;
  const flags = "--allow-net --allow-read=a,b --allow-write=a --allow-env=TERM --allow-sys=statfs --allow-run=deno";
  assert.equal(permissionFlags(permissions), flags);
  for (const path of ["a b", "a,b", "a\nb"]) assert.throws(() => permissionFlags({ ...permissions, write: [path] }));
});

Deno.test({
  name: "gantry listen, send and TLS work with the permissions of gantry check, which refuse all else",
  ignore: !opensslPresent,
  async fn() {
    const { authority, server } = await certificates();
    using folder = temporaryFolder();
    using elsewhere = temporaryFolder();
    const cwd = folder.path;
    const port = freePort();
    await Deno.writeTextFile(
      `${cwd}/gantry.yaml`,
      `dicom: { host: 127.0.0.1, port: ${port} }\nhttp: { port: ${freePort()} }\n` +
        `tls: { certificate: ${server.certFile}, key: ${server.keyFile}, clientCa: ${authority.certFile}, ` +
        `clientCertificates: optional }\n`,
    );
    await Deno.mkdir(`${cwd}/data`);
    const { stdout } = await gantry(["check", "--permissions"], { cwd });
    const flags = stdout.trim().split(" ");

    await using listening = deno(flags, [cli, "listen"], cwd);
    await listening.line(/No access rules: any AE may associate and use every service/);
    const [path = ""] = writeInstances(elsewhere.path, [makeInstance()]);
    const sent = await gantry(["send", `GANTRY@127.0.0.1:${port}`, path, "--ca", authority.certFile]);
    assert.equal(sent.code, 0, sent.stderr);
    listening.kill();
    assert.equal((await listening.exited).code, 0, listening.output);

    await using child = deno(flags, [attempts, "data", elsewhere.path, "127.0.0.9"], cwd);
    const { stdout: outcome, stderr } = await child.exited;
    assert.deepEqual(JSON.parse(outcome || "{}"), REFUSED, stderr);
  },
});

Deno.test("gantry listen says which permission it lacks", async () => {
  using folder = temporaryFolder();
  const flags = ["--allow-net", "--allow-read", "--allow-env"];
  await using child = deno(flags, [cli, "listen", "-p", "0", "--http-port", "0"], folder.path);
  const { code, stderr } = await child.exited;
  assert.equal(code, 1);
  assert.match(stderr, /^gantry: Cannot go on: Deno denied a permission\. Requires write access to ".*data"/);
  assert.match(stderr, /see gantry check --permissions/);
});

Deno.test("deno run -P permits what the defaults need: two ports, the data folder, the configuration", async () => {
  const { permissions } = JSON.parse(await Deno.readTextFile(`${root}deno.json`));
  const { read, write, net, env, sys, run: runs, ...others } = permissions.default;
  assert.deepEqual(others, {});
  using folder = temporaryFolder();
  await Deno.writeTextFile(`${folder.path}/gantry.yaml`, 'http: { token: "${GANTRY_TOKEN:-0123456789abcdef}" }');
  const needed = await listenPermissions(`${folder.path}/gantry.yaml`, fakeTerminal());
  const relative = (paths: readonly string[]) =>
    paths.map((path) => `./${path.slice(folder.path.length + 1).replace(/^\.\//, "")}`);
  assert.deepEqual({ net, read, write, env, sys, run: runs }, {
    ...needed,
    run: ["deno"],
    read: relative(needed.read),
    write: relative(needed.write),
  });

  const data = `${root}data`;
  const there = await Deno.stat(data).then(() => true, () => false);
  using elsewhere = temporaryFolder();
  if (!there) await Deno.mkdir(data);
  try {
    const args = ["run", "--quiet", "--no-prompt", "-P", attempts, data, elsewhere.path, "127.0.0.9"];
    const { stdout, stderr } = await run(Deno.execPath(), args, { cwd: root });
    assert.deepEqual(JSON.parse(stdout || "{}"), REFUSED, stderr);
  } finally {
    await Deno.remove(there ? `${data}/inside` : data, { recursive: true });
  }
});
