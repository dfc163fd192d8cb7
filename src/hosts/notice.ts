/**
 * Notices of a host for its operator, besides the events that observers of the gateway see.
 *
 * @module
 */

/** A notice. It never holds patient data. */
export interface HostNotice {
  /** How serious it is. */
  readonly level: "info" | "warn" | "error";
  /** A word for programs. */
  readonly event: HostEvent;
  /** A sentence for people. Text from outside is in it unchanged: a log has to escape it. */
  readonly message: string;
  /** Numbers that belong to the message. */
  readonly details?: Readonly<Record<string, number>>;
}

/**
 * The subject of a notice:
 *
 * - `failed`: an unexpected error; the gateway continues.
 * - `connection-failed`: a DICOM connection could not be accepted or secured.
 * - `certificate-replaced`, `certificate-not-replaced`, `certificate-expires`: the files of a certificate.
 * - `rebuilding`, `rebuilt`: the archive makes its index anew from the files.
 * - `attributes`: the index lacks some of the attributes that clients are to search by.
 * - `recovered`: after a crash or power failure, the index learnt of instances from the journal.
 * - `codecs-unavailable`: the gateway may not start the processes of the codecs.
 * - `cut-off`: the drain timeout has passed, and some connections or requests are still open.
 */
export type HostEvent =
  | "failed"
  | "connection-failed"
  | "certificate-replaced"
  | "certificate-not-replaced"
  | "certificate-expires"
  | "rebuilding"
  | "rebuilt"
  | "attributes"
  | "recovered"
  | "codecs-unavailable"
  | "cut-off";

/** Called with each notice of a host. */
export type OnNotice = (notice: HostNotice) => void;
