/** Labels: which tracks get one, where it stands, and its letters.
 *
 * Placed a few times a second by priority on a coarse grid of what is taken. A label keeps its side
 * of the track as long as that side is free, so that it does not hop about.
 */

import { F32, ROW_F32, U8, UNAUTHORISED } from '../frames';
import { FLAG, STATE_FLOATS, type Tracks } from '../tracks';
import type { Glyphs } from './glyphs';

export interface Camera {
  x: number; // Mercator, middle of the screen
  y: number;
  scale: number; // CSS px a Mercator unit
  width: number;
  height: number;
  zoom: number;
}

/** Two short lines for a track. */
export type LabelText = (slot: number) => [string, string];

const MOST = 260;
const CELL = 8;
const SYMBOL = 1; // what stands in a cell of the grid
const LABEL = 2;
const SIDES: [number, number][] = [
  [1, -0.5], // right, left, below, above
  [-1, -0.5],
  [0, 1],
  [0, -1],
];
const FLOATS = 12; // slot, x, y, w, h, u, v, texels wide, r, g, b, a

export class Labels {
  count = 0; // letters
  shown = 0; // labels
  data = new Float32Array(4096 * FLOATS);
  static readonly floats = FLOATS;
  private readonly side = new Map<number, number>(); // track id → side it stands on
  private grid = new Uint8Array(0);
  private columns = 0;
  private lines = 0;
  private readonly at = new Float64Array(2);

  constructor(private readonly glyphs: Glyphs) {}

  /** Choose and place; leaves `count` letters in `data`. */
  layout(tracks: Tracks, camera: Camera, now_ms: number, text: LabelText, symbol_px: number): void {
    this.count = 0;
    this.shown = 0;
    this.clearGrid(camera);
    const wanted = this.candidates(tracks, camera, now_ms, symbol_px);
    wanted.sort((a, b) => b.rank - a.rank || a.id - b.id);
    const kept = new Set<number>();
    for (const c of wanted) {
      if (this.shown >= MOST) break;
      const lines = text(c.slot);
      const width = Math.max(this.glyphs.measure(lines[0]), this.glyphs.measure(lines[1])) + 4;
      const height = (lines[1] ? 2 : 1) * this.glyphs.line_px + 2;
      const side = this.findSide(c, width, height, symbol_px);
      if (side < 0) continue;
      this.side.set(c.id, side);
      kept.add(c.id);
      const [dx, dy] = corner(side, width, height, symbol_px);
      this.take(c.x + dx, c.y + dy, width, height, LABEL);
      this.letters(tracks, c.slot, lines, dx + 2, dy);
      this.shown += 1;
    }
    for (const id of this.side.keys()) if (!kept.has(id)) this.side.delete(id);
  }

  private candidates(tracks: Tracks, camera: Camera, now_ms: number, symbol_px: number): Candidate[] {
    const out: Candidate[] = [];
    for (let i = 0; i < tracks.drawn; i++) {
      const slot = tracks.order[i];
      tracks.place(slot, now_ms, this.at);
      const x = (this.at[0] - camera.x) * camera.scale + camera.width / 2;
      const y = (this.at[1] - camera.y) * camera.scale + camera.height / 2;
      if (x < 0 || y < 0 || x > camera.width || y > camera.height) continue;
      const half = symbol_px * 0.45;
      const flags = tracks.state[slot * STATE_FLOATS + 14];
      const bird = (flags & FLAG.bird) !== 0;
      if (!bird) this.take(x - half, y - half, 2 * half, 2 * half, SYMBOL);
      const rank = rankOf(tracks, slot, flags);
      if (bird && rank < 50) continue;
      if (camera.zoom < 6.5 && rank < 20) continue;
      const id = tracks.rows.u32[slot * ROW_F32 + F32.id];
      out.push({ slot, id, x, y, rank: rank + (this.side.has(id) ? 1 : 0) });
    }
    return out;
  }

  private findSide(c: Candidate, width: number, height: number, symbol_px: number): number {
    const before = this.side.get(c.id);
    const fits = (side: number, least: number): boolean => {
      const [dx, dy] = corner(side, width, height, symbol_px);
      return this.isFree(c.x + dx, c.y + dy, width, height, least);
    };
    if (before !== undefined && fits(before, SYMBOL)) return before;
    for (let side = 0; side < SIDES.length; side++) if (fits(side, SYMBOL)) return side;
    if (c.rank < 40) return -1;
    // What matters is named even where it is crowded: over symbols, but not over other labels.
    if (before !== undefined && fits(before, LABEL)) return before;
    for (let side = 0; side < SIDES.length; side++) if (fits(side, LABEL)) return side;
    return before ?? 0;
  }

