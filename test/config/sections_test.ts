import assert from "node:assert/strict";
import {
  type Config,
  configDefaults,
  configJsonSchema,
  type ConfigKeys,
  type ConfigSection,
  configSection,
  configSettings,
  configTemplate,
  type ConfigValues,
  defaultConfig,
  mapConfig,
  parseConfig,
} from "../../src/config.ts";
import type * as model from "../../src/config/generated/model.ts";
import type { allowRuleKeys, certificateKeys } from "../../src/config/sections/allow.ts";
import type { archiveKeys } from "../../src/config/sections/archive.ts";
import type { dicomKeys, timeoutKeys } from "../../src/config/sections/dicom.ts";
import type { dicomwebKeys } from "../../src/config/sections/dicomweb.ts";
import type { configKeys } from "../../src/config/sections/gateway.ts";
import type { httpKeys, httpTlsKeys, httpTokenKeys, oidcKeys } from "../../src/config/sections/http.ts";
import type { peerKeys, peerTlsKeys } from "../../src/config/sections/peers.ts";
import type { tlsKeys } from "../../src/config/sections/tls.ts";
import { ConfigError } from "../../src/config/config_error.ts";

/** Whether two types are the same, their optional and read-only properties included. */
type Same<A, B> = (<T>() => T extends Flat<A> ? 1 : 2) extends (<T>() => T extends Flat<B> ? 1 : 2) ? true : false;
type Flat<T> = { [Key in keyof T]: T[Key] };

Deno.test("the types that are written from the keys are those that are inferred from them", () => {
  // The compiler holds this; at run time nothing is left of it.
  const same: [
    Same<ConfigValues<typeof configKeys>, model.Config>,
    Same<ConfigValues<typeof dicomKeys>, model.DicomConfig>,
    Same<ConfigValues<typeof timeoutKeys>, model.TimeoutConfig>,
    Same<ConfigValues<typeof allowRuleKeys>, model.AllowRule>,
    Same<ConfigValues<typeof certificateKeys>, model.AllowedCertificate>,
    Same<ConfigValues<typeof tlsKeys>, model.TlsConfig>,
    Same<ConfigValues<typeof httpKeys>, model.HttpConfig>,
    Same<ConfigValues<typeof httpTlsKeys>, model.HttpTlsConfig>,
    Same<ConfigValues<typeof httpTokenKeys>, model.HttpTokenConfig>,
    Same<ConfigValues<typeof oidcKeys>, model.OidcConfig>,
    Same<ConfigValues<typeof archiveKeys>, model.ArchiveConfig>,
    Same<ConfigValues<typeof dicomwebKeys>, model.DicomwebConfig>,
    Same<ConfigValues<typeof peerKeys>, model.PeerConfig>,
    Same<ConfigValues<typeof peerTlsKeys>, model.PeerTlsConfig>,
  ] = [true, true, true, true, true, true, true, true, true, true, true, true, true, true];
  const different: [
    Same<{ readonly a: number }, { a: number }>,
    Same<{ a?: number }, { a: number }>,
    Same<ConfigValues<typeof archiveKeys>, model.ArchiveConfig & { more: string }>,
  ] = [false, false, false];
  assert.equal(same.length + different.length, 17);
});

const keys = {
  path: { type: "path", access: "write", default: "./orders", description: "Folder of entries" },
  refresh: { type: "duration", default: "30s", was: "reload", description: "Time between two looks at that folder" },
  maxEntries: { type: "integer", min: 1, max: 9, unit: "entries", default: 5, description: "Entries in an answer" },
  match: { type: "choice", choices: ["exact", "fuzzy"], default: "exact", description: "How names are compared" },
  host: { type: "host", required: true, example: "ris.example", description: "Host of the RIS" },
  port: { type: "port", min: 1, required: true, example: 2575, description: "Port of the RIS" },
  password: { type: "line", secret: true, example: "${RIS_PASSWORD}", description: "Password there" },
} as const satisfies ConfigKeys;

interface OrdersConfig extends ConfigValues<typeof keys> {}

const orders: ConfigSection<OrdersConfig> & { readonly optional: true } = {
  type: "section",
  optional: true,
  description: "The orders",
  keys,
  rules: [
    ({ match, maxEntries }) =>
      match === "fuzzy" && maxEntries > 8 ? { path: ["match"], expected: "exact, with so many entries" } : undefined,
  ],
};
const sections = { orders };

