/** Past positions of every track: a ring of ticks, all tracks sampled at once.
 *
 * One row of the texture is one tick of up to 1,024 tracks, so a tick costs one small upload
 * and no work a track.
 */

import type { Tracks } from '../tracks';
import { floatTexture } from './program';

export const TICKS = 40;
export const TICK_MS = 3000; // 40 × 3 s: two minutes
const WIDTH = 1024;

export class Trails {
  head = 0;
  texture: WebGLTexture | null = null;
  private blocks = 0;
  private last_ms = -Infinity;
  private readonly row = new Float32Array(WIDTH * 4);
  private readonly place = new Float64Array(2);
  private tick = 0;

  constructor(private readonly gl: WebGL2RenderingContext) {}

  clear(): void {
    this.blocks = 0;
    this.last_ms = -Infinity;
  }

  /** Take a sample if it is time to; true if one was taken. */
  sample(tracks: Tracks, now_ms: number): boolean {
    this.fit(tracks);
    for (const slot of tracks.freshSlots) this.forget(slot);
    tracks.freshSlots.length = 0;
    if (now_ms - this.last_ms < TICK_MS && now_ms >= this.last_ms) return false;
    this.last_ms = now_ms;
    this.tick += 1;
    this.head = this.tick % TICKS;
    const alive = new Uint8Array(tracks.capacity);
    for (let i = 0; i < tracks.drawn; i++) alive[tracks.order[i]] = 1;
    for (let block = 0; block < this.blocks; block++) this.write(tracks, block, alive, now_ms);
    return true;
  }

  /** How many segments are worth drawing: fewer when there are very many tracks. */
  segments(tracks: Tracks): number {
    return tracks.drawn > 6000 ? 8 : tracks.drawn > 2500 ? 20 : TICKS - 1;
  }

  private write(tracks: Tracks, block: number, alive: Uint8Array, now_ms: number): void {
    const row = this.row;
    for (let i = 0; i < WIDTH; i++) {
      const slot = block * WIDTH + i;
      if (slot >= tracks.capacity || !alive[slot]) {
        row[i * 4] = -1;
        continue;
      }
      tracks.place(slot, now_ms, this.place);
      row[i * 4] = this.place[0];
      row[i * 4 + 1] = this.place[1];
      row[i * 4 + 2] = this.place[0] - row[i * 4];
      row[i * 4 + 3] = this.place[1] - row[i * 4 + 1];
    }
    this.upload(0, block * TICKS + this.head, WIDTH, 1, row);
  }

  private forget(slot: number): void {
    const nothing = new Float32Array(TICKS * 4).fill(-1);
    this.upload(slot % WIDTH, Math.floor(slot / WIDTH) * TICKS, 1, TICKS, nothing);
  }

  private upload(x: number, y: number, width: number, height: number, data: Float32Array): void {
    const gl = this.gl;
    gl.bindTexture(gl.TEXTURE_2D, this.texture);
    gl.texSubImage2D(gl.TEXTURE_2D, 0, x, y, width, height, gl.RGBA, gl.FLOAT, data);
  }

  private fit(tracks: Tracks): void {
    const blocks = Math.ceil(tracks.capacity / WIDTH);
    if (blocks === this.blocks) return;
    const gl = this.gl;
    if (this.texture) gl.deleteTexture(this.texture);
    this.blocks = blocks;
    this.texture = floatTexture(gl, WIDTH, blocks * TICKS);
    const nothing = new Float32Array(WIDTH * TICKS * 4).fill(-1);
    for (let block = 0; block < blocks; block++) this.upload(0, block * TICKS, WIDTH, TICKS, nothing);
    this.last_ms = -Infinity;
  }
}
