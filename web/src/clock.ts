/** Picture time between frames, and whether it can be believed. */

export type ClockState = 'connecting' | 'live' | 'replay' | 'stale' | 'offline' | 'exercise' | 'paused' | 'over' | 'past';

const STALE_MS = 3000;
const COAST_MS = 2000; // how long the picture may move on without a frame

/** Follows the server's time: time = offset + speed × the browser's monotonic clock. */
export class PictureClock {
  connected = false;
  mode: 'live' | 'replay' = 'live';
  speed = 1;
  private pace: 'none' | 'going' | 'paused' | 'over' = 'none';
  private offset_ms = Number.NaN;
  private heard_ms = Number.NaN; // monotonic, of the newest frame
  private frame_ms = Number.NaN; // picture time of the newest frame

  /** A hello: what follows may be another time altogether. */
  reset(mode: 'live' | 'replay', speed: number): void {
    this.mode = mode;
    this.speed = Number.isFinite(speed) && speed > 0 ? speed : 1;
    this.offset_ms = Number.NaN;
    this.pace = 'none';
  }

  /** An exercise goes at another speed from now; 0 is paused. */
  exercise(speed: number, ended: boolean, monotonic_ms: number): void {
    const now = this.now(monotonic_ms);
    this.pace = ended ? 'over' : speed > 0 ? 'going' : 'paused';
    this.speed = ended || !(speed > 0) ? 0 : speed;
    this.offset_ms = now - this.speed * monotonic_ms;
    if (this.pace === 'going' && !Number.isNaN(this.heard_ms)) this.heard_ms = monotonic_ms; // it was silent on purpose
  }

  frame(time_ms: number, monotonic_ms: number): void {
    const offset = time_ms - this.speed * monotonic_ms;
    const error = offset - this.offset_ms;
    // Small differences are jitter of the network and are smoothed; large ones are a new time.
    if (Math.abs(error) < 1000 * Math.max(1, this.speed)) this.offset_ms += 0.1 * error;
    else this.offset_ms = offset;
    this.heard_ms = monotonic_ms;
    this.frame_ms = time_ms;
  }

  /** The picture's UTC in milliseconds; NaN before the first frame. */
  now(monotonic_ms: number): number {
    return this.offset_ms + this.speed * monotonic_ms;
  }

  /** As now(), but a picture that gets no frames stands still. */
  shown(monotonic_ms: number): number {
    return Math.min(this.now(monotonic_ms), this.frame_ms + COAST_MS * Math.max(this.speed, 1));
  }

  /** Seconds since the last frame arrived. */
  silence_s(monotonic_ms: number): number {
    return (monotonic_ms - this.heard_ms) / 1000;
  }

  state(monotonic_ms: number): ClockState {
    if (!this.connected) return Number.isNaN(this.heard_ms) ? 'connecting' : 'offline';
    if (Number.isNaN(this.heard_ms)) return 'connecting';
    if (this.pace === 'paused' || this.pace === 'over') return this.pace;
    if (monotonic_ms - this.heard_ms > STALE_MS) return 'stale';
    return this.pace === 'going' ? 'exercise' : this.mode;
  }
}
