/**
 * What arrives because this application entity has asked for it by C-MOVE, told from all else that peers send.
 *
 * @module
 */

import * as Status from "../dimse/status.ts";
import { DimseStatusError } from "../errors.ts";
import type { ReceivedInstance } from "./storage.ts";

/** What a C-MOVE is to bring. */
export interface Expectation {
  /** AE title of the peer that was asked, which sends the instances. */
  readonly senderAeTitle: string;
  /** Whether an instance is among those that were asked for and have not come. */
  readonly isWanted: (sopInstanceUid: string) => boolean;
  /** Takes each instance, as `storage()` does. */
  readonly keep: (instance: ReceivedInstance) => Promise<void>;
}

/** A C-MOVE that goes on, until it is disposed of. */
export interface Expected extends Disposable {
  /** The request is about to go out, with this message ID: from now on its instances may come. */
  begin(messageId: number): void;
}

/**
 * Where the instances of Gantry's own C-MOVEs arrive. An instance belongs to one if its sender says so (PS3.7 9.3.1.1: Move
 * Originator Application Entity Title and Message ID) and is the peer that was asked, as long as the C-MOVE goes on. The inbox
 * refuses an instance that was not asked for, or came already: the peer has it. It leaves all others alone: such an image may
 * exist nowhere else.
 */
export class MoveInbox {
  /** AE title that peers are asked to move to, and that asks them. */
  readonly aeTitle: string;
  readonly #expected = new Set<Expectation & { messageId: number | undefined }>();

  /** An inbox of an application entity. */
  constructor(aeTitle: string) {
    this.aeTitle = aeTitle;
  }

  /** Instances are about to be asked for. */
  expect(expectation: Expectation): Expected {
    const expected = { ...expectation, messageId: undefined as number | undefined };
    return {
      begin: (messageId) => {
        expected.messageId = messageId;
        this.#expected.add(expected);
      },
      [Symbol.dispose]: () => void this.#expected.delete(expected),
    };
  }

  /** What takes, or refuses, an instance of an own C-MOVE; undefined for all others. */
  takerOf(instance: ReceivedInstance): ((instance: ReceivedInstance) => Promise<void>) | undefined {
    const { moveOriginator, sopInstanceUid, association: { callingAeTitle } } = instance;
    if (moveOriginator?.aeTitle !== this.aeTitle) return undefined;
    // Message IDs are those of an association: several C-MOVEs to a peer may have the same one.
    const possible = [...this.#expected].filter(({ messageId, senderAeTitle }) =>
      messageId === moveOriginator.messageId && senderAeTitle === callingAeTitle
    );
    if (possible.length === 0) return undefined;
    return possible.find(({ isWanted }) => isWanted(sopInstanceUid))?.keep ?? refuse;
  }
}

function refuse({ sopInstanceUid }: ReceivedInstance): Promise<void> {
  const comment = "Not asked for by the C-MOVE";
  const message =
    `Cannot store ${sopInstanceUid}: the C-MOVE that it names did not request it, or the instance arrived already`;
  return Promise.reject(new DimseStatusError(message, { status: Status.ProcessingFailure, comment }));
}
