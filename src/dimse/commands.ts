/**
 * The commands of every DIMSE service as plain objects (PS3.7 sections 9.3 and 10.3). Fields are called as their keyword
 * in PS3.7 Annex E; tags are numbers such as 0x0010_0020; a status is a number such as 0xA700.
 *
 * @module
 */

/** Priority (0000,0700). */
export type Priority = "low" | "medium" | "high";

/** What every request has. */
export interface RequestFields {
  /** 0 to 65535, unique among the outstanding operations of its sender. */
  readonly messageId: number;
  /** Whether a data set follows (Command Data Set Type is not 0101H). */
  readonly hasDataSet: boolean;
}

/** What every response has, and what one may say more about its status (PS3.7 Annex C). */
export interface ResponseFields {
  readonly messageIdBeingRespondedTo: number;
  readonly status: number;
  /** Whether a data set follows (Command Data Set Type is not 0101H). */
  readonly hasDataSet: boolean;
  readonly affectedSopClassUid?: string;
  /** Tags of the attributes at fault. */
  readonly offendingElement?: readonly number[];
  /** Up to 64 printable ASCII characters; what is longer is cut, what is no such character becomes "?". */
  readonly errorComment?: string;
  readonly errorId?: number;
  readonly attributeIdentifierList?: readonly number[];
}

/** How far the sub-operations of a C-GET or C-MOVE are (PS3.7 9.3.3.2 and 9.3.4.2). */
export interface SuboperationCounts {
  readonly numberOfRemainingSuboperations?: number;
  readonly numberOfCompletedSuboperations?: number;
  readonly numberOfFailedSuboperations?: number;
  readonly numberOfWarningSuboperations?: number;
}

/** C-STORE-RQ (PS3.7 9.3.1.1). */
export interface CStoreRq extends RequestFields {
  readonly type: "C-STORE-RQ";
  readonly hasDataSet: true;
  readonly affectedSopClassUid: string;
  readonly affectedSopInstanceUid: string;
  readonly priority: Priority;
  /** Who asked for the C-MOVE that this is a sub-operation of. */
  readonly moveOriginatorApplicationEntityTitle?: string;
  /** Message ID of that C-MOVE-RQ. */
  readonly moveOriginatorMessageId?: number;
}

/** C-STORE-RSP (PS3.7 9.3.1.2). */
export interface CStoreRsp extends ResponseFields {
  readonly type: "C-STORE-RSP";
  readonly affectedSopInstanceUid?: string;
}

/** C-FIND-RQ (PS3.7 9.3.2.1). */
export interface CFindRq extends RequestFields {
  readonly type: "C-FIND-RQ";
  readonly hasDataSet: true;
  readonly affectedSopClassUid: string;
  readonly priority: Priority;
}

/** C-FIND-RSP (PS3.7 9.3.2.2). */
export interface CFindRsp extends ResponseFields {
  readonly type: "C-FIND-RSP";
}

/** C-GET-RQ (PS3.7 9.3.3.1). */
export interface CGetRq extends RequestFields {
  readonly type: "C-GET-RQ";
  readonly hasDataSet: true;
  readonly affectedSopClassUid: string;
  readonly priority: Priority;
}

/** C-GET-RSP (PS3.7 9.3.3.2). */
export interface CGetRsp extends ResponseFields, SuboperationCounts {
  readonly type: "C-GET-RSP";
}

/** C-MOVE-RQ (PS3.7 9.3.4.1). */
export interface CMoveRq extends RequestFields {
  readonly type: "C-MOVE-RQ";
  readonly hasDataSet: true;
  readonly affectedSopClassUid: string;
  readonly priority: Priority;
  /** AE title that the instances go to. */
  readonly moveDestination: string;
}

/** C-MOVE-RSP (PS3.7 9.3.4.2). */
export interface CMoveRsp extends ResponseFields, SuboperationCounts {
  readonly type: "C-MOVE-RSP";
}

/** C-ECHO-RQ (PS3.7 9.3.5.1). */
export interface CEchoRq extends RequestFields {
  readonly type: "C-ECHO-RQ";
  readonly affectedSopClassUid: string;
}

/** C-ECHO-RSP (PS3.7 9.3.5.2). */
export interface CEchoRsp extends ResponseFields {
  readonly type: "C-ECHO-RSP";
}