  private letters(tracks: Tracks, slot: number, lines: [string, string], dx: number, dy: number): void {
    const level = tracks.u8(slot, U8.alert);
    const selected = tracks.state[slot * STATE_FLOATS + 14] & FLAG.selected;
    const first = level === 2 ? RED : level === 1 ? AMBER : selected ? WHITE : INK;
    this.line(slot, lines[0], dx, dy, first);
    if (lines[1]) this.line(slot, lines[1], dx, dy + this.glyphs.line_px, DIM);
  }

  private line(slot: number, text: string, dx: number, dy: number, ink: readonly number[]): void {
    const { ratio, pad, cell_px } = this.glyphs;
    let x = dx - pad;
    for (const letter of text) {
      const glyph = this.glyphs.get(letter);
      if (glyph.width && letter !== ' ') {
        if ((this.count + 1) * FLOATS > this.data.length) this.grow();
        const values = [slot, x, dy - pad, glyph.width / ratio, cell_px / ratio, glyph.u, glyph.v, glyph.width];
        this.data.set(values, this.count * FLOATS);
        this.data.set(ink, this.count * FLOATS + 8);
        this.count += 1;
      }
      x += glyph.advance;
    }
  }

  private grow(): void {
    const larger = new Float32Array(this.data.length * 2);
    larger.set(this.data);
    this.data = larger;
  }

  private clearGrid(camera: Camera): void {
    this.columns = Math.ceil(camera.width / CELL);
    this.lines = Math.ceil(camera.height / CELL);
    const cells = this.columns * this.lines;
    if (this.grid.length === cells) this.grid.fill(0);
    else this.grid = new Uint8Array(cells);
  }

  /** Whether nothing of a kind, or of a weightier one, stands in a box. */
  private isFree(x: number, y: number, width: number, height: number, least: number): boolean {
    const x1 = Math.floor((x + width) / CELL);
    const y1 = Math.floor((y + height) / CELL);
    const x0 = Math.floor(x / CELL);
    const y0 = Math.floor(y / CELL);
    if (x0 < 0 || y0 < 0 || x1 >= this.columns || y1 >= this.lines) return false;
    for (let r = y0; r <= y1; r++) {
      for (let c = x0; c <= x1; c++) if (this.grid[r * this.columns + c] >= least) return false;
    }
    return true;
  }

  private take(x: number, y: number, width: number, height: number, kind: number): void {
    const y1 = Math.min(this.lines - 1, Math.floor((y + height) / CELL));
    const x1 = Math.min(this.columns - 1, Math.floor((x + width) / CELL));
    for (let r = Math.max(0, Math.floor(y / CELL)); r <= y1; r++) {
      for (let c = Math.max(0, Math.floor(x / CELL)); c <= x1; c++) this.grid[r * this.columns + c] = kind;
    }
  }
}

interface Candidate {
  slot: number;
  id: number;
  x: number;
  y: number;
  rank: number;
}

const INK = [0.82, 0.87, 0.93, 1];
const WHITE = [1, 1, 1, 1];
const DIM = [0.6, 0.68, 0.77, 1];
const AMBER = [1, 0.72, 0.2, 1];
const RED = [1, 0.46, 0.42, 1];

/** Above 40 a label is shown in any case, above 20 at every zoom. */
function rankOf(tracks: Tracks, slot: number, flags: number): number {
  if (flags & FLAG.selected) return 90;
  if (flags & FLAG.hovered) return 80;
  const level = tracks.u8(slot, U8.alert);
  if (level) return 40 + 10 * level;
  if (tracks.u8(slot, U8.authorisation) === UNAUTHORISED) return 30;
  return 10 + Math.min(5, 5 * (tracks.f32(slot, F32.existence) || 0));
}

/** Where a label's top left corner stands from its track. */
function corner(side: number, width: number, height: number, symbol_px: number): [number, number] {
  const [sx, sy] = SIDES[side];
  const gap = symbol_px * 0.5 + 3;
  const x = sx > 0 ? gap : sx < 0 ? -gap - width : -width / 2;
  const y = sx !== 0 ? -height * 0.5 : sy > 0 ? gap : -gap - height;
  return [x, y];
}
