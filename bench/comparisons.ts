/**
 * What is compared with what, and what is to be reached.
 *
 * @module
 */

import { type LoadName, prepareLoad, studyUid } from "./loads.ts";
import * as peers from "./peers.ts";
import type { Receiver, Sender } from "./peers.ts";

/** One of those that are compared. */
export interface Contender {
  readonly name: string;
  readonly receiver: Receiver;
  readonly sender: Sender;
  readonly target: Target;
  /** Whether the others are measured by it, and by whoever else of them is faster. Default: the first alone. */
  readonly isReference?: true;
}

/** What to reach: time as a multiple of the reference's, and peak memory in bytes. */
export interface Target {
  readonly ratio?: number;
  readonly peak?: number;
}

/** Contenders, each doing the same; the first is the reference. */
export interface Comparison {
  readonly title: string;
  readonly contenders: readonly Contender[];
  /** Whose memory is looked at. */
  readonly watched: "receiver" | "sender";
  /** What is sent, a share for each of the senders that run side by side. */
  readonly shares: readonly (readonly string[])[];
  /** What receivers are sent before they are asked, once; each of these files is an instance. */
  readonly kept?: readonly string[];
  /** Whether it takes long and is about memory, so that once is enough. */
  readonly once?: true;
}

const SIDE_BY_SIDE = 8;
const ECHOES = 5000;
const FINDS = 20;

const PLENTY = 250e6;

const asQuick: Target = { ratio: 1 };
const durably: Target = { ratio: 1.3 };
const inLittleMemory: Target = { peak: 200e6 };

/** All comparisons, in the order in which they run. What is to be sent is made when it is asked for. */
export const comparisons: Readonly<Record<string, () => Comparison>> = {
  "receive-ct": () => receive("ct", 1),
  "receive-small": () => receive("small", 1),
  "receive-large": () => receive("large", 1),
  "receive-ct-8": () => receive("ct", SIDE_BY_SIDE),
  "receive-small-8": () => receive("small", SIDE_BY_SIDE),
  "receive-large-8": () => receive("large", SIDE_BY_SIDE),
  "send-ct": () => send("ct"),
  "send-small": () => send("small"),
  "send-large": () => send("large"),
  "echo": echo,
  "find": () => find("small"),
  "get-ct": () => retrieve("get", "ct"),
  "get-small": () => retrieve("get", "small"),
  "move-ct": () => retrieve("move", "ct"),
  "move-small": () => retrieve("move", "small"),
  "receive-huge": receiveHuge,
  "send-huge": () => ({ ...send("huge", inLittleMemory), once: true }),
};

function receive(loadName: LoadName, sideBySide: number): Comparison {
  const { title, files } = prepareLoad(loadName);
  const shares = share(files, sideBySide);
  return {
    title: `Receive ${title}, ${shares.length === 1 ? "one association" : `${shares.length} associations at once`}`,
    contenders: [
      receiver(sideBySide === 1 ? peers.storescp : peers.storescpFork),
      receiver(peers.gantryNotDurable, asQuick),
      receiver(peers.gantry, durably),
      receiver(peers.dcmjsDimse),
    ],
    watched: "receiver",
    shares,
  };
}

/** Without dcmjs-dimse, which can't: it has an instance in memory as one buffer. */
function receiveHuge(): Comparison {
  const { title, files } = prepareLoad("huge");
  return {
    title: `Receive ${title}`,
    contenders: [
      receiver(peers.storescp),
      receiver(peers.gantryNotDurable, inLittleMemory),
      receiver(peers.gantry, inLittleMemory),
    ],
    watched: "receiver",
    shares: [files],
    once: true,
  };
}

function send(loadName: LoadName, target = asQuick): Comparison {
  const { title, files } = prepareLoad(loadName);
  return {
    title: `Send ${title}, from the start of the process to its end`,
    contenders: [sender(peers.dcmsend), sender(peers.gantrySend, target)],
    watched: "sender",
    shares: [files],
  };
}

function echo(): Comparison {
  const echoscu = peers.echoscu(ECHOES);
  return {
    title: `Answer ${ECHOES.toLocaleString("en")} C-ECHO on one association`,
    contenders: [
      { ...receiver(peers.storescp), sender: echoscu },
      { ...receiver(peers.gantry, asQuick), sender: echoscu },
    ],
    watched: "receiver",
    shares: [[]],
  };
}

/** Every client is Gantry's own, since findscu prints what it finds. */
function find(loadName: LoadName): Comparison {
  const { files } = prepareLoad(loadName);
  const query = peers.gantryFind(studyUid(loadName), files.length, FINDS);
  return {
    title: `Answer C-FIND at IMAGE level, ${FINDS} × ${files.length.toLocaleString("en")} answers on one association`,
    contenders: archives(query),
    watched: "receiver",
    shares: [[]],
    kept: files,
  };
}

function retrieve(how: "get" | "move", loadName: LoadName): Comparison {
  const { title, files } = prepareLoad(loadName);
  const client = how === "get" ? peers.getscu(studyUid(loadName)) : peers.movescu(studyUid(loadName));
  return {
    title: `Retrieve ${title} by C-${how.toUpperCase()}, one association`,
    contenders: archives(client),
    watched: "receiver",
    shares: [[]],
    kept: files,
  };
}

/** DCMTK's archive, Orthanc, and the gateway, all asked by the same client. */
function archives(sender: Sender): Contender[] {
  return [
    { name: "dcmqrscp", receiver: peers.dcmqrscp, sender, target: {}, isReference: true },
    { name: "Orthanc", receiver: peers.orthanc, sender, target: {}, isReference: true },
    { name: "gantry", receiver: peers.gantryArchive, sender, target: { ...asQuick, peak: PLENTY } },
  ];
}

function receiver(receiver: Receiver, target: Target = {}): Contender {
  return { name: receiver.name, receiver, sender: peers.dcmsend, target };
}

function sender(sender: Sender, target: Target = {}): Contender {
  return { name: sender.name, receiver: peers.storescpIgnore, sender, target };
}

/** Deals files out to so many, fewer where there are fewer files. */
function share(files: readonly string[], count: number): string[][] {
  const shares = Array.from({ length: Math.min(count, files.length) }, (): string[] => []);
  files.forEach((file, index) => shares[index % shares.length]!.push(file));
  return shares;
}
