/** Who may fly: what the server tells of it, in words and on the map. */

import type { FeatureCollection, Feature } from 'geojson';
import { collection } from './map/basemap';
import { limits, outline } from './map/zones';
import type { Leave, Zone } from './types';

const DAY_MS = 86_400_000;

/** "10:00", or "2 Dec 10:00" on another day than now; UTC. */
export function clockWords(time_ms: number, now_ms: number): string {
  const time = new Date(time_ms);
  const clock = time.toISOString().slice(11, 16);
  if (Math.floor(time_ms / DAY_MS) === Math.floor(now_ms / DAY_MS)) return clock;
  const day = time.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });
  const year = time.getUTCFullYear() === new Date(now_ms).getUTCFullYear() ? '' : ` ${time.getUTCFullYear()}`;
  return `${day}${year} ${clock}`;
}

/** From when until when, in UTC. */
export function timeWords(leave: Leave, now_ms: number): string {
  const from = leave.start_ns == null ? null : clockWords(leave.start_ns / 1e6, now_ms);
  const until = leave.end_ns == null ? null : clockWords(leave.end_ns / 1e6, now_ms);
  if (from === null && until === null) return 'no end told';
  if (until === null) return `from ${from} UTC, no end told`;
  return from === null ? `until ${until} UTC` : `${from} to ${until} UTC`;
}

/** Where it holds, with its heights. Zones are named as the map names them. */
export function whereWords(leave: Leave, zones: Zone[]): string[] {
  if (leave.kind === 'flight-plan') return ['flight plan of a manned aircraft'];
  const names = (leave.zones ?? []).map((id) => zones.find((zone) => zone.id === id)?.name || id);
  const lines = names.length ? [`in ${names.join(', ')}`] : [];
  if (leave.area) {
    const shape = leave.area.circle ? `within ${Math.round(leave.area.circle[2])} m of a point` : `in an area of ${leave.area.polygon?.length ?? 0} corners`;
    lines.push(`${shape}, ${limits(leave.area)}`);
  }
  return lines.length ? lines : ['everywhere, at any height'];
}

/** Corner points [lon, lat] of where it holds; empty where that is everywhere or not known. */
export function placeOf(leave: Leave, zones: Zone[]): [number, number][] {
  return shapesOf(leave, zones).flatMap((rings) => rings.flat().map((point): [number, number] => [point[0], point[1]]));
}

function shapesOf(leave: Leave, zones: Zone[]): number[][][][] {
  if (leave.area) {
    const { polygon, circle } = leave.area;
    const ring = polygon?.length ? [...polygon, polygon[0]] : [];
    return [outline({ circle: circle ?? null, rings: ring.length ? [ring] : [] })];
  }
  return zones.filter((zone) => leave.zones?.includes(zone.id)).flatMap((zone) => zone.volumes.map(outline));
}

/** Where it holds as map features. */
export function leaveFeatures(leave: Leave | null, zones: Zone[]): FeatureCollection {
  const shapes = leave ? shapesOf(leave, zones) : [];
  return collection(
    shapes.filter((coordinates) => coordinates.length).map((coordinates): Feature => ({
      type: 'Feature', properties: {}, geometry: { type: 'Polygon', coordinates },
    })),
  );
}

/** What tells a leave from all others, from one answer to the next. */
export function leaveKey(leave: Leave): string {
  return JSON.stringify([leave.kind, leave.who, leave.holder, leave.reference, leave.start_ns, leave.end_ns, leave.zones, leave.area]);
}
