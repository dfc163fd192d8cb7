/**
 * Command sets of DIMSE messages, annotated. Those of C-ECHO and C-STORE are what DCMTK 3.6.7 sends.
 *
 * @module
 */

import type { CommandSet } from "../../src/dimse/command_set.ts";
import { annotated } from "./annotated.ts";

/** A command and its bytes. */
export interface CommandSetVector {
  readonly command: CommandSet;
  readonly bytes: Uint8Array;
}

/** Bytes that are written and read exactly as they stand here. */
export const COMMAND_SET_VECTORS: readonly CommandSetVector[] = [
  {
    command: {
      type: "C-ECHO-RQ",
      messageId: 1,
      hasDataSet: false,
      affectedSopClassUid: "1.2.840.10008.1.1",
    },
    bytes: annotated(`
      0000 0000 04000000 38000000                 # Command Group Length: 56
      0000 0200 12000000 "1.2.840.10008.1.1" 00   # Affected SOP Class UID
      0000 0001 02000000 3000                     # Command Field: C-ECHO-RQ
      0000 1001 02000000 0100                     # Message ID: 1
      0000 0008 02000000 0101                     # Command Data Set Type: none
    `).bytes,
  },
  {
    command: {
      type: "C-ECHO-RSP",
      messageIdBeingRespondedTo: 1,
      status: 0x0000,
      hasDataSet: false,
      affectedSopClassUid: "1.2.840.10008.1.1",
    },
    bytes: annotated(`
      0000 0000 04000000 42000000                 # Command Group Length: 66
      0000 0200 12000000 "1.2.840.10008.1.1" 00   # Affected SOP Class UID
      0000 0001 02000000 3080                     # Command Field: C-ECHO-RSP
      0000 2001 02000000 0100                     # Message ID Being Responded To: 1
      0000 0008 02000000 0101                     # Command Data Set Type: none
      0000 0009 02000000 0000                     # Status: success
    `).bytes,
  },
  {
    command: {
      type: "C-STORE-RQ",
      messageId: 1,
      priority: "medium",
      hasDataSet: true,
      affectedSopClassUid: "1.2.840.10008.5.1.4.1.1.2",
      affectedSopInstanceUid: "1.3.6.1.4.1.5962.1.1.1.1.1.20040119072730.12322",
    },
    bytes: annotated(`
      0000 0000 04000000 82000000                         # Command Group Length: 130
      0000 0200 1A000000 "1.2.840.10008.5.1.4.1.1.2" 00   # Affected SOP Class UID
      0000 0001 02000000 0100                             # Command Field: C-STORE-RQ
      0000 1001 02000000 0100                             # Message ID: 1
      0000 0007 02000000 0000                             # Priority: medium
      0000 0008 02000000 0100                             # Command Data Set Type: there is one
      0000 0010 30000000                                  # Affected SOP Instance UID
        "1.3.6.1.4.1.5962.1.1.1.1.1.20040119072730.12322" 00
    `).bytes,
  },
  {
    command: {
      type: "C-STORE-RSP",
      messageIdBeingRespondedTo: 1,
      status: 0x0000,
      hasDataSet: false,
      affectedSopClassUid: "1.2.840.10008.5.1.4.1.1.2",
      affectedSopInstanceUid: "1.3.6.1.4.1.5962.1.1.1.1.1.20040119072730.12322",
    },
    bytes: annotated(`
      0000 0000 04000000 82000000                         # Command Group Length: 130
      0000 0200 1A000000 "1.2.840.10008.5.1.4.1.1.2" 00   # Affected SOP Class UID
      0000 0001 02000000 0180                             # Command Field: C-STORE-RSP
      0000 2001 02000000 0100                             # Message ID Being Responded To: 1
      0000 0008 02000000 0101                             # Command Data Set Type: none
      0000 0009 02000000 0000                             # Status: success
      0000 0010 30000000                                  # Affected SOP Instance UID
        "1.3.6.1.4.1.5962.1.1.1.1.1.20040119072730.12322" 00
    `).bytes,
  },
  {
    command: {
      type: "C-MOVE-RQ",
      messageId: 0x0102,
      priority: "low",
      hasDataSet: true,
      affectedSopClassUid: "1.2.840.10008.5.1.4.1.2.2.2",
      moveDestination: "WORKSTATION 1",
    },
    bytes: annotated(`
      0000 0000 04000000 62000000                           # Command Group Length: 98
      0000 0200 1C000000 "1.2.840.10008.5.1.4.1.2.2.2" 00   # Affected SOP Class UID
      0000 0001 02000000 2100                               # Command Field: C-MOVE-RQ
      0000 1001 02000000 0201                               # Message ID: 258
      0000 0006 0E000000 "WORKSTATION 1" 20                 # Move Destination
      0000 0007 02000000 0200                               # Priority: low
      0000 0008 02000000 0100                               # Command Data Set Type: there is one
    `).bytes,
  },
  {
    command: {
      type: "C-MOVE-RSP",
      messageIdBeingRespondedTo: 0x0102,
      hasDataSet: false,
      status: 0xA702,
      offendingElement: [0x0020_000D, 0x7FE0_0010],
      errorComment: "disk full",
      numberOfRemainingSuboperations: 3,
      numberOfFailedSuboperations: 300,
    },
    bytes: annotated(`
      0000 0000 04000000 5E000000            # Command Group Length: 94
      0000 0001 02000000 2180                # Command Field: C-MOVE-RSP
      0000 2001 02000000 0201                # Message ID Being Responded To: 258
      0000 0008 02000000 0101                # Command Data Set Type: none
      0000 0009 02000000 02A7                # Status: A702H
      0000 0109 08000000 20000D00 E07F1000   # Offending Element: (0020,000D), (7FE0,0010)
      0000 0209 0A000000 "disk full" 20      # Error Comment
      0000 2010 02000000 0300                # Number of Remaining Sub-operations: 3
      0000 2210 02000000 2C01                # Number of Failed Sub-operations: 300
    `).bytes,
  },
];
