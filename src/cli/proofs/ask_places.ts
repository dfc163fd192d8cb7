/**
 * Asks every place that should have a study.
 *
 * @module
 */

import type { Config } from "../../config.ts";
import { listInstances } from "../../query/instance_source.ts";
import { errorText } from "../../safe_text.ts";
import { resolveSourceCall } from "../command_line/archive_call.ts";
import type { Values } from "../command_line/command.ts";
import { ARCHIVE, type peerFlags } from "../command_line/peer.ts";
import { readKey, writtenQuery } from "../command_line/query_keys.ts";
import type { Terminal } from "../output/terminal.ts";
import type { AskGateway } from "../peers/gateway_api.ts";
import type { Found, OpenUnit, SentAs, StudyFacts, StudyJob } from "./compare_study.ts";

/** Asks a peer, a DICOMweb server or the archive for the instances of a study. Rejects where that fails. */
export type AskPlace = (
  written: string,
  study: string,
  flags: Values<typeof peerFlags>,
) => Promise<ReadonlySet<string>>;

/** What asks. */
export function placeAsker(config: Config, terminal: Terminal, signal: AbortSignal): AskPlace {
  return async (written, study, flags) => {
    const call = resolveSourceCall(written, flags, config, terminal.env);
    const { openSource } = await import("../peers/query_peer.ts");
    await using opened = await openSource(call, terminal);
    const query = writtenQuery({ keys: [readKey(`StudyInstanceUID=${study}`)], level: undefined });
    const uids = new Set<string>();
    for await (const uid of listInstances(opened.source, query, { signal })) uids.add(uid);
    return uids;
  };
}

/** What to ask. */
export interface ProofCall {
  readonly study: string;
  /** The sender to ask; undefined for none. */
  readonly source: string | undefined;
  /** Flags for the source. */
  readonly flags: Values<typeof peerFlags>;
  /** Destinations that should have all of it; those that have jobs of it are asked anyway. */
  readonly expected: readonly string[];
  readonly config: Config;
}

/** Jobs that are asked for at a time. */
const PAGE = 1_000;

/** Asks the source, the archive, the queue of the gateway that runs, and the destinations that can be asked. */
export async function askPlaces(call: ProofCall, gateway: AskGateway, place: AskPlace): Promise<StudyFacts> {
  const { study, source, flags, expected, config } = call;
  const open = await openUnitsOf(study, gateway);
  const jobs = await withSentAs(await jobsOf(study, gateway), study, gateway);
  const ask = async (written: string, flags: Values<typeof peerFlags>, studies = [study]): Promise<Found> => {
    try {
      const uids = new Set<string>();
      for (const one of studies) for (const uid of await place(written, one, flags)) uids.add(uid);
      return { uids };
    } catch (error) {
      return { problem: errorText(error) };
    }
  };
  const ownFlags = { ...NO_FLAGS, config: flags.config, timeout: flags.timeout };
  const destinations = new Map<string, Found | undefined>();
  for (const lane of new Set([...expected, ...jobs.map(({ lane }) => lane)])) {
    const peer = peerOf(lane, config);
    destinations.set(lane, peer === undefined ? undefined : await ask(peer, ownFlags, studiesAt(lane, jobs, study)));
  }
  return {
    source: source === undefined ? undefined : { name: source, found: await ask(source, flags) },
    archive: await ask(ARCHIVE, ownFlags),
    ...{ jobs, open, destinations, expected },
  };
}

const NO_FLAGS: Values<typeof peerFlags> = {
  ...{ config: undefined, aeTitle: undefined, tls: false, ca: undefined, certificate: undefined, key: undefined },
  ...{ serverName: undefined, user: undefined, passcodeFile: undefined, tokenFile: undefined, timeout: undefined },
};

/** The peer that a lane sends to; undefined for folders, webhooks and what a program brings. */
function peerOf(lane: string, { peers, destinations }: Config): string | undefined {
  const name = Object.hasOwn(destinations, lane) ? destinations[lane]?.peer : lane;
  return name !== undefined && Object.hasOwn(peers, name) ? name : undefined;
}

async function openUnitsOf(study: string, gateway: AskGateway): Promise<readonly OpenUnit[]> {
  const query = new URLSearchParams({ studyInstanceUid: study, state: "open", limit: String(PAGE) });
  const { units } = await gateway(`/units?${query}`) as { readonly units: readonly OpenUnit[] };
  return units;
}

/** The studies that a destination has what was delivered in: changes on the way may have given it another UID. */
function studiesAt(lane: string, jobs: readonly StudyJob[], study: string): string[] {
  const own = jobs.filter((job) => job.lane === lane && job.state === "delivered");
  const studies = new Set(own.map(({ sentAs }) => sentAs?.studyInstanceUid ?? study));
  studies.delete("");
  return studies.size === 0 ? [study] : [...studies];
}

async function jobsOf(study: string, gateway: AskGateway): Promise<readonly StudyJob[]> {
  const jobs: StudyJob[] = [];
  for await (const page of pages<StudyJob>("jobs", study, gateway)) jobs.push(...page);
  return jobs;
}

/** An attempt, as far as it matters here. */
interface StudyDelivery {
  readonly job: number;
  readonly class: string;
  readonly sentAs?: SentAs;
}

/** What each job was delivered as, the last time, by the delivery log. */
async function withSentAs(
  jobs: readonly StudyJob[],
  study: string,
  gateway: AskGateway,
): Promise<readonly StudyJob[]> {
  if (jobs.every(({ recipe, state }) => recipe === "" || state !== "delivered")) return jobs;
  const known = new Map<number, SentAs | undefined>();
  for await (const page of pages<StudyDelivery>("deliveries", study, gateway)) {
    for (const { job, class: outcome, sentAs } of page) {
      if (outcome === "delivered" || outcome === "duplicate") known.set(job, sentAs);
    }
  }
  return jobs.map((job) => job.state === "delivered" ? { ...job, sentAs: known.get(job.id) } : job);
}

async function* pages<Entry>(
  name: "jobs" | "deliveries",
  study: string,
  gateway: AskGateway,
): AsyncGenerator<readonly Entry[], void, void> {
  for (let after: number | undefined = 0; after !== undefined;) {
    const query = new URLSearchParams({ studyInstanceUid: study, after: String(after), limit: String(PAGE) });
    const page = await gateway(`/${name}?${query}`) as { readonly next?: number } & Record<string, readonly Entry[]>;
    yield page[name] ?? [];
    after = page.next;
  }
}
