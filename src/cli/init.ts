/**
 * `gantry init`: writes a configuration to start from.
 *
 * @module
 */

import { defaultConfig } from "../config.ts";
import { type Call, defineCommand, ExitCode, type Flags } from "./command.ts";
import { DEFAULT_FILE } from "./config_file.ts";
import { errorText, escapeText } from "./escape.ts";

const flags = {
  force: { type: "boolean", short: "f", help: "Overwrite a file that is there" },
} as const satisfies Flags;

/** `gantry init [FILE]` */
export const init = defineCommand({
  name: "init",
  summary: "Write a commented configuration",
  description: "It says what holds without it, so nothing changes until it is edited.",
  operands: [{ name: "FILE", help: `where to write (default ${DEFAULT_FILE}; - for stdout)`, optional: true }],
  flags,
  examples: [["init", `Write ${DEFAULT_FILE}`], ["init - | less", "Read it first"]],
  failed: "The file is there already, or cannot be written",
  run,
});

async function run({ operands, values, terminal }: Call<typeof flags>): Promise<ExitCode> {
  const file = operands[0] ?? DEFAULT_FILE;
  if (file === "-") {
    terminal.out.write(TEMPLATE);
    return ExitCode.Done;
  }
  const shown = escapeText(file);
  try {
    await Deno.writeTextFile(file, TEMPLATE, { createNew: !values.force });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) {
      throw new Error(`Cannot write ${shown}: ${errorText(error)}`);
    }
    throw new Error(`Cannot write ${shown}: it is there already, and --force was not given`);
  }
  terminal.err.write(`Wrote ${shown}. Next: gantry check ${shown}; gantry listen --config ${shown}\n`);
  return ExitCode.Done;
}

const { aeTitle, dicom, http, archive } = defaultConfig;
const seconds = (milliseconds: number) => `${milliseconds / 1000}s`;

const TEMPLATE = `# Gantry's configuration. What is written out is the default; what is commented out is an example.
# \${NAME} stands for an environment variable, \${NAME:-default} for one that may be missing.
# Relative paths start at this file's folder. Check it with: gantry check

# AE title of this gateway: 1 to 16 characters.
aeTitle: ${aeTitle}

# The DICOM side: who may associate, and how long things may take.
dicom:
  host: ${dicom.host} # 127.0.0.1 for this machine alone, "::" for IPv6 as well
  port: ${dicom.port}
  maxAssociations: ${dicom.maxAssociations} # at the same time
  maxAssociationsPerAeTitle: ${dicom.maxAssociationsPerAeTitle} # calling AE title
  maxAssociationsPerAddress: ${dicom.maxAssociationsPerAddress} # IPv6: per /64
  maxUnassociated: ${dicom.maxUnassociated} # connections without an association; more are closed
  maxUnassociatedPerAddress: ${dicom.maxUnassociatedPerAddress}
  maxMemory: ${dicom.maxMemory} # bytes; beyond it no new associations; 0 for any
  maximumPduLength: ${dicom.maximumPduLength} # bytes
  maximumDataSetLength: ${dicom.maximumDataSetLength} # bytes; who sends a longer one is aborted
  # Load balancers, whose connections begin with a PROXY protocol header; nobody else's may.
  # proxies: [192.0.2.20, 10.9.0.0/24]
  # Whether callers must use the AE title above.
  requireCalledAeTitle: ${dicom.requireCalledAeTitle}
  # Private SOP classes, and those that are newer than this version: accept or refuse.
  unknownSopClasses: ${dicom.unknownSopClasses}
  # Who may associate; anybody, unless there are rules. A rule fits when everything in it does.
  # allow:
  #   - aeTitle: CT1
  #     calledAeTitle: GANTRY
  #     address: 10.1.0.0/16
  #   - aeTitle: MR1
  #     certificate: { subject: MR1 } # common name; or name: an alternative name; or fingerprint: SHA-256
  #   - address: 192.0.2.7
  #     users: any # of the file below; or a list of names
  # Users and the hashes of their passcodes, a line each; add one with: gantry passwd USER >> users.txt
  # users: users.txt
  # Durations have a unit: 500ms, 30s, 5m, 1h.
  timeouts:
    connect: ${seconds(dicom.timeouts.connect)} # to a peer; a TLS handshake; a PROXY protocol header
    associate: ${seconds(dicom.timeouts.associate)}
    response: ${seconds(dicom.timeouts.response)} # of a peer to a DIMSE request
    idle: ${seconds(dicom.timeouts.idle)} # silence of a peer that owes something
    release: ${seconds(dicom.timeouts.release)}
    drain: ${seconds(dicom.timeouts.drain)} # from being told to end to the end

# With a certificate, the DICOM port speaks TLS. Paths of PEM files, which are read again when they change.
# tls:
#   certificate: gateway.crt
#   key: gateway.key
#   clientCa: clients.crt # with it, clients are asked for a certificate of these authorities
#   clientCertificates: required # or optional; one that is shown must be valid anyway
#   profile: bcp195 # or bcp195-extended
#   native: false # true is quicker, but can't hang up on a client that never ends its handshake

# The HTTP sidecar: health, associations, metrics, C-ECHO on request.
http:
  host: ${http.host} # another address than loopback needs a token
  port: ${http.port}
  # token: \${GANTRY_TOKEN} # at least 16 characters
  # tls: { certificate: sidecar.crt, key: sidecar.key } # HTTPS
  # Whether POST /echo may name hosts that are no configured peers.
  allowAdHocEcho: ${http.allowAdHocEcho}

# Where instances are kept.
archive:
  path: ${archive.path}
  durable: ${archive.durable} # on disk before success is answered
  reserve: ${archive.reserve} # bytes of the disk that are left alone; with less room nothing is taken
  onExisting: ${archive.onExisting} # or keep-first: a different instance with a SOP Instance UID that is there

# Who can be called by name: gantry echo PACS
peers:
  # PACS:
  #   aeTitle: ORTHANC
  #   host: 192.0.2.10
  #   port: 4242
  #   callingAeTitle: GW1 # where it isn't the one above
  #   tls: # {} trusts the system's authorities
  #     ca: authorities.pem # trusts these as well
  #     certificate: us.crt # to show to a peer that asks for one
  #     key: us.key
  #     serverName: pacs.example # in the peer's certificate, where it isn't the host
  #     verifyName: true # false takes any name
  #   user: gantry # user identity to tell
  #   passcode: \${PACS_PASSCODE}
`;
