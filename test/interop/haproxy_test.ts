import assert from "node:assert/strict";
import { certificates } from "../support/certificates.ts";
import { temporaryFolder } from "../support/folders.ts";
import { type ListeningGantry, listeningGantry } from "../support/gantry.ts";
import { makeInstance, writeInstances } from "../support/instances.ts";
import { dcmtk, find, peerTest } from "../support/peers.ts";
import { acceptsConnections, freePort, Process } from "../support/process.ts";
import { assertKept, associations, HERE } from "./support.ts";

/** What haproxy says in front of a connection. */
const HEADERS = {
  "version 1": "send-proxy",
  "version 2": "send-proxy-v2",
  "version 2 with all that it may add": "send-proxy-v2 proxy-v2-options crc32c,unique-id,authority,ssl,cert-cn",
};

/** A running haproxy. */
interface Haproxy extends AsyncDisposable {
  readonly process: Process;
  /** Where it listens, by the names of its configuration. */
  readonly ports: Readonly<Record<string, number>>;
  /** Tells it commands of its runtime API. */
  command(...commands: readonly string[]): Promise<void>;
}

/** Makes sections of a configuration; `at` gives the port of a name, and always the same one. */
type Configure = (at: (name: string) => number) => string;

/** Starts an haproxy; once more with other ports when somebody else has taken one of them. */
async function startHaproxy(configure: Configure): Promise<Haproxy> {
  for (let attempts = 1;; attempts++) {
    try {
      return await tryHaproxy(configure);
    } catch (error) {
      if (attempts === 5 || !/cannot bind socket/i.test(String(error))) throw error;
    }
  }
}

