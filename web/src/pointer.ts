/** The mouse on the map: which track is under it, and where it is. */

import { find, setText } from './dom';
import { position } from './format';
import { mercatorX, mercatorY } from './geo';
import type { MapView } from './map/view';
import type { Picture } from './picture';

const REACH_PX = 16;

/** The slot whose symbol is nearest to a point on the screen; null beyond reach. */
export function nearest(picture: Picture, view: MapView, x_px: number, y_px: number, now_ms: number): number | null {
  const { tracks } = picture;
  const camera = view.camera();
  const x = camera.x + (x_px - camera.width / 2) / camera.scale;
  const y = camera.y + (y_px - camera.height / 2) / camera.scale;
  const reach = REACH_PX / camera.scale;
  let best = reach * reach;
  let found: number | null = null;
  const place = new Float64Array(2);
  // What is drawn later lies on top, and wins where two are equally near.
  for (let i = 0; i < tracks.drawn; i++) {
    const slot = tracks.order[i];
    tracks.place(slot, now_ms, place);
    const d = (place[0] - x) ** 2 + (place[1] - y) ** 2;
    if (d <= best) {
      best = d;
      found = slot;
    }
  }
  return found;
}

export function watchPointer(picture: Picture, view: MapView, shown_ms: () => number, touched: () => void): void {
  const { map } = view;
  const cursor = find('cursor');
  const container = map.getCanvasContainer();
  map.on('mousemove', (event) => {
    const slot = nearest(picture, view, event.point.x, event.point.y, shown_ms());
    const id = slot === null ? null : picture.tracks.idOf(slot);
    container.classList.toggle('over-track', id !== null);
    setText(cursor, position(event.lngLat.lat, event.lngLat.lng));
    if (id === picture.tracks.hovered) return;
    picture.tracks.hovered = id;
    picture.tracks.mark();
    touched();
  });
  map.on('mouseout', () => setText(cursor, ''));
  map.on('click', (event) => {
    const slot = nearest(picture, view, event.point.x, event.point.y, shown_ms());
    picture.select(slot === null ? null : picture.tracks.idOf(slot));
    touched();
  });
}

/** The largest speed of a shown track on the screen, CSS px a second: says how often to draw. */
export function fastest_px(picture: Picture, view: MapView): number {
  const { tracks } = picture;
  const camera = view.camera();
  const halfX = camera.width / 2 / camera.scale;
  const halfY = camera.height / 2 / camera.scale;
  let best = 0;
  for (let i = 0; i < tracks.drawn; i++) {
    const slot = tracks.order[i];
    if (Math.abs(mercatorX(tracks.lon(slot)) - camera.x) > halfX) continue;
    if (Math.abs(mercatorY(tracks.lat(slot)) - camera.y) > halfY) continue;
    const at = slot * 20;
    best = Math.max(best, Math.abs(tracks.state[at + 4]), Math.abs(tracks.state[at + 5]));
  }
  return best * camera.scale * picture.clock.speed;
}
