/**
 * The programs that are compared, as command lines.
 *
 * @module
 */

import type { CommandLine } from "./processes.ts";
import { dataFolder, freePort, script } from "./processes.ts";

/** A program that takes C-STORE and answers C-ECHO. */
export interface Receiver {
  readonly name: string;
  /** Makes it listen, and keep what comes in `folder`. */
  start(port: number, folder: string): CommandLine;
  /** The folder below `folder` into which it puts what it keeps, one file an instance. */
  readonly keeps: "files" | "instances" | "nothing";
}

/** A program that sends. */
export interface Sender {
  readonly name: string;
  send(port: number, files: readonly string[]): CommandLine;
}

const host = "127.0.0.1";

/** DCMTK; it writes what comes as it is, which is its quickest way. */
export const storescp: Receiver = {
  name: "storescp +B",
  start: (port, folder) => ["storescp", "+B", "-od", `${folder}/files`, String(port)],
  keeps: "files",
};

/** The same with a process for each association; otherwise it takes one after the other. */
export const storescpFork: Receiver = {
  name: "storescp +B --fork",
  start: (port, folder) => ["storescp", "+B", "--fork", "-od", `${folder}/files`, String(port)],
  keeps: "files",
};

/** DCMTK, keeping nothing: what is left is the sender's time. */
export const storescpIgnore: Receiver = {
  name: "storescp +B --ignore",
  start: (port, folder) => ["storescp", "+B", "--ignore", "-od", `${folder}/nothing`, String(port)],
  keeps: "nothing",
};

/** `gantry listen` as it comes. */
export const gantry: Receiver = {
  name: "gantry",
  start: (port, folder) => script("../cli.ts", "listen", "--port", String(port), "--http-port", "0", "--data", folder),
  keeps: "instances",
};

/** `gantry listen` that leaves it to the system when files reach the disk, as other receivers do. */
export const gantryNotDurable: Receiver = {
  name: "gantry, durable: false",
  start(port, folder) {
    const config = `${dataFolder}/not_durable.yaml`;
    Deno.writeTextFileSync(config, "archive: { durable: false }\n");
    return [...gantry.start(port, folder), "--config", config];
  },
  keeps: "instances",
};

/** The one other DIMSE implementation in JavaScript. */
export const dcmjsDimse: Receiver = {
  name: "dcmjs-dimse",
  start: (port, folder) => script("dcmjs_dimse_receiver.ts", String(port), `${folder}/files`),
  keeps: "files",
};

/** DCMTK's sender. */
export const dcmsend: Sender = {
  name: "dcmsend",
  send: (port, files) => ["dcmsend", host, String(port), ...files],
};

/** `gantry send`, started anew each time as the other is. */
export const gantrySend: Sender = {
  name: "gantry send",
  send: (port, files) => script("../cli.ts", "send", `ANY-SCP@${host}:${port}`, ...files),
};

/** DCMTK's C-ECHO, so many times on one association. */
export function echoscu(times: number): Sender {
  return { name: "echoscu", send: (port) => ["echoscu", "--repeat", String(times), host, String(port)] };
}

/** AE title of whoever asks, and of those who are asked: Orthanc and dcmqrscp want to know both. */
const ASKING = "BENCH";
const ASKED = "ARCHIVE";

/** Where movescu listens for what it has moved to itself; archives have to know the port beforehand. */
const destinationPort = freePort();

/** DCMTK's archive. */
export const dcmqrscp: Receiver = {
  name: "dcmqrscp",
  start(port, folder) {
    const configuration = `${folder}/dcmqrscp.cfg`;
    Deno.mkdirSync(`${folder}/area`);
    Deno.writeTextFileSync(
      configuration,
      [
        `NetworkTCPPort = ${port}`,
        "MaxPDUSize = 131072",
        "MaxAssociations = 16",
        "HostTable BEGIN",
        `asking = (${ASKING}, ${host}, ${destinationPort})`,
        "HostTable END",
        "VendorTable BEGIN",
        "VendorTable END",
        "AETable BEGIN",
        `${ASKED} ${folder}/area RW (500, 4096mb) ANY`,
        "AETable END",
        "",
      ].join("\n"),
    );
    return ["dcmqrscp", "-c", configuration];
  },
  keeps: "nothing",
};

/** Orthanc without plugins, which answers as it comes. */
export const orthanc: Receiver = {
  name: "Orthanc",
  start(port, folder) {
    const settings = {
      StorageDirectory: folder,
      IndexDirectory: folder,
      HttpServerEnabled: false,
      DicomPort: port,
      DicomAet: ASKED,
      DicomModalities: { asking: [ASKING, host, destinationPort] },
      LimitFindInstances: 0,
      LimitFindResults: 0,
      Plugins: [],
    };
    Deno.writeTextFileSync(`${folder}/orthanc.json`, JSON.stringify(settings));
    return ["Orthanc", `${folder}/orthanc.json`];
  },
  keeps: "nothing",
};

/** `gantry listen` that knows where to move to. */
export const gantryArchive: Receiver = {
  name: "gantry",
  start(port, folder) {
    const config = `${folder}/gantry.yaml`;
    Deno.writeTextFileSync(
      config,
      `peers: { ASKING: { aeTitle: ${ASKING}, host: ${host}, port: ${destinationPort} } }\n`,
    );
    return [...gantry.start(port, folder), "--config", config];
  },
  keeps: "nothing",
};

const TITLES = ["-aet", ASKING, "-aec", ASKED];
const QUICKLY = ["-pdu", "131072"];

/** Gives an archive what it is asked for later. */
export function fill(port: number, files: readonly string[]): CommandLine {
  return ["dcmsend", ...TITLES, host, String(port), ...files];
}

function ofStudy(uid: string): string[] {
  return ["-k", "0008,0052=STUDY", "-k", `0020,000d=${uid}`];
}

/** DCMTK's C-GET, keeping nothing. */
export function getscu(studyUid: string): Sender {
  return {
    name: "getscu",
    send: (port) => ["getscu", "-S", ...TITLES, ...QUICKLY, "--ignore", ...ofStudy(studyUid), host, String(port)],
  };
}

/** DCMTK's C-MOVE to itself, keeping nothing. */
export function movescu(studyUid: string): Sender {
  const destination = ["-aem", ASKING, "+P", String(destinationPort)];
  return {
    name: "movescu",
    send: (port) => [
      "movescu",
      ...["-S", ...TITLES, ...QUICKLY, "--ignore", ...destination, ...ofStudy(studyUid), host, String(port)],
    ],
  };
}

/** C-FIND for all instances of a study, so many times on one association; it fails where one is missing. */
export function gantryFind(studyUid: string, answers: number, times: number): Sender {
  return {
    name: "gantry's SCU",
    send: (port) => script("find_client.ts", String(port), ASKED, studyUid, String(answers), String(times)),
  };
}
