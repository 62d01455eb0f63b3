/** Tracks by slot: the newest row of each, and what the graphics card needs to move them.
 *
 * Motion is worked out twice from the same numbers, here for the mouse and in the shaders for the
 * screen: position = p0 + v·(now − t0) + e·exp(−(now − tr)/τ), where e is how far the shown place
 * was from the new one when the update came. So nothing jumps, and no work is done between updates.
 *
 * state, 20 floats a slot (five RGBA texels; Mercator units, seconds since `epoch_s`)
 *   0 x hi, y hi, x lo, y lo     1 vx, vy, t0, fade start
 *   2 ex, ey, tr, existence      3 symbol, level, flags, unused
 *   4 sd major, sd minor, sd angle (rad), Mercator units a metre
 */

import { mercatorPerMetre, mercatorX, mercatorY } from './geo';
import {
  COASTING,
  ENDED,
  F32,
  F64,
  ROW_BYTES,
  ROW_F32,
  ROW_F64,
  U8,
  milliseconds,
  rowsOver,
  type Frame,
  type Rows,
} from './frames';

export const STATE_FLOATS = 20;
export const TAU_S = 0.4; // how fast a correction is worked in
export const FADE_S = 2.5;
export const REACH_S = 12; // a state is carried no further than this
const NEVER = 1e9;
const JUMP_M = 20_000; // beyond this it is a new place, not a correction
const RAD = Math.PI / 180;
const REBASE_S = 900; // float32 seconds stay exact to 0.1 ms

export const FLAG = { coasting: 1, selected: 2, bird: 4, hidden: 8, hovered: 16 } as const;

/** Chooses the symbol of a row: its cell in the atlas, and whether it is a bird. */
export type SymbolChooser = (classIndex: number, authorisation: number, coasting: boolean) => number;

export class Tracks {
  capacity = 0;
  rows!: Rows;
  state!: Float32Array;
  epoch_s = 0;
  /** Slots in use, in the order they are drawn; alerts come last, on top. */
  order: Uint32Array = new Uint32Array(0);
  drawn = 0;
  changed = true; // state or order differ from what was uploaded
  selected: number | null = null;
  hovered: number | null = null;
  birdsHidden = false;
  birdClass = 6;
  private readonly slots = new Map<number, number>();
  private readonly fading = new Map<number, number>(); // slot → when it began, epoch seconds
  private readonly free: number[] = [];
  private top = 0; // slots ever used
  private round = 0; // frames so far
  private seen = new Uint32Array(0); // the round in which a slot was last in a frame; 0 a new track
  private target = new Int32Array(0); // slot of each row of the frame at hand

  constructor(private readonly symbolOf: SymbolChooser) {
    this.grow(1024);
  }

  get size(): number {
    return this.slots.size;
  }

  /** Slots from 0 that were ever used. */
  get slotsUsed(): number {
    return this.top;
  }

  ids(): IterableIterator<number> {
    return this.slots.keys();
  }

  slotOf(id: number | null): number | undefined {
    return id === null ? undefined : this.slots.get(id);
  }

  idOf(slot: number): number {
    return this.rows.u32[slot * ROW_F32 + F32.id];
  }

  f32(slot: number, column: number): number {
    return this.rows.f32[slot * ROW_F32 + column];
  }

  u8(slot: number, column: number): number {
    return this.rows.u8[slot * ROW_BYTES + column];
  }

  time_ms(slot: number, column: 0 | 1): number {
    return milliseconds(this.rows.u32, slot * ROW_F32 + column * 2);
  }

  lat(slot: number): number {
    return this.rows.f64[slot * ROW_F64 + F64.lat];
  }

  lon(slot: number): number {
    return this.rows.f64[slot * ROW_F64 + F64.lon];
  }

  /** Forget everything: the picture begins anew. */
  clear(): void {
    this.slots.clear();
    this.fading.clear();
    this.free.length = 0;
    this.top = 0;
    this.drawn = 0;
    this.changed = true;
  }

  /** Take a frame; `now_ms` is the picture time that is being shown. */
  apply(frame: Frame, now_ms: number): void {
    this.rebase(now_ms);
    const now = now_ms / 1000 - this.epoch_s;
    this.round += 1;
    this.copyRows(frame);
    for (let row = 0; row < frame.count; row++) this.derive(this.target[row], now);
    if (frame.whole) {
      for (const slot of this.slots.values()) if (this.seen[slot] !== this.round) this.fade(slot, now);
    }
    this.reap(now);
    this.sort();
  }

