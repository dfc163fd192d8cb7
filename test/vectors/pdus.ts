/**
 * Each of the seven PDUs with every item and sub-item of PS3.8 9.3 and Annex D and PS3.7 Annex D.3.
 *
 * @module
 */

import type { Pdu } from "../../src/upper_layer/pdu.ts";
import { type Annotated, annotated } from "./annotated.ts";

/** Bytes and what they say. Writing `pdu` gives `bytes`, and reading `bytes` gives `pdu`. */
export interface PduVector extends Annotated {
  readonly name: string;
  readonly pdu: Pdu;
}

const ASCII = new TextEncoder();

const associateRq: PduVector = {
  name: "A-ASSOCIATE-RQ with every item",
  ...annotated(`
    01 00 <000001be>                                # A-ASSOCIATE-RQ, 446 bytes follow
    0001 0000                                       # protocol version, reserved
    "GANTRY          "                              # called AE title
    "STORESCU        "                              # calling AE title
    00 *31                                          # reserved
    10 00 <0015> "1.2.840.10008.3.1.1.1"            # Application Context
    20 00 <004d> 01 00 00 00                        # Presentation Context 1
      30 00 <0019> "1.2.840.10008.5.1.4.1.1.2"      #   Abstract Syntax: CT Image Storage
      40 00 <0011> "1.2.840.10008.1.2"              #   Transfer Syntax: Implicit VR Little Endian
      40 00 <0013> "1.2.840.10008.1.2.1"            #   Transfer Syntax: Explicit VR Little Endian
    20 00 <002e> 03 00 00 00                        # Presentation Context 3
      30 00 <0011> "1.2.840.10008.1.1"              #   Abstract Syntax: Verification
      40 00 <0011> "1.2.840.10008.1.2"              #   Transfer Syntax: Implicit VR Little Endian
    50 00 <00da>                                    # User Information
      51 00 <0004> 00004000                         #   Maximum Length: 16384
      52 00 <000f> "2.25.1234567890"                #   Implementation Class UID
      53 00 <0004> 0002 0001                        #   Asynchronous Operations Window: 2 invoked, 1 performed
      54 00 <001d>                                  #   SCP/SCU Role Selection
        <0019> "1.2.840.10008.5.1.4.1.1.2"          #     SOP class: CT Image Storage
        01 01                                       #     SCU role, SCP role
      55 00 <0006> "TEST_1"                         #   Implementation Version Name
      56 00 <0021>                                  #   SOP Class Extended Negotiation
        <0019> "1.2.840.10008.5.1.4.1.1.2"          #     SOP class: CT Image Storage
        02 00 03 00 01 00                           #     service class application information
      57 00 <004f>                                  #   SOP Class Common Extended Negotiation
        <0019> "1.2.840.10008.5.1.4.1.1.2"          #     SOP class: CT Image Storage
        <0011> "1.2.840.10008.4.2"                  #     service class: Storage
        <001f>                                      #     related general SOP classes
          <001d> "1.2.840.10008.5.1.4.1.1.88.22"    #       Enhanced SR Storage
      58 00 <0010> 02 01                            #   User Identity: user name and passcode, response wanted
        <0004> "user"                               #     primary field
        <0006> "secret"                             #     secondary field
  `),
  pdu: {
    type: "A-ASSOCIATE-RQ",
    protocolVersion: 1,
    calledAeTitle: "GANTRY",
    callingAeTitle: "STORESCU",
    applicationContextName: "1.2.840.10008.3.1.1.1",
    presentationContexts: [
      {
        id: 1,
        abstractSyntax: "1.2.840.10008.5.1.4.1.1.2",
        transferSyntaxes: ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1"],
      },
      { id: 3, abstractSyntax: "1.2.840.10008.1.1", transferSyntaxes: ["1.2.840.10008.1.2"] },
    ],
    userInformation: {
      maximumPduLength: 16384,
      implementationClassUid: "2.25.1234567890",
      implementationVersionName: "TEST_1",
      asynchronousOperationsWindow: { invoked: 2, performed: 1 },
      roleSelections: [{ sopClassUid: "1.2.840.10008.5.1.4.1.1.2", scuRole: true, scpRole: true }],
      extendedNegotiations: [{
        sopClassUid: "1.2.840.10008.5.1.4.1.1.2",
        applicationInformation: Uint8Array.of(2, 0, 3, 0, 1, 0),
      }],
      commonExtendedNegotiations: [{
        sopClassUid: "1.2.840.10008.5.1.4.1.1.2",
        serviceClassUid: "1.2.840.10008.4.2",
        relatedGeneralSopClassUids: ["1.2.840.10008.5.1.4.1.1.88.22"],
      }],
      userIdentity: {
        type: "username-and-passcode",
        positiveResponseRequested: true,
        primaryField: ASCII.encode("user"),
        secondaryField: ASCII.encode("secret"),
      },
    },
  },
};

