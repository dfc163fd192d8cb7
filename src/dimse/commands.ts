/**
 * The commands of every DIMSE service as plain objects (PS3.7 sections 9.3 and 10.3). Fields are called as their keyword
 * in PS3.7 Annex E; tags are numbers such as 0x0010_0020; a status is a number such as 0xA700.
 *
 * @module
 */

/** Priority (0000,0700). */
export type Priority = "low" | "medium" | "high";

/** What every command has. */
export interface CommandFields<Type extends string, DataSet extends boolean = boolean> {
  /** Which command it is: its Command Field (0000,0100), by name. */
  readonly type: Type;
  /** Whether a data set follows: its Command Data Set Type (0000,0800) is not 0101H. */
  readonly hasDataSet: DataSet;
}

/** What every request has. */
export interface RequestFields<Type extends string, DataSet extends boolean = boolean>
  extends CommandFields<Type, DataSet> {
  /** 0 to 65535, unique among the outstanding operations of its sender. */
  readonly messageId: number;
}

/** What every response has, and what one may say more about its status (PS3.7 Annex C). */
export interface ResponseFields<Type extends string> extends CommandFields<Type> {
  /** Message ID of the request. */
  readonly messageIdBeingRespondedTo: number;
  /** How the operation went; `describeStatus` tells what it means. */
  readonly status: number;
  /** SOP class of the request. */
  readonly affectedSopClassUid?: string;
  /** Tags of the elements at fault. */
  readonly offendingElement?: readonly number[];
  /** Up to 64 printable ASCII characters; what is longer is cut, what is no such character becomes "?". */
  readonly errorComment?: string;
  /** A number of the performer's own for the error. */
  readonly errorId?: number;
  /** Tags of the attributes that the status is about. */
  readonly attributeIdentifierList?: readonly number[];
}

/** The SOP class that a request is about. */
export interface AffectedSopClass {
  /** UID of the SOP class. */
  readonly affectedSopClassUid: string;
}

/** The SOP instance that a C-STORE or N-EVENT-REPORT request is about. */
export interface AffectedSopInstance extends AffectedSopClass {
  /** UID of the SOP instance. */
  readonly affectedSopInstanceUid: string;
}

/** The SOP instance that any other request of the N-services is about. */
export interface RequestedSopInstance {
  /** UID of the SOP class. */
  readonly requestedSopClassUid: string;
  /** UID of the SOP instance. */
  readonly requestedSopInstanceUid: string;
}

/** What a request of a composite service has, C-ECHO apart. */
export interface CompositeRequestFields<Type extends string> extends RequestFields<Type, true>, AffectedSopClass {
  /** How urgent the requestor finds it. */
  readonly priority: Priority;
}

/** A response that may name the SOP instance. */
export interface InstanceResponseFields<Type extends string> extends ResponseFields<Type> {
  /** UID of the SOP instance that the operation was performed on. */
  readonly affectedSopInstanceUid?: string;
}

/** A response that may tell how far the sub-operations are (PS3.7 9.3.3.2 and 9.3.4.2). */
export interface RetrieveResponseFields<Type extends string> extends ResponseFields<Type> {
  /** Sub-operations still to be done. */
  readonly numberOfRemainingSuboperations?: number;
  /** Sub-operations done with success. */
  readonly numberOfCompletedSuboperations?: number;
  /** Sub-operations that failed. */
  readonly numberOfFailedSuboperations?: number;
  /** Sub-operations done with a warning. */
  readonly numberOfWarningSuboperations?: number;
}

/** C-STORE-RQ (PS3.7 9.3.1.1). */
export interface CStoreRq extends CompositeRequestFields<"C-STORE-RQ">, AffectedSopInstance {
  /** AE title of the requestor of the C-MOVE that this is a sub-operation of. */
  readonly moveOriginatorApplicationEntityTitle?: string;
  /** Message ID of that C-MOVE-RQ. */
  readonly moveOriginatorMessageId?: number;
}

/** C-STORE-RSP (PS3.7 9.3.1.2). */
export interface CStoreRsp extends InstanceResponseFields<"C-STORE-RSP"> {}

/** C-FIND-RQ (PS3.7 9.3.2.1). */
export interface CFindRq extends CompositeRequestFields<"C-FIND-RQ"> {}

/** C-FIND-RSP (PS3.7 9.3.2.2). */
export interface CFindRsp extends ResponseFields<"C-FIND-RSP"> {}

