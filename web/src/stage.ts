/** Drawing: how often, and what follows what. */

import type { Camera } from './gl/labels';
import type { TrackLayer } from './gl/layer';
import type { MapView } from './map/view';
import { latitude, longitude } from './geo';
import type { Picture } from './picture';
import { fastest_px } from './pointer';
import type { Shown } from './ui/layers';

const SLOW_FPS = 12; // enough for a ring that breathes
const FULL_FPS = 60;
const PACE_MS = 500;

/** Draws when something moves, no oftener than the eye can tell. */
export class Stage {
  shown!: Shown;
  following = false;
  fps = 0;
  private drawings = 0; // since the pace was last set
  private dirty = true;
  private drawn_ms = 0;
  private wanted_fps = FULL_FPS;
  private readonly place = new Float64Array(2);

  constructor(
    private readonly picture: Picture,
    private readonly view: MapView,
    private readonly layer: TrackLayer,
  ) {
    // While the map moves, the tracks are drawn in the map's own frame, so that they do not lag.
    view.map.on('render', () => {
      if (view.map.isMoving()) this.draw();
    });
    view.map.on('move', () => this.touch());
    setInterval(() => this.pace(), PACE_MS);
    const step = (): void => {
      requestAnimationFrame(step);
      this.step();
    };
    requestAnimationFrame(step);
  }

  /** Something changed that must be drawn at once. */
  touch(): void {
    this.dirty = true;
  }

  /** Picture time that is shown now, ms. */
  shown_ms(): number {
    return this.picture.clock.shown(performance.now());
  }

  private step(): void {
    const now = performance.now();
    this.follow();
    const due = now - this.drawn_ms >= 1000 / this.wanted_fps - 3;
    if (this.view.map.isMoving() || !(this.dirty || due)) return;
    this.draw();
  }

  private draw(): void {
    const now = performance.now();
    this.drawings += 1;
    this.drawn_ms = now;
    this.dirty = false;
    const { tracks } = this.picture;
    const shown = this.shown_ms();
    tracks.reap(shown / 1000 - tracks.epoch_s);
    const camera: Camera = this.view.camera();
    this.layer.draw(camera, shown, this.shown);
  }

  /** Four steps a pixel look smooth; more cannot be seen. */
  private pace(): void {
    this.fps = this.drawings / (PACE_MS / 1000);
    this.drawings = 0;
    this.wanted_fps = Math.min(FULL_FPS, Math.max(SLOW_FPS, 4 * fastest_px(this.picture, this.view)));
  }

  private follow(): void {
    const { tracks } = this.picture;
    const slot = tracks.slotOf(tracks.selected);
    if (!this.following || slot === undefined || this.view.map.isMoving()) return;
    tracks.place(slot, this.shown_ms(), this.place);
    const camera = this.view.camera();
    const off_px = Math.hypot(this.place[0] - camera.x, this.place[1] - camera.y) * camera.scale;
    if (off_px < 0.5) return;
    this.view.map.jumpTo({ center: [longitude(this.place[0]), latitude(this.place[1])] });
    this.draw();
  }
}
