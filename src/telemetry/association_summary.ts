/**
 * What reports tell of one association, and of its end.
 *
 * @module
 */

import type { AssociationEnd, AssociationInfo } from "../upper_layer/events.ts";
import { limitName, passedDeadline, passedLimit } from "./passed_limits.ts";
import type { AssociationReport, EndReport } from "./statistics_report.ts";

/** Longest detail of an end, in characters. */
const DETAIL_LENGTH = 300;

/** The report of an association besides its operations. */
export type AssociationSummary = Omit<AssociationReport, "operations">;

/** An association as it is now. */
export function describeAssociation(info: AssociationInfo): AssociationSummary {
  const { remote, establishedAt } = info;
  return {
    id: info.id,
    role: info.role,
    transport: info.transport,
    ...(remote === undefined ? {} : { remote: { hostname: remote.hostname, port: remote.port } }),
    callingAeTitle: info.callingAeTitle,
    calledAeTitle: info.calledAeTitle,
    implementationVersionName: info.implementationVersionName,
    state: info.state,
    openedAt: timeOf(info.openedAt),
    ...(establishedAt === undefined ? {} : { establishedAt: timeOf(establishedAt) }),
    contexts: info.contexts.map(({ id, abstractSyntax, transferSyntax }) => ({ id, abstractSyntax, transferSyntax })),
    bytesReceived: info.bytesReceived,
    bytesSent: info.bytesSent,
  };
}

/** How an association ended, in the words of reports. */
export function describeEnd(end: AssociationEnd): EndReport {
  if (end.how === "rejected") {
    const { limit, detail, ...rest } = end;
    return {
      ...rest,
      ...(limit !== undefined && { limit: limitName(limit) }),
      ...(detail !== undefined && { detail: detail.slice(0, DETAIL_LENGTH) }),
    };
  }
  if (end.how === "released" || end.error === undefined) return { ...end };
  const { error, ...rest } = end;
  const [limit, deadline] = [passedLimit(error), passedDeadline(error)];
  return {
    ...rest,
    ...(limit !== undefined && { limit }),
    ...(deadline !== undefined && { deadline }),
    detail: error.message.slice(0, DETAIL_LENGTH),
  };
}

/** A time in milliseconds since the epoch, as ISO 8601. */
export function timeOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