  /** Where a slot is shown at a time, in Mercator units, into `out` (x, y). */
  place(slot: number, now_ms: number, out: Float64Array): void {
    this.placeAt(slot, now_ms / 1000 - this.epoch_s, out);
  }

  private placeAt(slot: number, now: number, out: Float64Array): void {
    const s = this.state;
    const at = slot * STATE_FLOATS;
    const dt = Math.min(Math.max(now - s[at + 6], -REACH_S), REACH_S);
    const age = now - s[at + 10];
    const k = age > 20 * TAU_S ? 0 : Math.exp(-Math.max(0, age) / TAU_S);
    out[0] = s[at] + s[at + 2] + s[at + 4] * dt + s[at + 8] * k;
    out[1] = s[at + 1] + s[at + 3] + s[at + 5] * dt + s[at + 9] * k;
  }

  /** Mark what is selected, hovered or hidden. */
  mark(): void {
    for (let slot = 0; slot < this.top; slot++) this.flag(slot);
    this.sort();
  }

  /** Drop what has faded; true if the picture is still changing by itself. */
  reap(now: number): boolean {
    for (const [slot, since] of this.fading) {
      if (now - since < FADE_S && now >= since - 1) continue;
      this.fading.delete(slot);
      this.slots.delete(this.idOf(slot));
      this.free.push(slot);
      this.changed = true;
    }
    return this.fading.size > 0;
  }

  /** Give each row its slot and copy it there; neighbours that stay neighbours go in one piece. */
  private copyRows(frame: Frame): void {
    if (this.target.length < frame.count) this.target = new Int32Array(frame.count * 2);
    const { target } = this;
    for (let row = 0; row < frame.count; row++) {
      const id = frame.u32[row * ROW_F32 + F32.id];
      target[row] = this.slots.get(id) ?? this.allocate(id);
    }
    for (let first = 0, row = 1; row <= frame.count; row++) {
      if (row < frame.count && target[row] === target[row - 1] + 1) continue;
      const piece = frame.u32.subarray(first * ROW_F32, row * ROW_F32);
      this.rows.u32.set(piece, target[first] * ROW_F32);
      first = row;
    }
  }

  /** Work out the state of a slot from its new row. */
  private derive(slot: number, now: number): void {
    const { state: s, rows, seen } = this;
    const at = slot * STATE_FLOATS;
    const f = slot * ROW_F32;
    const known = seen[slot] !== 0;
    seen[slot] = this.round;
    const lat = rows.f64[slot * ROW_F64 + F64.lat];
    const perMetre = mercatorPerMetre(lat);
    const x = mercatorX(rows.f64[slot * ROW_F64 + F64.lon]);
    const y = mercatorY(lat);
    const vEast = rows.f32[f + F32.vEast];
    const vNorth = rows.f32[f + F32.vNorth];
    const moves = vEast === vEast && vNorth === vNorth; // NaN is unknown: then it stays
    const vx = moves ? vEast * perMetre : 0;
    const vy = moves ? -vNorth * perMetre : 0;
    const t0 = milliseconds(rows.u32, f) / 1000 - this.epoch_s;
    let ex = 0;
    let ey = 0;
    if (known) {
      const dt = Math.min(Math.max(now - t0, -REACH_S), REACH_S);
      this.placeAt(slot, now, scratch);
      ex = scratch[0] - (x + vx * dt);
      ey = scratch[1] - (y + vy * dt);
      if (ex * ex + ey * ey > (JUMP_M * perMetre) ** 2) ex = ey = 0;
    }
    s[at] = x;
    s[at + 1] = y;
    s[at + 2] = x - s[at];
    s[at + 3] = y - s[at + 1];
    s[at + 4] = vx;
    s[at + 5] = vy;
    s[at + 6] = t0;
    s[at + 8] = ex;
    s[at + 9] = ey;
    s[at + 10] = now;
    s[at + 11] = rows.f32[f + F32.existence];
    s[at + 16] = rows.f32[f + F32.sdMajor] * perMetre;
    s[at + 17] = rows.f32[f + F32.sdMinor] * perMetre;
    s[at + 18] = rows.f32[f + F32.sdAngle] * RAD;
    s[at + 19] = perMetre;
    if (rows.u8[slot * ROW_BYTES + U8.status] === ENDED) this.fade(slot, now);
    else {
      if (this.fading.size) this.fading.delete(slot);
      s[at + 7] = NEVER;
    }
    this.flag(slot);
  }