/** C-GET-RQ (PS3.7 9.3.3.1). */
export interface CGetRq extends CompositeRequestFields<"C-GET-RQ"> {}

/** C-GET-RSP (PS3.7 9.3.3.2). */
export interface CGetRsp extends RetrieveResponseFields<"C-GET-RSP"> {}

/** C-MOVE-RQ (PS3.7 9.3.4.1). */
export interface CMoveRq extends CompositeRequestFields<"C-MOVE-RQ"> {
  /** AE title that the instances go to. */
  readonly moveDestination: string;
}

/** C-MOVE-RSP (PS3.7 9.3.4.2). */
export interface CMoveRsp extends RetrieveResponseFields<"C-MOVE-RSP"> {}

/** C-ECHO-RQ (PS3.7 9.3.5.1). */
export interface CEchoRq extends RequestFields<"C-ECHO-RQ">, AffectedSopClass {}

/** C-ECHO-RSP (PS3.7 9.3.5.2). */
export interface CEchoRsp extends ResponseFields<"C-ECHO-RSP"> {}

/** C-CANCEL-RQ (PS3.7 9.3.2.3, 9.3.3.3 and 9.3.4.3); nothing answers it but the cancelled operation's own response. */
export interface CCancelRq extends CommandFields<"C-CANCEL-RQ"> {
  /** Message ID of the request that is to be cancelled. */
  readonly messageIdBeingRespondedTo: number;
}

/** N-EVENT-REPORT-RQ (PS3.7 10.3.1.1). */
export interface NEventReportRq extends RequestFields<"N-EVENT-REPORT-RQ">, AffectedSopInstance {
  /** What happened; its meaning is the SOP class's. */
  readonly eventTypeId: number;
}

/** N-EVENT-REPORT-RSP (PS3.7 10.3.1.2). */
export interface NEventReportRsp extends InstanceResponseFields<"N-EVENT-REPORT-RSP"> {
  /** As in the request. */
  readonly eventTypeId?: number;
}

/** N-GET-RQ (PS3.7 10.3.2.1). */
export interface NGetRq extends RequestFields<"N-GET-RQ">, RequestedSopInstance {
  /** Tags of the attributes that are wanted; all when absent. */
  readonly attributeIdentifierList?: readonly number[];
}

/** N-GET-RSP (PS3.7 10.3.2.2). */
export interface NGetRsp extends InstanceResponseFields<"N-GET-RSP"> {}

/** N-SET-RQ (PS3.7 10.3.3.1). */
export interface NSetRq extends RequestFields<"N-SET-RQ", true>, RequestedSopInstance {}

/** N-SET-RSP (PS3.7 10.3.3.2). */
export interface NSetRsp extends InstanceResponseFields<"N-SET-RSP"> {}

/** N-ACTION-RQ (PS3.7 10.3.4.1). */
export interface NActionRq extends RequestFields<"N-ACTION-RQ">, RequestedSopInstance {
  /** What is to be done; its meaning is the SOP class's. */
  readonly actionTypeId: number;
}

/** N-ACTION-RSP (PS3.7 10.3.4.2). */
export interface NActionRsp extends InstanceResponseFields<"N-ACTION-RSP"> {
  /** As in the request. */
  readonly actionTypeId?: number;
}

/** N-CREATE-RQ (PS3.7 10.3.5.1). */
export interface NCreateRq extends RequestFields<"N-CREATE-RQ">, AffectedSopClass {
  /** UID for the new SOP instance; the performer makes one up when it is absent. */
  readonly affectedSopInstanceUid?: string;
}

/** N-CREATE-RSP (PS3.7 10.3.5.2). */
export interface NCreateRsp extends InstanceResponseFields<"N-CREATE-RSP"> {}

/** N-DELETE-RQ (PS3.7 10.3.6.1). */
export interface NDeleteRq extends RequestFields<"N-DELETE-RQ">, RequestedSopInstance {}

/** N-DELETE-RSP (PS3.7 10.3.6.2). */
export interface NDeleteRsp extends InstanceResponseFields<"N-DELETE-RSP"> {}

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

/** The request of a type. */
export type RequestOf<Type extends RequestCommand["type"]> = Extract<RequestCommand, { readonly type: Type }>;

/** The response that answers a request of type `Request`. */
export type ResponseTo<Request extends RequestCommand> = Extract<
  ResponseCommand,
  { readonly type: Request["type"] extends `${infer Service}-RQ` ? `${Service}-RSP` : never }
>;
