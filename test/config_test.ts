import assert from "node:assert/strict";
import fc from "fast-check";
import { defaultConfig, parseConfig, type ParseConfigOptions } from "../src/config.ts";
import { parseDuration, parseSize } from "../src/config/quantities.ts";
import { nearest } from "../src/nearest.ts";
import { ConfigError, type ConfigProblem } from "../src/config/config_error.ts";

async function problems(text: string, options?: ParseConfigOptions): Promise<readonly ConfigProblem[]> {
  try {
    await parseConfig(text, options);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

/** `line key.path` of each problem. */
async function places(text: string, options?: ParseConfigOptions): Promise<string[]> {
  return (await problems(text, options)).map(({ line, keyPath }) => `${line ?? "-"} ${keyPath}`);
}

Deno.test("parseConfig() gives the defaults for an empty text, and sections that are commented out", async () => {
  assert.deepEqual(await parseConfig(""), defaultConfig);
  assert.deepEqual(await parseConfig("# nothing\n"), defaultConfig);
  assert.deepEqual(await parseConfig("dicom:\n  # port: 104\n  timeouts:\nhttp:\narchive:\npeers:\n"), defaultConfig);
});

const FINGERPRINT = Array(32).fill("aB").join(":");

Deno.test("parseConfig() reads every key", async () => {
  const config = await parseConfig(`
aeTitle: MAIN ARCHIVE
dicom:
  host: "::"
  port: 104
  maxAssociations: 7
  maxAssociationsPerAeTitle: 6
  maxAssociationsPerAddress: 5
  maxUnassociated: 4
  maxUnassociatedPerAddress: 3
  maxMemory: 1000000
  maxPduLength: 65536
  maxDataSetLength: 1048576
  proxies: [10.0.0.5, "fd00:1::/64"]
  allow:
    - { aeTitle: CT1, calledAeTitle: MAIN, address: 10.0.0.0/8 }
    - { address: "fd00::/8" }
    - { address: 192.0.2.1 }
    - { certificate: { subject: CT1, name: ct1.example, fingerprint: FINGERPRINT }, users: any }
    - { users: [alice, Dr. Müller] }
  users: users.txt
  requireCalledAeTitle: true
  unknownSopClasses: refuse
  timeouts: { connect: 500ms, associate: 5s, response: 1.5m, idle: 1h, release: 1s, drain: 2s }
tls:
  certificate: gateway.crt
  key: gateway.key
  clientCa: clients.crt
  clientCertificates: optional
  profile: bcp195-extended
  native: false
http:
  host: 0.0.0.0
  port: 0
  token: 0123456789abcdef
  tokens: { VIEWER: { token: fedcba9876543210, scopes: [read] }, CT1: { sha256: FINGERPRINT, scopes: [write] } }
  oidc: { issuer: "https://login.example", audience: gantry, jwks: "https://login.example/keys", scopeClaim: scp, scopePrefix: g., clockSkew: 1m }
  tls: { certificate: sidecar.crt, key: sidecar.key }
  proxies: [10.0.0.6]
  allowAdHocEcho: true
archive: { path: /var/lib/gantry, durable: false, reserve: 0, onExisting: replace, unreadable: refuse, retain: until-delivered, retainDays: 7, keepFree: 5GiB }
commitment: { enabled: false, sameAssociation: [CT1], maxReferences: 500, keepDays: 30 }
dicomweb: { delete: true, origins: ["https://viewer.example", "http://localhost:3000"], bulkDataAbove: 4KiB, emptyAs204: true, maxRequestLength: 1GiB, maxRetrievals: 3, maxStores: 2, retrieved: { path: ./held, maxSize: 1GiB, maxAge: 10m } }
peers:
  PACS: { aeTitle: ORTHANC, host: pacs.example, port: 4242, retrieve: move, web: true }
  VNA.2:
    aeTitle: VNA
    host: 192.0.2.7
    port: 2762
    callingAeTitle: GW
    tls: { ca: ca.crt, certificate: gw.crt, key: gw.key, serverName: vna.example, verifyName: true }
    user: gateway
    passcode: open sesame
worklist: { path: ./planned, offerEnded: true, keepDays: 0, keepEndedDays: 1, maxItems: 5 }
mpps: { forward: [VNA.2], keepDays: 7 }
destinations:
  DISK: { folder: /mnt/studies, name: "{SOPInstanceUID}.dcm", rate: 5 }
  HOOK: { webhook: "https://hooks.example/dicom", secret: 0123456789abcdef }
  NIGHT: { peer: PACS, parallel: 4, bandwidth: 10MiB, hours: "22:00-06:00" }
routes:
  - { name: ct, when: { callingAeTitle: CT1, Modality: [CT, PT] }, priority: high, to: [NIGHT, VNA.2] }
  - { name: all, to: DISK, schedule: { hours: "20:00-06:00", days: [saturday] } }
routing: { match: first, otherwise: refuse, acknowledgeWithin: 10s, maxUnacknowledged: 50, units: { quiet: 30s, cap: 10m } }
queue: { keepDays: 90 }
alerts: { webhook: "https://hooks.example/alerts", secret: fedcba9876543210 }
`.replaceAll("FINGERPRINT", FINGERPRINT));
  assert.deepEqual(config, {
    aeTitle: "MAIN ARCHIVE",
    answers: {},
    routing: {
      match: "first",
      otherwise: "refuse",
      acknowledgeWithin: 10_000,
      maxUnacknowledged: 50,
      units: { quiet: 30_000, cap: 600_000 },
    },
    commitment: { enabled: false, sameAssociation: ["CT1"], maxReferences: 500, keepDays: 30 },
    worklist: { path: "./planned", offerEnded: true, keepDays: 0, keepEndedDays: 1, maxItems: 5 },
    mpps: { forward: ["VNA.2"], keepDays: 7 },
    destinations: {
      DISK: { folder: "/mnt/studies", name: "{SOPInstanceUID}.dcm", rate: 5 },
      HOOK: { webhook: "https://hooks.example/dicom", secret: "0123456789abcdef" },
      NIGHT: { peer: "PACS", parallel: 4, bandwidth: 10 * 1024 ** 2, hours: "22:00-06:00" },
    },
    routes: [
      { name: "ct", when: { callingAeTitle: "CT1", Modality: ["CT", "PT"] }, priority: "high", to: ["NIGHT", "VNA.2"] },
      { name: "all", priority: "medium", to: "DISK", schedule: { hours: "20:00-06:00", days: ["saturday"] } },
    ],
    queue: { keepDays: 90 },
    alerts: { webhook: "https://hooks.example/alerts", secret: "fedcba9876543210" },
    dicom: {
      host: "::",
      port: 104,
      maxAssociations: 7,
      maxAssociationsPerAeTitle: 6,
      maxAssociationsPerAddress: 5,
      maxUnassociated: 4,
      maxUnassociatedPerAddress: 3,
      maxMemory: 1_000_000,
      maxPduLength: 65536,
      maxDataSetLength: 1_048_576,
      proxies: ["10.0.0.5", "fd00:1::/64"],
      allow: [
        { aeTitle: "CT1", calledAeTitle: "MAIN", address: "10.0.0.0/8" },
        { address: "fd00::/8" },
        { address: "192.0.2.1" },
        { certificate: { subject: "CT1", name: "ct1.example", fingerprint: FINGERPRINT }, users: "any" },
        { users: ["alice", "Dr. Müller"] },
      ],
      users: "users.txt",
      requireCalledAeTitle: true,
      unknownSopClasses: "refuse",
      timeouts: { connect: 500, associate: 5000, response: 90_000, idle: 3_600_000, release: 1000, drain: 2000 },
    },
    tls: {
      certificate: "gateway.crt",
      key: "gateway.key",
      clientCa: "clients.crt",
      clientCertificates: "optional",
      profile: "bcp195-extended",
      native: false,
    },
    http: {
      host: "0.0.0.0",
      port: 0,
      token: "0123456789abcdef",
      tokens: {
        VIEWER: { token: "fedcba9876543210", scopes: ["read"] },
        CT1: { sha256: FINGERPRINT, scopes: ["write"] },
      },
      oidc: {
        issuer: "https://login.example",
        audience: "gantry",
        jwks: "https://login.example/keys",
        scopeClaim: "scp",
        scopePrefix: "g.",
        clockSkew: 60_000,
      },
      tls: { certificate: "sidecar.crt", key: "sidecar.key" },
      proxies: ["10.0.0.6"],
      allowAdHocEcho: true,
    },
    dicomweb: {
      delete: true,
      origins: ["https://viewer.example", "http://localhost:3000"],
      bulkDataAbove: 4096,
      emptyAs204: true,
      maxRequestLength: 1024 ** 3,
      maxRetrievals: 3,
      maxStores: 2,
      retrieved: { path: "./held", maxSize: 1024 ** 3, maxAge: 600_000 },
    },
    archive: {
      path: "/var/lib/gantry",
      durable: false,
      reserve: 0,
      onExisting: "replace",
      unreadable: "refuse",
      retain: "until-delivered",
      retainDays: 7,
      keepFree: 5 * 1024 ** 3,
      index: { attributes: [] },
    },
    peers: {
      PACS: { aeTitle: "ORTHANC", host: "pacs.example", port: 4242, retrieve: "move", web: true },
      "VNA.2": {
        aeTitle: "VNA",
        host: "192.0.2.7",
        port: 2762,
        callingAeTitle: "GW",
        tls: { ca: "ca.crt", certificate: "gw.crt", key: "gw.key", serverName: "vna.example", verifyName: true },
        user: "gateway",
        passcode: "open sesame",
      },
    },
  });
});

Deno.test("parseConfig() takes one port for DICOM and HTTP where the system chooses it, or on two addresses", async () => {
  await parseConfig("dicom: { port: 0 }\nhttp: { port: 0 }");
  await parseConfig("dicom: { host: 192.0.2.1, port: 80 }\nhttp: { host: 127.0.0.1, port: 80 }");
});

Deno.test("parseConfig() gives a frozen configuration", async () => {
  for (const config of [await parseConfig("peers: { A: { aeTitle: A, host: a, port: 1 } }"), defaultConfig]) {
    assert.ok(Object.isFrozen(config) && Object.isFrozen(config.dicom.timeouts) && Object.isFrozen(config.peers));
    assert.throws(() => Object.assign(config.http, { port: 1 }), TypeError);
  }
});

Deno.test("parseConfig() lists every problem with line, key path, found and expected", async () => {
  const text = `# gateway
aeTitel: X
dicom:
  port: 99999
  allow:
    - aeTitle: CT1
      adress: 10.0.0.0/8
    - {}
  timeouts: { idle: 30 }
tls: { certificate: a.crt }
peers:
  PACS:
    aeTitle: 'A\\B'
    host: "[::1]"
    prot: 104
`;
  assert.deepEqual(await problems(text), [
    { line: 2, keyPath: "aeTitel", found: "an unknown key", expected: "aeTitle (did you mean that?)" },
    { line: 4, keyPath: "dicom.port", found: "99999", expected: "a whole number from 0 to 65535" },
    { line: 7, keyPath: "dicom.allow[0].adress", found: "an unknown key", expected: "address (did you mean that?)" },
    {
      line: 8,
      keyPath: "dicom.allow[1]",
      found: "a mapping",
      expected: "at least one of aeTitle, calledAeTitle, address, certificate, users, may",
    },
    {
      line: 9,
      keyPath: "dicom.timeouts.idle",
      found: "30",
      expected: "a duration of at most 24 hours with its unit, such as 500ms, 30s, 5m or 1h",
    },
    { line: 10, keyPath: "tls.key", found: "nothing", expected: "a path" },
    {
      line: 12,
      keyPath: "peers.PACS.port",
      found: "nothing",
      expected: "a whole number from 1 to 65535, or url for a DICOMweb server",
    },
    {
      line: 13,
      keyPath: "peers.PACS.aeTitle",
      found: '"A\\\\B"',
      expected: "1 to 16 printable ASCII characters without \\ and without spaces at the ends",
    },
    {
      line: 14,
      keyPath: "peers.PACS.host",
      found: '"[::1]"',
      expected: "a host name or an IP address (without brackets)",
    },
    { line: 15, keyPath: "peers.PACS.prot", found: "an unknown key", expected: "port (did you mean that?)" },
  ]);
});

for (
  const [what, text, expected] of [
    ["an AE title of 17 characters", "aeTitle: ABCDEFGHIJKLMNOPQ", ["1 aeTitle"]],
    ["an AE title that is a number", "aeTitle: 104", ["1 aeTitle"]],
    ["an AE title with a control character", 'aeTitle: "A\\tB"', ["1 aeTitle"]],
    ["an AE title with a space at an end", "aeTitle: ' A'", ["1 aeTitle"]],
    ["an empty AE title", "aeTitle: ''", ["1 aeTitle"]],
    ["a fraction for a port", "dicom: { port: 1.5 }", ["1 dicom.port"]],
    ["port 0 for a peer", "peers: { A: { aeTitle: A, host: a, port: 0 } }", ["1 peers.A.port"]],
    ["a peer whose name could be an AE title and a host", 'peers: { "A@b": { aeTitle: A, host: a, port: 1 } }', [
      "1 peers.A@b",
    ]],
    ["a rule with an address that is none", "dicom:\n  allow:\n    - address: 10.0.0.300\n", [
      "3 dicom.allow[0].address",
    ]],
    ["a network of too many bits", "dicom: { allow: [{ address: 10.0.0.0/33 }] }", ["1 dicom.allow[0].address"]],
    ["a load balancer that has no address", "dicom:\n  proxies:\n    - 10.0.0.5\n    - haproxy\n", [
      "4 dicom.proxies[1]",
    ]],
    ["load balancers that are no list", "dicom: { proxies: 10.0.0.5 }", ["1 dicom.proxies"]],
    ["an empty list of rules", "dicom: { allow: [] }", ["1 dicom.allow"]],
    ["a duration of nothing", "dicom: { timeouts: { idle: 0s } }", ["1 dicom.timeouts.idle"]],
    ["a duration beyond a timer", "dicom: { timeouts: { idle: 9999h } }", ["1 dicom.timeouts.idle"]],
    ["TLS without anything", "tls:", ["1 tls"]],
    ["client certificates that nobody checks", "tls:\n  certificate: a\n  key: b\n  clientCertificates: required", [
      "4 tls.clientCertificates",
    ]],
    ["Deno's own TLS with client certificates", "tls:\n  certificate: a\n  key: b\n  clientCa: c\n  native: true", [
      "5 tls.native",
    ]],
    [
      "Deno's own TLS with the extended profile",
      "tls: { certificate: a, key: b, profile: bcp195-extended, native: true }",
      ["1 tls.native"],
    ],
    [
      "Deno's own TLS behind a load balancer",
      "tls: { certificate: a, key: b, native: true }\ndicom: { proxies: [10.0.0.5] }",
      ["1 tls.native"],
    ],
    ["an unknown TLS profile", "tls: { certificate: a, key: b, profile: bcp195-nd }", ["1 tls.profile"]],
    ["a rule for a certificate that nobody asks for", "dicom: { allow: [{ certificate: { subject: A } }] }", [
      "1 dicom.allow[0].certificate",
    ]],
    [
      "a rule for a certificate about nothing",
      "dicom: { allow: [{ certificate: {} }] }\ntls: { certificate: a, key: b, clientCa: c }",
      ["1 dicom.allow[0].certificate"],
    ],
    [
      "a fingerprint that is none",
      "dicom: { allow: [{ certificate: { fingerprint: 00aa } }] }\ntls: { certificate: a, key: b, clientCa: c }",
      ["1 dicom.allow[0].certificate.fingerprint"],
    ],
    ["a rule for users without any", "dicom: { allow: [{ users: any }] }", ["1 dicom.allow[0].users"]],
    ["a rule for some users that is none", "dicom: { users: f, allow: [{ users: all }] }", ["1 dicom.allow[0].users"]],
    ["half of the sidecar's TLS", "http: { tls: { key: a } }", ["1 http.tls.certificate"]],
    ["half of a peer's TLS", "peers: { A: { aeTitle: A, host: a, port: 1, tls: { key: a } } }", ["1 peers.A.tls"]],
    ["a passcode without a user", "peers: { A: { aeTitle: A, host: a, port: 1, passcode: a } }", ["1 peers.A.user"]],
    ["one port for DICOM and HTTP", "dicom: { port: 8080 }", ["1 http.port"]],
    ["one port for both, on one of all addresses", "dicom: { host: '::', port: 80 }\nhttp: { port: 80 }", [
      "2 http.port",
    ]],
    ["an open sidecar without a token", "http:\n  host: 0.0.0.0", ["2 http.host"]],
    ["a text for a truth value", "archive: { durable: yes }", ["1 archive.durable"]],
    ["an unknown policy", "archive: { onExisting: keep }", ["1 archive.onExisting"]],
    ["a list for the whole", "- a", ["1 "]],
    ["a section that is none", "\ndicom: 5", ["2 dicom"]],
    ["a repeated key", "aeTitle: A\naeTitle: B", ["2 "]],
    ["text that is no YAML", "http:\n  host: [", ["2 "]],
    ["a second document", "aeTitle: A\n---\naeTitle: B", ["2 "]],
    ["a key that could be an object's prototype", "aeTitle: A\n__proto__: { aeTitle: B }", ["- __proto__"]],
    ["a peer that could be", "peers: { __proto__: { aeTitle: A, host: a, port: 1 } }", ["- peers.__proto__"]],
    ["a called AE title that could be", "answers: { __proto__: [archive] }", ["- answers.__proto__"]],
    ["keys that every object has", "aeTitle: A\nconstructor: 1\ntoString: 2", ["2 constructor", "3 toString"]],
    ["an alias that holds itself", "peers: &x { a: *x }", ["- "]],
  ] as const
) {
  Deno.test(`parseConfig() refuses ${what}`, async () => assert.deepEqual(await places(text), expected));
}

Deno.test("parseConfig() says where quotes would mend a number or boolean that is to be a text, and nowhere else", async () => {
  const quoted = [
    "aeTitle: 123",
    "aeTitle: true",
    "dicom: { host: 5 }",
    "dicom: { allow: [{ aeTitle: 12 }] }",
    "dicom: { users: users.txt, allow: [{ users: [1, CT1, 2] }] }",
    "http: { token: 1234567890123456789 }",
    "archive: { path: 5 }",
    "peers: { P: { aeTitle: 5, host: a, port: 4 } }",
  ];
  const others = [
    "aeTitle: { a: 1 }",
    "aeTitle: 12345678901234567",
    "dicom: { timeouts: { idle: 5 } }",
    "dicom: { port: 1.5 }",
    "dicom: { allow: [{ address: 10 }] }",
    "archive: { onExisting: 5 }",
  ];
  for (const text of [...quoted, ...others]) {
    await assert.rejects(parseConfig(text), (error: Error) => {
      assert.deepEqual(/ \(quote (it: |its values\)$)/.test(error.message), quoted.includes(text), error.message);
      return true;
    });
  }
});

Deno.test("parseConfig() shows a number that JSON doesn't have as what it is", async () => {
  await assert.rejects(parseConfig("dicom: { port: .inf }"), /dicom\.port: found Infinity, expected a whole number/);
  await assert.rejects(parseConfig("dicom: { maxAssociations: .nan }"), /found NaN, expected a whole number/);
});

Deno.test("parseConfig() refuses aliases that multiply", async () => {
  const doubling = Array.from({ length: 15 }, (_, n) => `a${n + 1}: [*a${n}, *a${n}]`).join("\nx");
  assert.deepEqual(await places(`a0: &a0 [1, 1]\nx${doubling.replace(/(a\d+): \[/g, "$1: &$1 [")}`), ["- "]);
});

const env = (name: string) => ({ PORT: "104", TOKEN: "s3cr3t-s3cr3t-s3cr3t", EMPTY: "" })[name];

Deno.test("parseConfig() puts environment variables in place, in flow collections too", async () => {
  const config = await parseConfig(
    "aeTitle: ${AE:-MY GATEWAY}\n" +
      "dicom: { port: ${PORT}, host: ${EMPTY:-127.0.0.1} }\n" +
      'http: { token: "${TOKEN}", allowAdHocEcho: ${ADHOC:-true} }\n' +
      "archive: { path: /data/${PORT}/$${PORT} } # ${NOT_LOOKED_UP}\n",
    { env },
  );
  assert.deepEqual(config.aeTitle, "MY GATEWAY");
  assert.deepEqual([config.dicom.port, config.dicom.host], [104, "127.0.0.1"]);
  assert.deepEqual([config.http.token, config.http.allowAdHocEcho], ["s3cr3t-s3cr3t-s3cr3t", true]);
  assert.deepEqual(config.archive.path, "/data/104/${PORT}");
});

Deno.test("parseConfig() takes what a variable holds as text, never as YAML", async () => {
  const config = await parseConfig("archive: { path: ${P} }", { env: () => "a, durable: false }\nhttp: {" });
  assert.deepEqual(config.archive, {
    path: "a, durable: false }\nhttp: {",
    durable: true,
    reserve: 268_435_456,
    onExisting: "keep-first",
    unreadable: "keep",
    retain: "always",
    retainDays: 30,
    keepFree: 1024 ** 3,
    index: { attributes: [] },
  });
});

Deno.test("parseConfig() reports a variable that isn't set at its line, and no second problem there", async () => {
  assert.deepEqual(await problems("# one\ndicom:\n  port: ${NO_PORT}\n  host: ${bad name}", { env }), [
    {
      line: 3,
      keyPath: "dicom.port",
      found: "${NO_PORT}, which is not set",
      expected: "${NAME} of an environment variable, or ${NAME:-default}",
    },
    {
      line: 4,
      keyPath: "dicom.host",
      found: "${bad name}",
      expected: "${NAME} of an environment variable, or ${NAME:-default}",
    },
  ]);
});

Deno.test("parseConfig() never shows a secret or what a variable holds", async () => {
  await assert.rejects(
    parseConfig(
      "aeTitle: ${TOKEN}-and-more\ndicom: { port: ${TOKEN} }\nhttp: { token: hunter2 }\n" +
        'peers: { A: { passcode: "hunter2\\n" } }',
      { env },
    ),
    ({ message }: Error) => {
      assert.match(
        message,
        /^Cannot use the configuration: line 1, aeTitle: found .*; line 2, dicom\.port: .*; line 3, http\.token/,
      );
      assert.doesNotMatch(message, /s3cr3t|hunter2/);
      return true;
    },
  );
});

Deno.test("parseConfig() lets overrides win, and names no line for them", async () => {
  const text = "dicom:\n  port: 104\n";
  assert.deepEqual(
    (await parseConfig(text, { overrides: { "dicom.port": 105, "archive.path": "x" } })).dicom.port,
    105,
  );
  assert.deepEqual(await places(text, { overrides: { "dicom.port": 70_000, "http.host": "0.0.0.0" } }), [
    "- dicom.port",
    "- http.host",
  ]);
});

Deno.test("parseConfig() answers any text with a configuration or a ConfigError", async () => {
  const pieces = fc.constantFrom(
    "dicom",
    "port",
    ": ",
    ":",
    "\n",
    "  ",
    "- ",
    "[",
    "]",
    "{",
    "}",
    "${",
    "}",
    "1",
    "&a ",
    "*a",
    '"',
    "\t",
    "#",
  );
  await fc.assert(
    fc.asyncProperty(fc.array(pieces, { maxLength: 20 }), async (parts) => {
      await problems(parts.join(""));
    }),
    { seed: 42, numRuns: 500 },
  );
});

Deno.test("parseDuration() wants an amount and a unit", () => {
  assert.deepEqual(["500ms", "30s", "1.5m", "1h"].map(parseDuration), [500, 30_000, 90_000, 3_600_000]);
  assert.deepEqual(["30", "s", "-1s", "1d", "1 s", "1e3s", ""].map(parseDuration), Array(7).fill(undefined));
});

Deno.test("parseSize() wants an amount, and a unit where it has a fraction", () => {
  assert.deepEqual(["0", "131072", "1KiB", "256MiB", "1.5GiB", "1024TiB"].map(parseSize), [
    ...[0, 131_072, 1024, 268_435_456, 1_610_612_736, 2 ** 50],
  ]);
  assert.deepEqual(["", "1.5", "-1", "1kB", "1 MiB", "1mib", "1e3", "MiB"].map(parseSize), Array(8).fill(undefined));
});

Deno.test("parseConfig() reads sizes with and without a unit, and holds both to the limits", async () => {
  const maxPduLength = async (written: string) => (await parseConfig(`dicom: { maxPduLength: ${written} }`)).dicom;
  assert.deepEqual((await maxPduLength("64KiB")).maxPduLength, 65_536);
  assert.deepEqual((await maxPduLength("65536")).maxPduLength, 65_536);
  assert.deepEqual((await maxPduLength('"65536"')).maxPduLength, 65_536);
  const expected = "a size from 4KiB to 16MiB: bytes, or with a unit such as 512KiB, 256MiB or 2GiB";
  for (const [written, found] of [["4095", "4095"], ["17MiB", '"17MiB"'], ["1KB", '"1KB"'], ["0.5", "0.5"]] as const) {
    assert.deepEqual(await problems(`dicom: { maxPduLength: ${written} }`), [
      { line: 1, keyPath: "dicom.maxPduLength", found, expected },
    ]);
  }
});

Deno.test("parseConfig() tells the new name of a key that was renamed", async () => {
  const text = "dicom:\n  maximumPduLength: 65536\n  maximumDataSetLength: 1048576\n";
  assert.deepEqual(await problems(text), [
    { line: 2, keyPath: "dicom.maximumPduLength", found: "the old name of a key", expected: "maxPduLength" },
    { line: 3, keyPath: "dicom.maximumDataSetLength", found: "the old name of a key", expected: "maxDataSetLength" },
  ]);
});

Deno.test("nearest() finds what was meant, or nothing", () => {
  const words = ["port", "host", "token", "allowAdHocEcho"];
  assert.deepEqual(nearest("prot", words), "port");
  assert.deepEqual(nearest("Port", words), "port");
  assert.deepEqual(nearest("alowAdhocecho", words), "allowAdHocEcho");
  assert.deepEqual(nearest("certificate", words), undefined);
});

Deno.test("mpps.forward names peers, and nothing else", async () => {
  const wrong = "{ peers: { RIS: { aeTitle: A, host: a, port: 9 } }, mpps: { forward: [RIS, RSI] } }";
  await assert.rejects(parseConfig(wrong), /mpps\.forward\[1\].*RIS \(did you mean that\?\)/);
  await assert.rejects(parseConfig("mpps: { forward: [RIS] }"), /mpps\.forward\[0\].*a name in peers/);
  const web = "{ peers: { WEB: { url: 'https://a/dicom-web' } }, mpps: { forward: [WEB] } }";
  await assert.rejects(parseConfig(web), /mpps\.forward\[0\].*a peer with a host, not a URL/);
});

Deno.test("tokens of http are themselves or digests, and keys of an issuer come over a safe way", async () => {
  const scopes = "scopes: [read]";
  const broken: readonly (readonly [string, RegExp])[] = [
    [`tokens: { A: { ${scopes} } }`, /http\.tokens\.A: .*token or sha256, one of them/],
    [`tokens: { A: { token: 0123456789abcdef, sha256: "${"ab".repeat(32)}", ${scopes} } }`, /token or sha256/],
    [`tokens: { A: { token: short, ${scopes} } }`, /http\.tokens\.A\.token: .*at least 16/],
    [`tokens: { A: { sha256: "abcd", ${scopes} } }`, /http\.tokens\.A\.sha256: .*64 hexadecimal/],
    ["tokens: { A: { token: 0123456789abcdef } }", /http\.tokens\.A\.scopes/],
    ["tokens: { A: { token: 0123456789abcdef, scopes: [] } }", /scopes: .*at least one of read/],
    ["tokens: { A: { token: 0123456789abcdef, scopes: [root] } }", /scopes\[0\]: found .*read or write/],
    ["oidc: { issuer: x, audience: y }", /http\.oidc\.jwks/],
    ["oidc: { issuer: x, audience: y, jwks: 'http://login.example/keys' }", /http\.oidc\.jwks: .*https, or a loopback/],
  ];
  for (const [yaml, expected] of broken) await assert.rejects(parseConfig(`http: { ${yaml} }`), expected, yaml);
  const { http } = await parseConfig(
    `
http:
  host: 0.0.0.0
  tokens: { A: { token: "\${TOKEN}", scopes: [read, admin] } }
  oidc: { issuer: x, audience: y, jwks: "http://[::1]:8000/keys" }`,
    { env },
  );
  assert.deepEqual(http.tokens, { A: { token: "s3cr3t-s3cr3t-s3cr3t", scopes: ["read", "admin"] } });
  assert.deepEqual(http.oidc, {
    ...{ issuer: "x", audience: "y", jwks: "http://[::1]:8000/keys" },
    ...{ scopeClaim: "scope", clockSkew: 30_000 },
  });
  for (
    const only of [
      `tokens: { A: { token: 0123456789abcdef, ${scopes} } }`,
      "oidc: { issuer: x, audience: y, jwks: 'https://a/k' }",
    ]
  ) {
    await parseConfig(`http: { host: 0.0.0.0, ${only} }\ndicomweb: { origins: ["*"] }`);
  }
});

Deno.test("origins of dicomweb are origins, and * wants a token", async () => {
  for (const origin of ["viewer.example", "https://viewer.example/", "https://viewer.example/x", "ftp://a", "null"]) {
    await assert.rejects(
      parseConfig(`dicomweb: { origins: ["${origin}"] }`),
      /dicomweb\.origins\[0\]: found .*an origin such as/,
    );
  }
  await assert.rejects(parseConfig(`dicomweb: { origins: ["*"] }`), /http\.token, tokens or oidc as well/);
  const config = await parseConfig(`{ http: { token: 0123456789abcdef }, dicomweb: { origins: ["*"] } }`);
  assert.deepEqual(config.dicomweb.origins, ["*"]);
});

const PEERS: readonly (readonly [peer: string, keyPath: string, expected: string])[] = [
  ["{ url: 'ftp://a/b' }", "url", "a URL that begins with https:// or http://, without user, query and fragment"],
  [
    "{ url: 'https://user@a/b' }",
    "url",
    "a URL that begins with https:// or http://, without user, query and fragment",
  ],
  ["{ url: 'https://a/b', host: c }", "host", "nothing beside url"],
  ["{ url: 'https://a/b', tls: {} }", "tls", "nothing beside url"],
  ["{ url: 'https://a/b', aeTitle: GANTRY }", "aeTitle", "another AE title than the gateway's own"],
  [
    "{ url: 'https://a/b', token: c, oauth2: { tokenUrl: 'https://d', clientId: e, clientSecret: f } }",
    "token",
    "token or oauth2, not both",
  ],
  ["{ aeTitle: A, host: b, port: 1, token: c }", "token", "url as well, or nothing"],
  ["{ aeTitle: A, port: 1 }", "host", "a host name or an IP address (without brackets), or url for a DICOMweb server"],
];

Deno.test("a peer has a host or a URL, and what goes with it", async () => {
  for (const [peer, key, expected] of PEERS) {
    const found = await problems(`peers: { X: ${peer} }`);
    assert.deepEqual(found.map(({ keyPath, expected }) => [keyPath, expected]), [[`peers.X.${key}`, expected]], peer);
  }
});

Deno.test("destinations are one thing each, and routes lead to what there is", async () => {
  const peers = "peers: { PACS: { aeTitle: A, host: a, port: 9 } }";
  const wrong: readonly (readonly [text: string, problem: RegExp])[] = [
    ...["until-delivered", "for-days", "while-disk-lasts"].map((retain) =>
      [`archive: { retain: ${retain} }`, /archive\.retain.*commitment\.enabled as false/] as const
    ),
    [
      "archive: { retain: while-disk-lasts, reserve: 2GiB }\ncommitment: { enabled: false }",
      /archive\.keepFree.*more than archive\.reserve/,
    ],
    ["destinations: { A: {} }", /destinations\.A.*one of peer, folder and webhook/],
    ["destinations: { A: { folder: /a, webhook: 'https://a/' } }", /destinations\.A\.webhook.*nothing beside folder/],
    ["destinations: { A: { folder: /a, secret: 0123456789abcdef } }", /destinations\.A\.secret.*webhook as well/],
    ["destinations: { A: { webhook: 'ftp://a/' } }", /destinations\.A\.webhook.*https/],
    ["destinations: { A: { folder: /a, hours: 9-17 } }", /destinations\.A\.hours.*22:00-06:00/],
    ["destinations: { A: { folder: /a, hours: '09:00-09:00' } }", /destinations\.A\.hours.*two different times/],
    [`${peers}\ndestinations: { A: { peer: PACK } }`, /destinations\.A\.peer.*PACS \(did you mean that\?\)/],
    [`${peers}\ndestinations: { PACS: { folder: /a } }`, /destinations\.PACS.*a name that no peer has/],
    [`${peers}\nroutes: [{ name: a, to: [PACX] }]`, /routes\[0\]\.to\[0\].*PACS \(did you mean that\?\)/],
    [`${peers}\nroutes: [{ name: a, to: [] }]`, /routes\[0\]\.to.*a list of 1 to 100 names/],
    [`${peers}\nroutes: [{ name: a, to: [PACS] }, { name: a, to: [PACS] }]`, /routes\[1\]\.name.*no route before it/],
    [`${peers}\nroutes: [{ to: [PACS] }]`, /routes\[0\]\.name/],
    [`${peers}\nroutes: [{ name: a }]`, /routes\[0\]\.to: found nothing/],
    [`${peers}\nroutes: [{ name: a, to: PACX }]`, /routes\[0\]\.to: .*PACS \(did you mean that\?\)/],
    [`${peers}\nroutes: [{ name: a, to: { firstOf: [PACX, PACS] } }]`, /routes\[0\]\.to\.firstOf\[0\]: .*PACS \(did/],
    [
      `${peers}\nroutes:\n  - name: a\n    to: PACS\n    when:\n      Modalty: CT`,
      /line 6, routes\[0\]\.when\.Modalty: found no keyword or tag, expected Modality \(did you mean that\?\)/,
    ],
    [`${peers}\nroutes: [{ name: a, to: PACS, when: { callingAETitle: A } }]`, /expected callingAeTitle \(did you/],
    [`${peers}\nroutes: [{ name: a, to: PACS, when: { Modality: { equal: CT } } }]`, /expected equals \(did you/],
    [`${peers}\nroutes: [{ name: a, to: PACS, when: { way: C-STOR } }]`, /found "C-STOR", expected C-STORE \(did you/],
    [
      `${peers}\nrouting: { match: first }\nroutes: [{ name: a, to: PACS }, { name: b, when: { Modality: CT }, to: PACS }]`,
      /routes\[1\]: found a rule without effect: "a" before it matches all instances/,
    ],
    [`${peers}\nroutes: [{ name: a, when: {}, to: [PACS] }]`, /routes\[0\]\.when.*at least one/],
  ];
  for (const [text, problem] of wrong) await assert.rejects(parseConfig(text), problem, text);
});

Deno.test("parseConfig() takes web of any peer, and retrieve of peers with a host", async () => {
  const peer = "{ aeTitle: A, host: a, port: 1, web: true }";
  await parseConfig(`peers: { A-1.b_c: ${peer}, C: { url: "https://c.example", web: true } }`);
  await assert.rejects(
    parseConfig(`peers: { C: { url: "https://c.example", web: true, retrieve: move } }`),
    /peers\.C\.retrieve: .*nothing beside url/,
  );
});
