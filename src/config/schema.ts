/**
 * The schema of configurations.
 *
 * @module
 */

import type { core, ZodType } from "zod";
import { kinds, type Zod } from "./kinds.ts";
import { type Config, defaultConfig } from "./model.ts";

/** Without a token the sidecar listens here only. */
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

/** One PiB. */
const MAXIMUM_BYTES = 2 ** 50;

const ANY_REFERENCE = String.raw`\$\{`;

/** The schema; validation is imported when there is something to validate. */
export async function configSchema(): Promise<ZodType<Config>> {
  const z = await import("zod");
  const { aeTitle, section } = kinds(z);
  const schema = section({
    aeTitle: aeTitle.default(defaultConfig.aeTitle),
    dicom: dicomSection(z).prefault({}),
    tls: tlsSection(z).exactOptional(),
    http: httpSection(z).prefault({}),
    archive: archiveSection(z).prefault({}),
    peers: peersSection(z).default({}),
  });
  return schema.check(({ value, issues }) => {
    const { dicom, tls } = value;
    for (const [index, { certificate, users }] of dicom.allow.entries()) {
      const wrong = (key: string, message: string) =>
        issues.push({ code: "custom", path: ["dicom", "allow", index, key], message, input: value });
      if (certificate !== undefined && tls?.clientCa === undefined) {
        wrong("certificate", "tls.clientCa as well; without it nobody shows a certificate");
      }
      if (users !== undefined && dicom.users === undefined) wrong("users", "dicom.users as well, the file of users");
    }
    if (tls?.native && (tls.clientCa !== undefined || tls.profile !== "bcp195" || dicom.proxies.length > 0)) {
      const message = "false, with tls.clientCa, dicom.proxies or tls.profile bcp195-extended";
      issues.push({ code: "custom", path: ["tls", "native"], message, input: value });
    }
  });
}

/** JSON Schema of what may stand in a configuration, for editors. */
export async function configJsonSchema(): Promise<object> {
  const { toJSONSchema } = await import("zod");
  return toJSONSchema(await configSchema(), {
    io: "input",
    override({ jsonSchema }) {
      const { pattern } = jsonSchema;
      if (pattern && !pattern.endsWith(ANY_REFERENCE)) jsonSchema.pattern = `${pattern}|${ANY_REFERENCE}`;
    },
  });
}

function dicomSection(z: Zod) {
  const { address, boolean, duration, file, host, integer, oneOf, section } = kinds(z);
  const { dicom } = defaultConfig;
  const { timeouts } = dicom;
  return section({
    host: host.default(dicom.host),
    port: integer(0, 65535).default(dicom.port),
    maxAssociations: integer(1, 100_000).default(dicom.maxAssociations),
    maxAssociationsPerAeTitle: integer(1, 100_000).default(dicom.maxAssociationsPerAeTitle),
    maxAssociationsPerAddress: integer(1, 100_000).default(dicom.maxAssociationsPerAddress),
    maxUnassociated: integer(1, 100_000).default(dicom.maxUnassociated),
    maxUnassociatedPerAddress: integer(1, 100_000).default(dicom.maxUnassociatedPerAddress),
    maxMemory: integer(0, MAXIMUM_BYTES).default(dicom.maxMemory),
    proxies: z.array(address, { error: "a list of IP addresses and networks" }).default([...dicom.proxies]),
    maximumPduLength: integer(4096, 16_777_216).default(dicom.maximumPduLength),
    maximumDataSetLength: integer(1_048_576, MAXIMUM_BYTES).default(dicom.maximumDataSetLength),
    allow: allowRules(z).default([]),
    users: file.exactOptional(),
    requireCalledAeTitle: boolean.default(dicom.requireCalledAeTitle),
    unknownSopClasses: oneOf("accept", "refuse").default(dicom.unknownSopClasses),
    timeouts: section({
      connect: duration.default(timeouts.connect),
      associate: duration.default(timeouts.associate),
      response: duration.default(timeouts.response),
      idle: duration.default(timeouts.idle),
      release: duration.default(timeouts.release),
      drain: duration.default(timeouts.drain),
    }).prefault({}),
  });
}