Deno.test("parseConfig() reads a further section, with exact types", async () => {
  const config = await parseConfig("orders: { host: ris, port: 2575, maxEntries: 7 }", { sections });
  const { orders }: { readonly orders?: OrdersConfig } = config;
  const match: "exact" | "fuzzy" | undefined = orders?.match;
  assert.deepEqual(orders, {
    ...{ path: "./orders", refresh: 30_000, maxEntries: 7, match: "exact", host: "ris", port: 2575 },
  });
  assert.equal(match, "exact");
  assert.ok(Object.isFrozen(orders));
  const gateway: Config = config;
  assert.equal(gateway.aeTitle, "GANTRY");
  assert.equal((await parseConfig("", { sections })).orders, undefined);
});

Deno.test("parseConfig() finds mistakes in a further section as in its own", async () => {
  const text = 'orders:\n  host: ris\n  port: 1\n  reload: 1s\n  maxEntires: 1\n  password: "hunter2\\n"\n';
  await assert.rejects(parseConfig(text, { sections }), (error) => {
    assert.ok(error instanceof ConfigError);
    assert.deepEqual(error.problems.map(({ line, found, expected }) => [line, found, expected]), [
      [4, "the old name of a key", "refresh"],
      [5, "an unknown key", "maxEntries (did you mean that?)"],
      [6, "a value that is not shown", "1 to 255 characters on one line"],
    ]);
    return true;
  });
  const broken = parseConfig("orders: { host: a, port: 1, match: fuzzy, maxEntries: 9 }", { sections });
  await assert.rejects(broken, /line 1, orders\.match: found "fuzzy", expected exact, with so many entries/);
  await assert.rejects(parseConfig("orders: {}"), /orders: found an unknown key/);
});

Deno.test("configDefaults() gives what holds where nothing is written, frozen", () => {
  assert.deepEqual(configDefaults(configSection), defaultConfig);
  const { path, match } = keys;
  const defaults = configDefaults({ type: "section", description: "Two of them", keys: { path, match } });
  assert.deepEqual(defaults, { path: "./orders", match: "exact" });
  assert.ok(Object.isFrozen(defaults));
});

Deno.test("a further section is in the template and in the JSON Schema", async () => {
  const template = await configTemplate({ sections });
  assert.match(template, /^# The orders\.\n# orders:\n# {3}path: \.\/orders # Folder of entries$/m);
  const schema = JSON.stringify(await configJsonSchema({ sections }));
  assert.ok(schema.includes("Time between two looks at that folder. Expected: a duration"));
});

Deno.test("a section cannot take a key of the gateway", async () => {
  const message = "Cannot add the section dicom: the gateway has a key of this name";
  await assert.rejects(parseConfig("", { sections: { dicom: orders } }), { message });
});

Deno.test("configSettings() finds every plain value with its entry, and mapConfig() changes them", async () => {
  const text =
    "orders: { host: ris, port: 2575 }\npeers: { A: { aeTitle: A, host: a, port: 1, tls: { ca: ca.crt } } }\n" +
    "dicom: { allow: [{ address: 10.0.0.1 }, { users: [b] }], users: u }";
  const config = await parseConfig(text, { sections });
  const settings = configSettings(config, { sections });
  const of = (type: string) =>
    settings.filter(({ entry }) => entry.type === type).map(({ path, value }) => `${path.join(".")} ${value}`);
  assert.deepEqual(of("path"), [
    "dicom.users u",
    "archive.path ./data",
    "peers.A.tls.ca ca.crt",
    "orders.path ./orders",
  ]);
  assert.deepEqual(of("port"), ["dicom.port 11112", "http.port 8080", "peers.A.port 1", "orders.port 2575"]);
  assert.deepEqual(of("address"), ["dicom.allow.0.address 10.0.0.1"]);
  const mapped = mapConfig(config, ({ entry, value }) => entry.type === "path" ? `/etc/${value}` : value, { sections });
  assert.deepEqual([mapped.peers.A?.tls?.ca, mapped.orders?.path], ["/etc/ca.crt", "/etc/./orders"]);
  assert.deepEqual(mapped.dicom.allow, config.dicom.allow);
  assert.ok(Object.isFrozen(mapped.peers.A));
});