/** C-CANCEL-RQ (PS3.7 9.3.2.3, 9.3.3.3 and 9.3.4.3); nothing answers it but the cancelled operation's own response. */
export interface CCancelRq {
  readonly type: "C-CANCEL-RQ";
  readonly messageIdBeingRespondedTo: number;
  readonly hasDataSet: boolean;
}

/** N-EVENT-REPORT-RQ (PS3.7 10.3.1.1). */
export interface NEventReportRq extends RequestFields {
  readonly type: "N-EVENT-REPORT-RQ";
  readonly affectedSopClassUid: string;
  readonly affectedSopInstanceUid: string;
  readonly eventTypeId: number;
}

/** N-EVENT-REPORT-RSP (PS3.7 10.3.1.2). */
export interface NEventReportRsp extends ResponseFields {
  readonly type: "N-EVENT-REPORT-RSP";
  readonly affectedSopInstanceUid?: string;
  readonly eventTypeId?: number;
}

/** N-GET-RQ (PS3.7 10.3.2.1). */
export interface NGetRq extends RequestFields {
  readonly type: "N-GET-RQ";
  readonly requestedSopClassUid: string;
  readonly requestedSopInstanceUid: string;
  /** Tags of the attributes that are wanted; all when absent. */
  readonly attributeIdentifierList?: readonly number[];
}

/** N-GET-RSP (PS3.7 10.3.2.2). */
export interface NGetRsp extends ResponseFields {
  readonly type: "N-GET-RSP";
  readonly affectedSopInstanceUid?: string;
}

/** N-SET-RQ (PS3.7 10.3.3.1). */
export interface NSetRq extends RequestFields {
  readonly type: "N-SET-RQ";
  readonly hasDataSet: true;
  readonly requestedSopClassUid: string;
  readonly requestedSopInstanceUid: string;
}

/** N-SET-RSP (PS3.7 10.3.3.2). */
export interface NSetRsp extends ResponseFields {
  readonly type: "N-SET-RSP";
  readonly affectedSopInstanceUid?: string;
}

/** N-ACTION-RQ (PS3.7 10.3.4.1). */
export interface NActionRq extends RequestFields {
  readonly type: "N-ACTION-RQ";
  readonly requestedSopClassUid: string;
  readonly requestedSopInstanceUid: string;
  readonly actionTypeId: number;
}

/** N-ACTION-RSP (PS3.7 10.3.4.2). */
export interface NActionRsp extends ResponseFields {
  readonly type: "N-ACTION-RSP";
  readonly affectedSopInstanceUid?: string;
  readonly actionTypeId?: number;
}

/** N-CREATE-RQ (PS3.7 10.3.5.1). */
export interface NCreateRq extends RequestFields {
  readonly type: "N-CREATE-RQ";
  readonly affectedSopClassUid: string;
  /** The performer makes one up when it is absent. */
  readonly affectedSopInstanceUid?: string;
}

/** N-CREATE-RSP (PS3.7 10.3.5.2). */
export interface NCreateRsp extends ResponseFields {
  readonly type: "N-CREATE-RSP";
  readonly affectedSopInstanceUid?: string;
}

/** N-DELETE-RQ (PS3.7 10.3.6.1). */
export interface NDeleteRq extends RequestFields {
  readonly type: "N-DELETE-RQ";
  readonly requestedSopClassUid: string;
  readonly requestedSopInstanceUid: string;
}

/** N-DELETE-RSP (PS3.7 10.3.6.2). */
export interface NDeleteRsp extends ResponseFields {
  readonly type: "N-DELETE-RSP";
  readonly affectedSopInstanceUid?: string;
}

/** Any request that a response answers. */
export type RequestCommand =
  | CStoreRq
  | CFindRq
  | CGetRq
  | CMoveRq
  | CEchoRq
  | NEventReportRq
  | NGetRq
  | NSetRq
  | NActionRq
  | NCreateRq
  | NDeleteRq;

/** Any response. */
export type ResponseCommand =
  | CStoreRsp
  | CFindRsp
  | CGetRsp
  | CMoveRsp
  | CEchoRsp
  | NEventReportRsp
  | NGetRsp
  | NSetRsp
  | NActionRsp
  | NCreateRsp
  | NDeleteRsp;

/** Any command set. */
export type CommandSet = RequestCommand | ResponseCommand | CCancelRq;

/** The response that answers a request of type `Request`. */
export type ResponseTo<Request extends RequestCommand> = Extract<
  ResponseCommand,
  { readonly type: Request["type"] extends `${infer Service}-RQ` ? `${Service}-RSP` : never }
>;