const associateAc: PduVector = {
  name: "A-ASSOCIATE-AC with every item",
  ...annotated(`
    02 00 <00000108>                                # A-ASSOCIATE-AC, 264 bytes follow
    0001 0000                                       # protocol version, reserved
    "GANTRY          "                              # reserved: the called AE title again
    "STORESCU        "                              # reserved: the calling AE title again
    00 *31                                          # reserved
    10 00 <0015> "1.2.840.10008.3.1.1.1"            # Application Context
    21 00 <0019> 01 00 00 00                        # Presentation Context 1: acceptance
      40 00 <0011> "1.2.840.10008.1.2"              #   Transfer Syntax: Implicit VR Little Endian
    21 00 <0008> 03 00 03 00                        # Presentation Context 3: abstract syntax not supported
      40 00 <0000>                                  #   Transfer Syntax: not significant
    50 00 <007e>                                    # User Information
      51 00 <0004> 00000000                         #   Maximum Length: no limit
      52 00 <000f> "2.25.1234567890"                #   Implementation Class UID
      53 00 <0004> 0001 0001                        #   Asynchronous Operations Window: 1 invoked, 1 performed
      54 00 <001d>                                  #   SCP/SCU Role Selection
        <0019> "1.2.840.10008.5.1.4.1.1.2"          #     SOP class: CT Image Storage
        01 00                                       #     SCU role accepted, SCP role not
      55 00 <0006> "TEST_1"                         #   Implementation Version Name
      56 00 <0021>                                  #   SOP Class Extended Negotiation
        <0019> "1.2.840.10008.5.1.4.1.1.2"          #     SOP class: CT Image Storage
        02 00 03 00 01 00                           #     service class application information
      59 00 <0007>                                  #   User Identity response
        <0005> "token"                              #     server response
  `),
  pdu: {
    type: "A-ASSOCIATE-AC",
    protocolVersion: 1,
    calledAeTitle: "GANTRY",
    callingAeTitle: "STORESCU",
    applicationContextName: "1.2.840.10008.3.1.1.1",
    presentationContexts: [
      { id: 1, result: "acceptance", transferSyntax: "1.2.840.10008.1.2" },
      { id: 3, result: "abstract-syntax-not-supported", transferSyntax: "" },
    ],
    userInformation: {
      maximumPduLength: 0,
      implementationClassUid: "2.25.1234567890",
      implementationVersionName: "TEST_1",
      asynchronousOperationsWindow: { invoked: 1, performed: 1 },
      roleSelections: [{ sopClassUid: "1.2.840.10008.5.1.4.1.1.2", scuRole: true, scpRole: false }],
      extendedNegotiations: [{
        sopClassUid: "1.2.840.10008.5.1.4.1.1.2",
        applicationInformation: Uint8Array.of(2, 0, 3, 0, 1, 0),
      }],
      userIdentityResponse: ASCII.encode("token"),
    },
  },
};

