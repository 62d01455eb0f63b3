/** The picture as it was: seconds asked for ahead, played on at a pace. */

import { ask } from './connection';
import { PictureClock, type ClockState } from './clock';
import { HEADER_BYTES, ROW_BYTES, readFrame, type Frame } from './frames';
import type { Picture } from './picture';
import type { Alert, Identity } from './types';

const CHUNK_S = 60;
const KEPT_S = 600; // seconds that are kept; older ones are asked for again
const TICK_MS = 100;

/** A clock that goes by its own pace from a time that somebody chose. */
export class PastClock extends PictureClock {
  private base_ms = 0;
  private since_ms = 0;
  rate = 1;

  set(time_ms: number, rate: number, monotonic_ms: number): void {
    this.base_ms = time_ms;
    this.since_ms = monotonic_ms;
    this.rate = rate;
  }

  override now(monotonic_ms: number): number {
    return this.base_ms + this.rate * (monotonic_ms - this.since_ms);
  }

  override shown(monotonic_ms: number): number {
    return this.now(monotonic_ms);
  }

  override state(): ClockState {
    return 'past';
  }
}

/** The frames of an answer, one after the other. */
export function splitFrames(buffer: ArrayBuffer): Frame[] {
  const out: Frame[] = [];
  for (let at = 0; at + HEADER_BYTES <= buffer.byteLength; ) {
    const count = new DataView(buffer, at).getUint32(16, true);
    const end = at + HEADER_BYTES + count * ROW_BYTES;
    out.push(readFrame(buffer.slice(at, end)));
    at = end;
  }
  return out;
}

/** Alerts that held at a time, from their changes in order. */
export function heldAt(changes: Alert[], time_ms: number): Alert[] {
  const held = new Map<string, Alert>();
  for (const change of changes) {
    if (change.time_ns / 1e6 > time_ms) break;
    if (change.state === 'cleared') held.delete(change.alert_id);
    else held.set(change.alert_id, change);
  }
  return [...held.values()];
}

interface Told {
  identities: Identity[];
  alerts: Alert[];
}

async function framesOf(from_ns: bigint, to_ns: bigint): Promise<Frame[] | null> {
  try {
    const answer = await fetch(`/api/v1/past/frames?from_ns=${from_ns}&to_ns=${to_ns}`);
    return answer.ok ? splitFrames(await answer.arrayBuffer()) : null;
  } catch {
    return null;
  }
}

export class PastPlayer {
  readonly clock = new PastClock();
  first_ms = Number.NaN; // of the history
  last_ms = Number.NaN;
  failed = '';
  private readonly seconds = new Map<number, Frame>();
  private told: Told = { identities: [], alerts: [] };
  private shown = Number.NaN;
  private loading = false;
  private round = 0; // answers of before a jump are dropped
  private timer = 0;

  constructor(
    private readonly picture: Picture,
    private readonly changed: () => void,
  ) {}

  get on(): boolean {
    return this.timer !== 0;
  }

  get playing(): boolean {
    return this.clock.rate > 0;
  }

  now_ms(): number {
    return this.clock.now(performance.now());
  }

  /** Begin at a time; false where there is no past to show. */
  async enter(time_ms: number | null): Promise<boolean> {
    const answer = await ask<{ span: [number, number] | null }>('/api/v1/past');
    if (!answer?.span) {
      this.failed = answer ? 'The history is empty.' : 'The server has no history to ask.';
      return false;
    }
    [this.first_ms, this.last_ms] = answer.span.map((ns) => ns / 1e6) as [number, number];
    this.failed = '';
    if (!this.on) {
      this.picture.enterPast(this.clock);
      this.timer = window.setInterval(() => this.tick(), TICK_MS);
    }
    this.go(time_ms ?? this.last_ms - 60_000);
    return true;
  }

  leave(): void {
    if (!this.on) return;
    clearInterval(this.timer);
    this.timer = 0;
    this.round += 1;
    this.loading = false;
    this.seconds.clear();
    this.picture.leavePast();
  }

  /** Jump to a time, in the history's span. */
  go(time_ms: number): void {
    const at = Math.min(Math.max(time_ms, this.first_ms), this.last_ms);
    this.clock.set(at, this.clock.rate, performance.now());
    this.round += 1;
    this.loading = false;
    this.shown = Number.NaN;
    if (!this.seconds.has(second(at))) {
      this.seconds.clear();
      this.picture.clearPast();
    }
    this.tick();
  }

  /** How fast; 0 stands still. */
  pace(rate: number): void {
    this.clock.set(this.now_ms(), rate, performance.now());
    this.tick();
  }

  private tick(): void {
    let now = this.now_ms();
    if (now > this.last_ms) {
      this.clock.set(this.last_ms, 0, performance.now());
      now = this.last_ms;
    }
    const at = second(now);
    const frame = this.seconds.get(at);
    if (frame && at !== this.shown) {
      if (Math.abs(at - this.shown) > 3) this.picture.clearPast();
      this.shown = at;
      this.picture.pastFrame(frame);
      this.picture.heldThen = heldAt(this.told.alerts, now);
      this.picture.tell('past');
    }
    // What has not come yet is waited for, so that nothing is left out.
    if (!frame && this.playing && this.loading) this.clock.set(at * 1000, this.clock.rate, performance.now());
    this.fetch(at);
    this.changed();
  }

  private fetch(at: number): void {
    if (this.loading) return;
    let next = at;
    const ahead = at + Math.max(20, 4 * this.clock.rate);
    while (this.seconds.has(next) && next < ahead) next += 1;
    if (next >= ahead || next * 1000 > this.last_ms) return;
    void this.load(next);
  }

  private async load(from: number): Promise<void> {
    this.loading = true;
    const round = this.round;
    const from_ns = BigInt(from) * 1_000_000_000n;
    const to_ns = from_ns + BigInt(CHUNK_S) * 1_000_000_000n;
    const [frames, told] = await Promise.all([
      framesOf(from_ns, to_ns),
      ask<Told>(`/api/v1/past/told?from_ns=${from_ns}&to_ns=${to_ns}`),
    ]);
    if (round !== this.round) return;
    this.loading = false;
    if (!frames || !told) {
      this.failed = 'The history does not answer.';
      window.setTimeout(() => this.on && this.tick(), 2000);
      this.loading = true;
      window.setTimeout(() => (this.loading = false), 1900);
      return;
    }
    this.failed = '';
    for (const frame of frames) this.seconds.set(second(frame.time_ms), frame);
    for (const key of this.seconds.keys()) if (Math.abs(key - from) > KEPT_S) this.seconds.delete(key);
    const before = this.told.alerts.filter((alert) => alert.time_ns < Number(from_ns));
    this.told = { identities: told.identities, alerts: [...before, ...told.alerts].sort((a, b) => a.time_ns - b.time_ns) };
    this.picture.pastIdentities(told.identities);
    this.tick();
  }
}

function second(time_ms: number): number {
  return Math.floor(time_ms / 1000 + 1e-6);
}
