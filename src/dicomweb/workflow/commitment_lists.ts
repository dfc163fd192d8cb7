/**
 * The Storage Commitment Request and Response Modules (PS3.18 Annex J): lists of instances, flat or by study and series.
 *
 * @module
 */

import { DataSet } from "../../dicom/data_set/data_set.ts";
import { itemsOf } from "../../dicom/data_set/items.ts";
import { isValidUid } from "../../dicom/uids.ts";
import { RequestProblem } from "../server/request_problem.ts";
import type { CommitmentReference, CommitmentResult } from "./workflow.ts";

/** Sequences, from the outermost inwards. */
const SOP_SEQUENCE = 0x0008_1199;
const STUDY_SEQUENCE = 0x0008_1110;
const SERIES_SEQUENCE = 0x0008_1115;
const CLASS_SEQUENCE = 0x0008_1112;
const INSTANCE_SEQUENCE = 0x0008_114a;

/**
 * The instances of a request. A study or a series without instances stands for none of them: a client is told only of instances
 * that it named that they are safe.
 *
 * @throws {RequestProblem} on a request without instances or with more than `maximum`, and on invalid UIDs
 */
export function readReferences(request: DataSet, maximum: number): readonly CommitmentReference[] {
  const found: CommitmentReference[] = [];
  const add = (sopClassUid: string, sopInstanceUid: string, within?: CommitmentReference["within"]) => {
    if (found.length === maximum) throw invalid(`the request has more than ${maximum} instances`);
    found.push({ sopClassUid, sopInstanceUid, ...(within !== undefined && { within }) });
  };
  for (const item of itemsOf(request, SOP_SEQUENCE)) {
    add(uidIn(item, "ReferencedSOPClassUID"), uidIn(item, "ReferencedSOPInstanceUID"));
  }
  for (const study of itemsOf(request, STUDY_SEQUENCE)) {
    const studyInstanceUid = uidIn(study, "StudyInstanceUID");
    for (const series of neededItems(study, SERIES_SEQUENCE, "Referenced Series Sequence")) {
      const within = { studyInstanceUid, seriesInstanceUid: uidIn(series, "SeriesInstanceUID") };
      for (const ofClass of neededItems(series, CLASS_SEQUENCE, "Referenced Instances by SOP Class Sequence")) {
        const sopClassUid = uidIn(ofClass, "ReferencedSOPClassUID");
        for (const item of neededItems(ofClass, INSTANCE_SEQUENCE, "Referenced Instance Sequence")) {
          add(sopClassUid, uidIn(item, "ReferencedSOPInstanceUID"), within);
        }
      }
    }
  }
  if (found.length > 0) return found;
  throw invalid("the request has no instance in Referenced SOP Sequence, nor in Referenced Study Sequence");
}

/** The response with these results, each in the form of its request. */
export function resultModule(results: readonly CommitmentResult[]): DataSet {
  const flat = results.filter(({ within }) => within === undefined);
  const nested = results.filter(({ within }) => within !== undefined);
  const [committed, failed] = split(flat);
  const [committedWithin, failedWithin] = split(nested);
  return new DataSet({
    ...(committedWithin.length > 0 && { ReferencedStudySequence: studies(committedWithin) }),
    ...(failed.length > 0 && { FailedSOPSequence: failed.map(reference) }),
    ...(committed.length > 0 && { ReferencedSOPSequence: committed.map(reference) }),
    ...(failedWithin.length > 0 && { FailedStudySequence: studies(failedWithin) }),
  });
}

function split(results: readonly CommitmentResult[]): [committed: CommitmentResult[], failed: CommitmentResult[]] {
  return [results.filter(({ reason }) => reason === 0), results.filter(({ reason }) => reason !== 0)];
}

function reference({ sopClassUid, sopInstanceUid, reason }: CommitmentResult) {
  return {
    ReferencedSOPClassUID: sopClassUid,
    ReferencedSOPInstanceUID: sopInstanceUid,
    ...(reason !== 0 && { FailureReason: reason }),
  };
}

function studies(results: readonly CommitmentResult[]) {
  return groups(results, ({ within }) => within!.studyInstanceUid).map(([StudyInstanceUID, ofStudy]) => ({
    StudyInstanceUID,
    ReferencedSeriesSequence: groups(ofStudy, ({ within }) => within!.seriesInstanceUid).map(
      ([SeriesInstanceUID, ofSeries]) => ({
        SeriesInstanceUID,
        ReferencedInstancesBySOPClassSequence: groups(ofSeries, ({ sopClassUid }) => sopClassUid).map(
          ([ReferencedSOPClassUID, ofClass]) => ({
            ReferencedSOPClassUID,
            ReferencedInstanceSequence: ofClass.map(({ sopInstanceUid, reason }) => ({
              ReferencedSOPInstanceUID: sopInstanceUid,
              ...(reason !== 0 && { FailureReason: reason }),
            })),
          }),
        ),
      }),
    ),
  }));
}

function groups(
  results: readonly CommitmentResult[],
  keyOf: (result: CommitmentResult) => string,
): readonly (readonly [string, readonly CommitmentResult[]])[] {
  const byKey = new Map<string, CommitmentResult[]>();
  for (const result of results) {
    const group = byKey.get(keyOf(result));
    if (group === undefined) byKey.set(keyOf(result), [result]);
    else group.push(result);
  }
  return [...byKey];
}

function neededItems(dataSet: DataSet, tag: number, name: string): readonly DataSet[] {
  const items = itemsOf(dataSet, tag);
  if (items.length > 0) return items;
  throw invalid(`an item has no ${name}, or an empty one: expected the instances that are meant`);
}

type UidKeyword = "ReferencedSOPClassUID" | "ReferencedSOPInstanceUID" | "StudyInstanceUID" | "SeriesInstanceUID";

function uidIn(dataSet: DataSet, keyword: UidKeyword): string {
  const uid = dataSet.getText(keyword)?.trim() ?? "";
  if (isValidUid(uid)) return uid;
  throw invalid(`an item has no ${keyword}, or one that is no UID`);
}

function invalid(found: string): RequestProblem {
  return new RequestProblem("InvalidRequest", `Cannot take the request for commitment: ${found}`);
}
