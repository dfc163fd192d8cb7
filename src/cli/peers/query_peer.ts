/**
 * What commands query and retrieve from: peers, DICOMweb servers, and the archive of the configuration.
 *
 * @module
 */

import { createArchiveSource } from "../../archive/archive_source.ts";
import { connect } from "../../hosts/deno_platform.ts";
import { compileQuery } from "../../query/compile.ts";
import type { InstanceSource } from "../../query/instance_source.ts";
import { Peer } from "../../services/peer.ts";
import { PeerSource } from "../../services/peer_source.ts";
import { isArchiveCall, isWebCall, type SourceCall } from "../command_line/archive_call.ts";
import type { PeerCall } from "../command_line/peer.ts";
import type { WebCall } from "../command_line/web_call.ts";
import { webSourceOf } from "../../dicomweb/client/peer_client.ts";
import type { WebSource } from "../../dicomweb/client/web_source.ts";
import type { Terminal } from "../output/terminal.ts";
import { openArchiveOrGateway } from "../archive/local_archive.ts";
import { checkMatched } from "./matched_keys.ts";

/** A peer, and what it has. */
export interface QueriedPeer extends AsyncDisposable {
  readonly peer: Peer;
  readonly source: PeerSource;
}

/** The peer of a call, with so many associations at the same time. Default: 4. */
export function queriedPeer(call: PeerCall, maxAssociations?: number): QueriedPeer {
  const { calledAeTitle, callingAeTitle, timeouts, userIdentity, dialect } = call;
  const peer = new Peer({
    calledAeTitle,
    callingAeTitle,
    timeouts,
    ...(maxAssociations !== undefined && { maxAssociations }),
    ...(userIdentity !== undefined && { userIdentity }),
    connect: ({ signal = new AbortController().signal }) =>
      connect(call, { timeout: timeouts.connect, signal, onSecuring: () => {} }),
  });
  const source = new PeerSource({ peer, aeTitle: calledAeTitle, ...(dialect !== undefined && { dialect }) });
  return { peer, source, [Symbol.asyncDispose]: () => peer[Symbol.asyncDispose]() };
}

/** The DICOMweb server of a call. */
export function webSource({ web, timeout }: WebCall): WebSource {
  return webSourceOf(web, { timeout });
}

/** What is asked, and what it has. `peer` is undefined for an archive in its folder, and for a DICOMweb server. */
export interface QueriedSource extends AsyncDisposable {
  readonly peer: Peer | undefined;
  readonly source: InstanceSource;
}

/** Opens what a call names: a peer, or the archive; that of a gateway which has it open is asked by DIMSE. */
export async function openSource(call: SourceCall, terminal: Terminal): Promise<QueriedSource> {
  if (isWebCall(call)) return { peer: undefined, source: webSource(call), [Symbol.asyncDispose]: async () => {} };
  if (!isArchiveCall(call)) return queriedPeer(call);
  const opened = await openArchiveOrGateway(call, "ask", terminal);
  if ("gateway" in opened) return queriedPeer(opened.gateway);
  const { archive } = opened;
  const source = answering(createArchiveSource({ ...archive, retrieveAeTitles: [call.config.aeTitle] }));
  return { peer: undefined, source, [Symbol.asyncDispose]: () => archive[Symbol.asyncDispose]() };
}

/** A source whose matches have what was asked for, as those of peers do. */
function answering(source: InstanceSource): InstanceSource {
  return {
    async *find(query, options) {
      const { answer } = compileQuery(query);
      for await (const match of source.find(query, options)) {
        yield { ...match, attributes: answer(match.attributes, match) };
      }
    },
    async *retrieve(selection, options = {}) {
      await checkMatched(source, selection, options);
      yield* source.retrieve(selection, options);
    },
  };
}