const associateRqOfDcmtk: PduVector = {
  name: "A-ASSOCIATE-RQ of DCMTK's echoscu",
  ...annotated(`
    01 00 <000000cd>                                # A-ASSOCIATE-RQ, 205 bytes follow
    0001 0000                                       # protocol version, reserved
    "GANTRY          "                              # called AE title
    "ECHOSCU         "                              # calling AE title
    00 *31                                          # reserved
    10 00 <0015> "1.2.840.10008.3.1.1.1"            # Application Context
    20 00 <002e> 01 00 ff 00                        # Presentation Context 1; a reserved byte isn't 0
      30 00 <0011> "1.2.840.10008.1.1"              #   Abstract Syntax: Verification
      40 00 <0011> "1.2.840.10008.1.2"              #   Transfer Syntax: Implicit VR Little Endian
    50 00 <003a>                                    # User Information
      51 00 <0004> 00004000                         #   Maximum Length: 16384
      52 00 <001b> "1.2.276.0.7230010.3.0.3.6.7"    #   Implementation Class UID
      55 00 <000f> "OFFIS_DCMTK_367"                #   Implementation Version Name
  `),
  pdu: {
    type: "A-ASSOCIATE-RQ",
    protocolVersion: 1,
    calledAeTitle: "GANTRY",
    callingAeTitle: "ECHOSCU",
    applicationContextName: "1.2.840.10008.3.1.1.1",
    presentationContexts: [
      { id: 1, abstractSyntax: "1.2.840.10008.1.1", transferSyntaxes: ["1.2.840.10008.1.2"] },
    ],
    userInformation: {
      maximumPduLength: 16384,
      implementationClassUid: "1.2.276.0.7230010.3.0.3.6.7",
      implementationVersionName: "OFFIS_DCMTK_367",
    },
  },
};

const pData: PduVector = {
  name: "P-DATA-TF with three PDVs",
  ...annotated(`
    04 00 <0000001a>                                # P-DATA-TF, 26 bytes follow
    <00000006> 01 03 0000 0200                      # PDV: context 1, command, last; 4 bytes
    <00000006> 01 00 0800 0500                      # PDV: context 1, data set, not last; 4 bytes
    <00000002> 01 02                                # PDV: context 1, data set, last; no bytes
  `),
  pdu: {
    type: "P-DATA-TF",
    pdvs: [
      { contextId: 1, command: true, last: true, bytes: Uint8Array.of(0, 0, 2, 0) },
      { contextId: 1, command: false, last: false, bytes: Uint8Array.of(8, 0, 5, 0) },
      { contextId: 1, command: false, last: true, bytes: new Uint8Array(0) },
    ],
  },
};

const shortPdus: readonly PduVector[] = [
  {
    name: "A-ASSOCIATE-RJ",
    ...annotated(`
      03 00 <00000004>                              # A-ASSOCIATE-RJ, 4 bytes follow
      00 01 01 07                                   # reserved, permanent, service user, called AE title not recognized
    `),
    pdu: {
      type: "A-ASSOCIATE-RJ",
      result: "rejected-permanent",
      source: "service-user",
      reason: "called-ae-title-not-recognized",
    },
  },
  {
    name: "A-RELEASE-RQ",
    ...annotated(`05 00 <00000004> 00000000         # A-RELEASE-RQ, 4 bytes follow: reserved`),
    pdu: { type: "A-RELEASE-RQ" },
  },
  {
    name: "A-RELEASE-RP",
    ...annotated(`06 00 <00000004> 00000000         # A-RELEASE-RP, 4 bytes follow: reserved`),
    pdu: { type: "A-RELEASE-RP" },
  },
  {
    name: "A-ABORT",
    ...annotated(`
      07 00 <00000004>                              # A-ABORT, 4 bytes follow
      00 00 02 06                                   # reserved, reserved, service provider, invalid PDU parameter value
    `),
    pdu: { type: "A-ABORT", source: "service-provider", reason: "invalid-pdu-parameter-value" },
  },
];

/** PDUs that both are written and are read like this. */
export const PDU_VECTORS: readonly PduVector[] = [associateRq, associateAc, pData, ...shortPdus];

/** PDUs of other implementations, which are read like this. */
export const PEER_PDU_VECTORS: readonly PduVector[] = [associateRqOfDcmtk];
