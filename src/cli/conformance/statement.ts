/**
 * A DICOM conformance statement, after the template of PS3.2.
 *
 * @module
 */

import type { Config } from "../../config.ts";
import { definedTerms } from "../../dicom/charsets/terms.ts";
import { VERSION } from "../../dicom/implementation.ts";
import { formatBytes, formatDuration } from "../output/units.ts";
import type { AcceptedSopClass, GatewayAnswers } from "./ask_gateway.ts";
import { STORAGE_COMMITMENT } from "./commitment.ts";
import { named, section, table, transferSyntaxRow } from "./markdown.ts";
import { invokedServices } from "./invoked_services.ts";
import { serviceOf, statusSections } from "./performed_services.ts";
import { securityProfile } from "./security_profile.ts";
import { webServices } from "./web_services.ts";

/** The statement of a configuration, as Markdown that ends with a line break. */
export function conformanceStatement(config: Config, answers: GatewayAnswers): string {
  return `${
    [
      overview(config, answers),
      implementationModel(config),
      associations(config, answers),
      acceptance(config, answers),
      ...statusSections(answers.sopClasses, config),
      invokedServices(config),
      webServices(config, answers.web),
      interfaces(config),
      section(
        "## Media interchange",
        "None. `gantry dump` and `gantry send` read Part 10 files (PS3.10); they do not read a DICOMDIR.",
      ),
      characterSets(),
      securityProfile(config),
      notes(),
    ].join("\n\n")
  }\n`;
}

function overview({ aeTitle }: Config, { sopClasses }: GatewayAnswers): string {
  const rows = [...Map.groupBy(sopClasses, serviceGroup)].map(([group, classes]) => [
    group,
    classes.length === 1 ? named(classes[0]!.uid) : `${classes.length} SOP classes`,
    ["Verification", "Storage", STORAGE_COMMITMENT].includes(group) ? "yes" : "",
    "yes",
  ]);
  return section(
    "# DICOM conformance statement",
    `Gantry ${VERSION}, AE title \`${aeTitle}\`. \`gantry conformance\` wrote this statement: it asked a gateway of this ` +
      "configuration for every SOP class and transfer syntax of PS3.6, and reports what the gateway accepted. The " +
      "structure follows PS3.2.",
    "Gantry stores instances that it receives, without changing them, and sends files on request.",
    table(["network service", "SOP classes", "user (SCU)", "provider (SCP)"], rows),
  );
}

function serviceGroup({ uid }: AcceptedSopClass): string {
  const service = serviceOf(uid);
  if (service === STORAGE_COMMITMENT) return service;
  return service === "C-ECHO" ? "Verification" : service === "C-STORE" ? "Storage" : `Others (${service})`;
}

function implementationModel({ aeTitle }: Config): string {
  return section(
    "## Implementation model",
    `One application entity, \`${aeTitle}\`, accepts associations and stores the instances that it receives in an ` +
      "archive of Part 10 files. It requests an association when an operator calls `POST /echo`, `POST /commitments`, " +
      "`gantry echo`, `gantry send` or `gantry commit`, to report storage commitment, and to send on what routes lead to a " +
      "peer.",
    "A C-STORE gets a success only when the instance is in the archive: see the status codes below.",
  );
}

function associations({ dicom }: Config, { userInformation }: GatewayAnswers): string {
  const { timeouts } = dicom;
  return section(
    "## Association policies",
    table(["property", "value"], [
      ["application context name", "`1.2.840.10008.3.1.1.1`"],
      ["implementation class UID", `\`${userInformation.implementationClassUid}\``],
      ["implementation version name", userInformation.implementationVersionName ?? "none"],
      ["maximum PDU length received", `${userInformation.maximumPduLength} bytes`],
      ["maximum PDU length sent", "that of the peer, at most 131072 bytes"],
      ["simultaneous associations as acceptor", String(dicom.maxAssociations)],
      ["… with one calling AE title", String(dicom.maxAssociationsPerAeTitle)],
      ["… from one address", String(dicom.maxAssociationsPerAddress)],
      ["asynchronous operations window", "answered with 1 and 1"],
      ["longest data set received", formatBytes(dicom.maxDataSetLength)],
      ["wait for an A-ASSOCIATE-RQ or its answer", formatDuration(timeouts.associate)],
      ["wait for a response", formatDuration(timeouts.response)],
      ["wait for a silent peer", formatDuration(timeouts.idle)],
      ["wait for an A-RELEASE-RP", formatDuration(timeouts.release)],
    ]),
    "A peer that exceeds a limit gets an A-ASSOCIATE-RJ (transient, local limit exceeded); while memory or disk space " +
      "is short, it gets temporary congestion.",
  );
}