async function tryHaproxy(configure: Configure): Promise<Haproxy> {
  await using starting = new AsyncDisposableStack();
  const { path: folder } = starting.use(temporaryFolder());
  const ports: Record<string, number> = {};
  const at = (name: string) => ports[name] ??= freePort();
  const configuration = `
global
  log stdout format raw local0
  stats socket ${folder}/admin.sock level admin
defaults
  log global
  mode tcp
  timeout connect 10s
  timeout client 60s
  timeout server 60s
  timeout check 10s
frontend ready
  mode http
  bind ${HERE}:${at("ready")}
  http-request return status 200
${configure(at)}`;
  Deno.writeTextFileSync(`${folder}/haproxy.cfg`, configuration);
  const child = starting.use(new Process(find("haproxy") ?? "haproxy", ["-db", "-f", `${folder}/haproxy.cfg`]));
  await acceptsConnections(child, at("ready"));
  const running = starting.move();
  return {
    process: child,
    ports,
    async command(...commands) {
      using socket = await Deno.connect({ transport: "unix", path: `${folder}/admin.sock` });
      await socket.write(new TextEncoder().encode(`${commands.join("; ")}\n`));
      // It answers, and hangs up.
      while (await socket.read(new Uint8Array(1024)) !== null);
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** Where each header's callers connect to: as who they are, which is 127.0.0.2 and 127.0.0.3, and by a name for IPv6. */
function callers(header: string, gateway: ListeningGantry): Configure {
  const server = `server gateway ${HERE}:${gateway.port} ${header}`;
  return (at) => `
listen balancer
  bind ${HERE}:${at("balancer")}
  unique-id-format %[uuid()]
  ${server}
listen caller
  bind ${HERE}:${at("caller")}
  server balancer ${HERE}:${at("balancer")} source 127.0.0.2
listen stranger
  bind ${HERE}:${at("stranger")}
  server balancer ${HERE}:${at("balancer")} source 127.0.0.3
listen ipv6
  bind ${HERE}:${at("ipv6")}
  tcp-request connection set-src str(2001:db8::7)
  tcp-request connection set-dst str(2001:db8::1)
  ${server}
`;
}

/** The log line of an event of a caller at this address. */
const logged = (gateway: ListeningGantry, event: string, address: string) =>
  gateway.logged(new RegExp(`"${event}".*"remote":"${address.replaceAll(/[.[\]]/g, "\\$&")}:\\d+"`));

Deno.test(peerTest("haproxy: log, /associations and rules go by who really calls echoscu and storescu", [
  "haproxy",
  "echoscu",
  "storescu",
], async (t) => {
  using folder = temporaryFolder();
  const instance = makeInstance({ pixelBytes: 3_000_000 });
  const [path = ""] = writeInstances(folder.path, [instance]);
  const allow = `allow: [{ address: 127.0.0.2 }, { address: 2001:db8::/64 }]`;
  for (const [name, header] of Object.entries(HEADERS)) {
    await t.step(name, async () => {
      await using gateway = await listeningGantry({ config: `dicom: { proxies: [${HERE}], ${allow} }` });
      await using haproxy = await startHaproxy(callers(header, gateway));
      const call = (tool: "echoscu" | "storescu", caller: string, ...files: string[]) =>
        dcmtk(tool, ["-v", HERE, String(haproxy.ports[caller]), ...files]);

      const stored = await call("storescu", "caller", path);
      assert.equal(stored.code, 0, stored.stderr);
      assertKept(gateway, [instance]);
      await logged(gateway, "association-ended", "127.0.0.2");

      const echoed = await call("echoscu", "ipv6");
      assert.equal(echoed.code, 0, echoed.stderr);
      await logged(gateway, "association-ended", "[2001:db8::7]");

      for (const [caller, address] of [["stranger", "127.0.0.3"], ["balancer", HERE]] as const) {
        const { code, stderr } = await call("echoscu", caller);
        assert.notEqual(code, 0);
        assert.match(stderr, /Result: Rejected Permanent[^]*Reason: Calling AE Title Not Recognized/);
        await logged(gateway, "association-ended", address);
      }
      const { recent } = await associations(gateway);
      assert.deepEqual(recent.map(({ remote, end }) => [remote?.hostname, end?.how]), [
        [HERE, "rejected"],
        ["127.0.0.3", "rejected"],
        ["2001:db8::7", "released"],
        ["127.0.0.2", "released"],
      ]);
    });
  }
}));

Deno.test(peerTest("haproxy: the header comes before TLS, which is the caller's own", [
  "haproxy",
  "echoscu",
  "openssl",
], async (t) => {
  const { authority, server, client } = await certificates();
  const tls = `certificate: ${server.certFile}, key: ${server.keyFile}, clientCa: ${authority.certFile}`;
  const allow = "allow: [{ address: 127.0.0.2, certificate: { subject: CT1 } }]";
  const config = `tls: { ${tls} }\ndicom: { proxies: [${HERE}], ${allow} }`;
  for (const [name, header] of Object.entries(HEADERS)) {
    await t.step(name, async () => {
      await using gateway = await listeningGantry({ config });
      await using haproxy = await startHaproxy(callers(header, gateway));
      const identity = ["--enable-tls", client.keyFile, client.certFile, "--add-cert-file", authority.certFile];
      const call = (caller: string) =>
        dcmtk("echoscu", ["-v", ...identity, "localhost", String(haproxy.ports[caller])]);
      const { code, stderr } = await call("caller");
      assert.equal(code, 0, stderr);
      assert.equal((await logged(gateway, "association-established", "127.0.0.2")).certificate, "CT1");
      assert.match((await call("stranger")).stderr, /Reason: Calling AE Title Not Recognized/);
    });
  }
}));

/** Its ways to look whether somebody is there, every 20 ms. The last one says nothing in front. */
const CHECKS = {
  version1: "send-proxy",
  version2: "send-proxy-v2",
  version2More: "send-proxy-v2 proxy-v2-options crc32c,unique-id,authority",
  silent: "",
};

Deno.test(peerTest("haproxy: its health checks leave nothing in the log nor in /associations, and are good", [
  "haproxy",
  "echoscu",
  "openssl",
], async (t) => {
  const { server } = await certificates();
  const tls = `tls: { certificate: ${server.certFile}, key: ${server.keyFile} }`;
  for (const [name, more] of Object.entries({ TCP: "", TLS: tls })) {
    await t.step(name, async () => {
      await using gateway = await listeningGantry({ config: `${more}\ndicom: { proxies: [${HERE}] }` });
      await using haproxy = await startHaproxy(() => `
backend checked
  default-server check inter 20ms rise 30
${Object.entries(CHECKS).map(([name, header]) => `  server ${name} ${HERE}:${gateway.port} ${header}`).join("\n")}
`);
      // Whoever is down is up again after 30 checks that were good.
      const { command, process } = haproxy;
      await command(...Object.keys(CHECKS).map((name) => `set server checked/${name} health down`));
      await Promise.all(Object.keys(CHECKS).map((name) => process.line(new RegExp(`checked/${name} is UP`))));
      assert.deepEqual(await (await fetch(`${gateway.origin}/health/ready`)).json(), { status: "pass" });
      assert.deepEqual(gateway.log.map(({ event }) => event), ["listening"]);
      const { recent, totals } = await associations(gateway);
      assert.deepEqual([recent, totals.refusals, totals.aborts, totals.associations[0]?.opened], [[], [], [], 0]);
    });
  }
}));