  private flag(slot: number): void {
    const { u8, u32 } = this.rows;
    const r = slot * ROW_BYTES;
    const at = slot * STATE_FLOATS;
    const coasting = u8[r + U8.status] === COASTING;
    const classIndex = u8[r + U8.classIndex];
    const level = u8[r + U8.alert];
    const bird = classIndex === this.birdClass && level === 0;
    const id = u32[slot * ROW_F32 + F32.id];
    const selected = id === this.selected;
    this.state[at + 12] = this.symbolOf(classIndex, u8[r + U8.authorisation], coasting);
    this.state[at + 13] = level;
    this.state[at + 14] =
      (coasting ? FLAG.coasting : 0) |
      (selected ? FLAG.selected : 0) |
      (bird ? FLAG.bird : 0) |
      (bird && this.birdsHidden && !selected ? FLAG.hidden : 0) |
      (id === this.hovered ? FLAG.hovered : 0);
  }

  private fade(slot: number, now: number): void {
    if (this.fading.has(slot)) return;
    this.fading.set(slot, now);
    this.state[slot * STATE_FLOATS + 7] = now;
    this.changed = true;
  }

  /** Birds below, then the rest then alerts by level, the selected one on top. */
  sort(): void {
    const { state, order } = this;
    const top: number[] = [];
    let birds = 0;
    let others = this.capacity; // from the end, so that one pass is enough
    for (const slot of this.slots.values()) {
      const flags = state[slot * STATE_FLOATS + 14];
      if (flags & FLAG.hidden) continue;
      if (flags & FLAG.selected || state[slot * STATE_FLOATS + 13] > 0) top.push(slot);
      else if (flags & FLAG.bird) order[birds++] = slot;
      else order[--others] = slot;
    }
    const weight = (slot: number): number => {
      const at = slot * STATE_FLOATS;
      return state[at + 13] + (state[at + 14] & FLAG.selected ? 10 : 0);
    };
    top.sort((a, b) => weight(a) - weight(b) || a - b);
    order.copyWithin(birds, others);
    this.drawn = birds + this.capacity - others;
    for (const slot of top) order[this.drawn++] = slot;
    this.changed = true;
  }

  private allocate(id: number): number {
    const slot = this.free.pop() ?? this.top++;
    if (slot >= this.capacity) this.grow(this.capacity * 2);
    this.slots.set(id, slot);
    this.seen[slot] = 0;
    this.freshSlots.push(slot);
    return slot;
  }

  /** Slots that were given to a new track since this was last emptied; their trails begin anew. */
  readonly freshSlots: number[] = [];

  private rebase(now_ms: number): void {
    const now_s = now_ms / 1000;
    if (Math.abs(now_s - this.epoch_s) < REBASE_S) return;
    const shift = Math.floor(now_s) - this.epoch_s;
    this.epoch_s += shift;
    for (let slot = 0; slot < this.top; slot++) {
      const at = slot * STATE_FLOATS;
      this.state[at + 6] = this.time_ms(slot, 0) / 1000 - this.epoch_s;
      this.state[at + 10] -= shift;
      if (this.state[at + 7] < NEVER) this.state[at + 7] -= shift;
    }
    for (const [slot, since] of this.fading) this.fading.set(slot, since - shift);
  }

  private grow(capacity: number): void {
    const rows = rowsOver(new ArrayBuffer(capacity * ROW_BYTES), 0, capacity);
    const state = new Float32Array(capacity * STATE_FLOATS);
    const order = new Uint32Array(capacity);
    const seen = new Uint32Array(capacity);
    if (this.capacity) {
      rows.u8.set(this.rows.u8);
      state.set(this.state);
      order.set(this.order);
      seen.set(this.seen);
    }
    this.rows = rows;
    this.state = state;
    this.order = order;
    this.seen = seen;
    this.capacity = capacity;
  }
}

const scratch = new Float64Array(2);