function acceptance({ aeTitle, dicom }: Config, answers: GatewayAnswers): string {
  const { sopClasses, acceptsPrivateSopClass, acceptsPrivateTransferSyntax } = answers;
  const groups = [...Map.groupBy(sopClasses, ({ transferSyntaxes }) => transferSyntaxes.join(" "))];
  return section(
    "## Association acceptance",
    dicom.allow.length === 0
      ? "Any calling AE title may associate."
      : `A peer must match one of ${dicom.allow.length} access rules.${limitedRules(dicom)}`,
    dicom.requireCalledAeTitle
      ? `The called AE title must be \`${aeTitle}\`.`
      : "The gateway accepts any called AE title that its access rules allow.",
    ...groups.map(([, classes], index) => contexts(index + 1, classes)),
    acceptsPrivateSopClass
      ? "The gateway accepts SOP classes that PS3.6 does not list, and treats them as storage SOP classes."
      : "The gateway refuses SOP classes that PS3.6 does not list.",
    acceptsPrivateTransferSyntax
      ? "For storage it accepts transfer syntaxes that PS3.6 does not list, if no listed one is proposed with them."
      : "",
    "Of the transfer syntaxes of a presentation context the gateway accepts the first that the requestor proposes and " +
      "that it supports. It answers each presentation context by itself.",
    negotiation(sopClasses),
  );
}

/** Of rules that don't let one do everything. */
function limitedRules({ allow }: Config["dicom"]): string {
  const limited = allow.filter(({ may }) => may !== undefined).length;
  if (limited === 0) return "";
  return ` Of these, ${limited} ${
    limited === 1 ? "names" : "name"
  } the services that it allows: presentation contexts of ` +
    "other services get result 3 (abstract syntax not supported). A peer that may retrieve and not store gets contexts " +
    "of storage SOP classes with the SCP role alone.";
}

function contexts(number: number, classes: readonly AcceptedSopClass[]): string {
  const [{ transferSyntaxes }] = classes as [AcceptedSopClass];
  return section(
    `### Presentation contexts, group ${number}`,
    "Each of these SOP classes:",
    table(
      ["SOP class", "UID", "retired", "role of the gateway"],
      classes.map(({ uid, retired, requestorMayBeScp }) => [
        named(uid),
        `\`${uid}\``,
        retired ? "yes" : "",
        requestorMayBeScp ? "SCP, SCU by role selection" : "SCP",
      ]),
    ),
    "in each of these transfer syntaxes:",
    table(["transfer syntax", "UID", "retired"], transferSyntaxes.map(transferSyntaxRow)),
  );
}

function negotiation(classes: readonly AcceptedSopClass[]): string {
  const extended = classes.filter(({ extendedNegotiation }) => extendedNegotiation !== undefined);
  return section(
    "### Extended negotiation",
    extended.length === 0 ? "The gateway answers no SOP class extended negotiation." : table(
      ["SOP class", "answer to five bytes of 1"],
      extended.map(({ uid, extendedNegotiation }) => [named(uid), extendedNegotiation!.toHex()]),
    ),
    "User identity negotiation: user names, with and without passcode, if the configuration has users.",
  );
}

function interfaces({ dicom, peers, tls }: Config): string {
  return section(
    "## Network interfaces",
    `TCP over IPv4 or IPv6, as the addresses are. The gateway listens on ${dicom.host}, port ${dicom.port}${
      tls ? ", with TLS" : ""
    }. ` +
      `${
        dicom.proxies.length > 0 ? "Load balancers announce clients by the PROXY protocol, versions 1 and 2. " : ""
      }Configured peers: ${Object.keys(peers).length}.`,
    "The AE title, addresses, ports, limits and timeouts can be configured.",
  );
}

function characterSets(): string {
  return section(
    "## Character sets",
    "The archive stores text as it arrives, in whatever character set. Where Gantry shows or converts text, it " +
      "understands these defined terms of Specific Character Set (0008,0005), and code extensions by ISO 2022:",
    definedTerms().map((term) => `\`${term}\``).join(", "),
  );
}

function notes(): string {
  return section(
    "## Annexes",
    "**Attributes.** The archive stores every attribute, private ones too, unchanged (Storage level 2, PS3.4 B.4.1). It " +
      "neither coerces nor validates values; it writes the file meta information itself.",
    "**Private extensions.** Gantry defines no private attributes, SOP classes or transfer syntaxes.",
  );
}