function allowRules(z: Zod) {
  const { address, aeTitle, fingerprint, line, section } = kinds(z);
  const certificate = notEmpty({
    subject: line.exactOptional(),
    name: line.exactOptional(),
    fingerprint: fingerprint.exactOptional(),
  });
  const users = z.union([z.literal("any"), z.array(line).min(1)], { error: "any, or a list of usernames" });
  const rule = notEmpty({
    aeTitle: aeTitle.exactOptional(),
    calledAeTitle: aeTitle.exactOptional(),
    address: address.exactOptional(),
    certificate: certificate.exactOptional(),
    users: users.exactOptional(),
  });
  function notEmpty<T extends core.$ZodLooseShape>(shape: T) {
    const error = `at least one of ${Object.keys(shape).join(", ")}`;
    return section(shape).refine((rule) => Object.keys(rule).length > 0, { error });
  }
  return z.array(rule, { error: "a list of rules" })
    .min(1, { error: "at least one rule; without allow, anybody may associate" });
}

function tlsSection(z: Zod) {
  const { boolean, file, oneOf, section } = kinds(z);
  return section({
    certificate: file,
    key: file,
    clientCa: file.exactOptional(),
    clientCertificates: oneOf("required", "optional").exactOptional(),
    profile: oneOf("bcp195", "bcp195-extended").default("bcp195"),
    native: boolean.default(false),
  }).refine(({ clientCa, clientCertificates }) => clientCa !== undefined || clientCertificates === undefined, {
    path: ["clientCertificates"],
    error: "tls.clientCa as well, the authorities to check them against",
  });
}

function httpSection(z: Zod) {
  const { boolean, file, host, integer, section, token } = kinds(z);
  const { http } = defaultConfig;
  return section({
    host: host.default(http.host),
    port: integer(0, 65535).default(http.port),
    token: token.exactOptional(),
    tls: section({ certificate: file, key: file }).exactOptional(),
    allowAdHocEcho: boolean.default(http.allowAdHocEcho),
  }).refine(({ host, token }) => token !== undefined || LOOPBACK.test(host), {
    path: ["host"],
    error: "a loopback address such as 127.0.0.1, or http.token as well",
  });
}

function archiveSection(z: Zod) {
  const { boolean, file, integer, oneOf, section } = kinds(z);
  const { archive } = defaultConfig;
  return section({
    path: file.default(archive.path),
    durable: boolean.default(archive.durable),
    reserve: integer(0, MAXIMUM_BYTES).default(archive.reserve),
    onExisting: oneOf("replace", "keep-first").default(archive.onExisting),
  });
}

function peersSection(z: Zod) {
  const { aeTitle, boolean, file, host, integer, line, name, section } = kinds(z);
  const tls = section(
    {
      ca: file.exactOptional(),
      certificate: file.exactOptional(),
      key: file.exactOptional(),
      serverName: host.exactOptional(),
      verifyName: boolean.exactOptional(),
    },
    "a mapping: {} trusts the system, { ca: FILE } a file of authorities",
  ).refine(({ certificate, key }) => (certificate === undefined) === (key === undefined), {
    error: "certificate and key, or neither",
  });
  const peer = section({
    aeTitle,
    host,
    port: integer(1, 65535),
    callingAeTitle: aeTitle.exactOptional(),
    tls: tls.exactOptional(),
    user: line.exactOptional(),
    passcode: line.exactOptional(),
  }).refine(({ user, passcode }) => user !== undefined || passcode === undefined, {
    path: ["user"],
    error: "the user whose passcode it is",
  });
  return z.record(name, peer, { error: "a mapping of names to peers" });
}
