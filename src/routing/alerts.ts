/**
 * Alerts about lanes: a webhook hears what an operator should look at.
 *
 * @module
 */

import type { LaneEvent } from "./lanes/lane_events.ts";
import { DeliveryError, toldError } from "./destinations/outcomes.ts";
import type { SignedWebhook, WebhookEvent } from "./destinations/signed_webhook.ts";

/** `type` of the events: a destination fails, or works again; jobs are given up, or held until an operator mends them. */
export const ALERTS = {
  opened: "gantry.lane.opened",
  closed: "gantry.lane.closed",
  dead: "gantry.jobs.dead",
  held: "gantry.jobs.held",
} as const;

/** What alerts need. */
export interface AlertsOptions {
  /** The webhook that gets the alerts. */
  readonly webhook: Pick<SignedWebhook, "post">;
  /** Called with the error of each alert that could not be posted. */
  readonly onError: (error: unknown) => void;
  /** Milliseconds since the epoch. Default: `Date.now`. */
  readonly now?: () => number;
}

/** How long events are gathered, so that one alert covers many jobs, in milliseconds. */
const GATHERED = 10_000;

/** How long a destination has to fail before an alert says so, in milliseconds. One that refuses this gateway is told at once. */
const PATIENCE = 60_000;

/** The longest pause until an alert is posted again, and the longest time for an answer, in milliseconds. */
const LONGEST_PAUSE = 300_000;
const TIMEOUT = 30_000;

/** Alerts that wait for a webhook that fails; the oldest are dropped. */
const MOST_WAITING = 100;

/** Jobs that an alert names. */
const MOST_EXAMPLES = 10;

/** A lane that is open. */
interface OpenLane {
  readonly since: number;
  readonly why: string;
  readonly isConfiguration: boolean;
  told: boolean;
}

/** Jobs that ended in the same state. */
interface StuckJobs {
  readonly lane: string;
  readonly state: "dead" | "held";
  readonly class: string;
  readonly jobs: object[];
  count: number;
  status: string;
  error: string;
}

/** Gathers events and posts alerts. Alerts that still wait when the gateway ends are dropped: the queue still has the jobs. */
export class Alerts implements AsyncDisposable {
  readonly #options: Required<AlertsOptions>;
  readonly #open = new Map<string, OpenLane>();
  readonly #stuck = new Map<string, StuckJobs>();
  readonly #waiting: (readonly [id: string, event: WebhookEvent])[] = [];
  readonly #abort = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #posting: Promise<void> | undefined;
  #failures = 0;

  /** Posts nothing before something happens. */
  constructor(options: AlertsOptions) {
    this.#options = { now: Date.now, ...options };
  }

  /** Call it with each event. */
  readonly observe = (event: LaneEvent): void => {
    switch (event.type) {
      case "lane-opened":
        this.#open.set(event.lane, { ...event, since: this.#options.now(), told: false });
        break;
      case "lane-closed":
        if (this.#open.get(event.lane)?.told) {
          this.#tell(ALERTS.closed, event.lane, { milliseconds: event.milliseconds });
        }
        this.#open.delete(event.lane);
        break;
      case "job-attempted":
        if (event.state !== "dead" && event.state !== "held") return;
        this.#gather(event, event.state);
        break;
      default:
        return;
    }
    this.#arm(GATHERED);
  };

  /** Aborts the request that is being posted. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort(new DOMException("The gateway ends", "AbortError"));
    clearTimeout(this.#timer);
    await this.#posting;
  }

  #gather({ lane, job, outcome }: LaneEvent & { readonly type: "job-attempted" }, state: "dead" | "held"): void {
    const key = `${lane} ${state} ${outcome.class}`;
    const stuck: StuckJobs = this.#stuck.get(key) ??
      { lane, state, class: outcome.class, jobs: [], count: 0, status: "", error: "" };
    this.#stuck.set(key, stuck);
    stuck.count++;
    stuck.status = outcome.status;
    stuck.error = toldError(outcome);
    if (stuck.jobs.length >= MOST_EXAMPLES) return;
    const { id, studyInstanceUid, sopInstanceUid } = job;
    stuck.jobs.push({ id, studyInstanceUid, sopInstanceUid });
  }

  #tell(type: string, lane: string, data: object): void {
    const time = new Date(this.#options.now()).toISOString();
    this.#waiting.push([crypto.randomUUID(), { type, subject: lane, time, data: { lane, ...data } }]);
    if (this.#waiting.length <= MOST_WAITING) return;
    this.#waiting.shift();
    this.#options.onError(new Error(`Cannot tell of an alert: more than ${MOST_WAITING} wait for the webhook`));
  }

  #arm(milliseconds: number): void {
    if (this.#abort.signal.aborted || this.#timer !== undefined || this.#posting !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#posting = this.#post().finally(() => {
        this.#posting = undefined;
        const pause = Math.min(LONGEST_PAUSE, GATHERED * 2 ** Math.min(this.#failures, 10));
        if (this.#waiting.length > 0) this.#arm(pause);
        else if (this.#stuck.size > 0 || [...this.#open.values()].some(({ told }) => !told)) this.#arm(GATHERED);
      });
    }, milliseconds);
  }

  /** Makes alerts of the gathered events. */
  #conclude(): void {
    for (const [lane, open] of this.#open) {
      const { since, why, isConfiguration, told } = open;
      if (told || !isConfiguration && Math.abs(this.#options.now() - since) < PATIENCE) continue;
      open.told = true;
      this.#tell(ALERTS.opened, lane, { since: new Date(since).toISOString(), why, isConfiguration });
    }
    for (const { state, lane, ...stuck } of this.#stuck.values()) this.#tell(ALERTS[state], lane, stuck);
    this.#stuck.clear();
  }

  /** Posts the waiting alerts, one after the other, until a request fails. Never rejects. */
  async #post(): Promise<void> {
    this.#conclude();
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      const signal = AbortSignal.any([this.#abort.signal, AbortSignal.timeout(TIMEOUT)]);
      try {
        await this.#options.webhook.post(...first, signal);
        this.#failures = 0;
      } catch (error) {
        if (this.#abort.signal.aborted) return;
        this.#failures++;
        this.#options.onError(error);
        // A permanent refusal would only repeat itself.
        if (!(error instanceof DeliveryError) || error.class !== "permanent") return;
      }
      if (this.#waiting[0] === first) this.#waiting.shift();
    }
  }
}
