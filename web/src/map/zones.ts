/** Zones as map features: shape, colour by type, active or not. */

import type { Feature, FeatureCollection, Position } from 'geojson';
import { sector } from '../geo';
import type { Alert, Period, Volume, Zone } from '../types';
import { collection } from './basemap';

const COLOUR: Record<string, string> = {
  PROHIBITED: '#b98290',
  REQ_AUTHORIZATION: '#a895c9',
  CONDITIONAL: '#7f96bd',
  NO_RESTRICTION: '#78998a',
};
const ALERT_COLOUR = { predicted: '#ffb020', actual: '#ff4d4f' } as const;
const DAY_MS = 86_400_000;

export const TYPE_WORDS: Record<string, string> = {
  PROHIBITED: 'prohibited',
  REQ_AUTHORIZATION: 'authorisation required',
  CONDITIONAL: 'conditional',
  NO_RESTRICTION: 'no restriction',
};

function holds(period: Period, time_ms: number): boolean {
  if (period.start_ns != null && time_ms < period.start_ns / 1e6) return false;
  if (period.end_ns != null && time_ms >= period.end_ns / 1e6) return false;
  const day = (new Date(time_ms).getUTCDay() + 6) % 7; // 0 Monday
  if (period.days?.length && !period.days.includes(day)) return false;
  const second = (((time_ms % DAY_MS) + DAY_MS) % DAY_MS) / 1000;
  const from = period.from_s ?? 0;
  const to = period.to_s ?? 86_400;
  return from <= to ? second >= from && second < to : second >= from || second < to;
}

/** Whether a zone applies at a time. Without periods it always does. */
export function isActive(zone: Zone, time_ms: number): boolean {
  return !zone.periods?.length || zone.periods.some((period) => holds(period, time_ms));
}

export function outline(volume: Volume): Position[][] {
  if (volume.circle) {
    const [lat, lon, radius_m] = volume.circle;
    return [sector(lat, lon, radius_m)];
  }
  return (volume.rings ?? []).map((ring) => ring.map(([lat, lon]) => [lon, lat]));
}

/** Height limits in words: "ground to 120 m AGL". */
export function limits(volume: Volume): string {
  const lower = volume.lower_m == null ? 'no lower limit' : `${volume.lower_m} m ${volume.lower_reference ?? 'AGL'}`;
  const upper = volume.upper_m == null ? 'no upper limit' : `${volume.upper_m} m ${volume.upper_reference ?? 'AGL'}`;
  return `${volume.lower_m === 0 && (volume.lower_reference ?? 'AGL') === 'AGL' ? 'ground' : lower} to ${upper}`;
}

/** The box of a zone as corner points [lon, lat]. */
export function corners(zone: Zone): [number, number][] {
  const points = zone.volumes.flatMap((volume) => outline(volume).flat());
  return points.map((point) => [point[0], point[1]]);
}

export interface ZoneFeatures {
  shapes: FeatureCollection;
  labels: FeatureCollection;
}

function worstByZone(open: Iterable<Alert>): Map<string, 'predicted' | 'actual'> {
  const worst = new Map<string, 'predicted' | 'actual'>();
  for (const alert of open) {
    if (alert.state === 'cleared') continue;
    if (worst.get(alert.zone) !== 'actual') worst.set(alert.zone, alert.state);
  }
  return worst;
}

/** What the look of the zones depends on: which are active, and which have an alert. */
export function zoneKey(zones: Zone[], open: Iterable<Alert>, time_ms: number): string {
  const active = zones.map((zone) => (isActive(zone, time_ms) ? '1' : '0')).join('');
  const worst = [...worstByZone(open)].map(([id, state]) => `${id} ${state}`).sort();
  return `${active} ${worst.join('\n')}`;
}

/** Features of all zones; zones with an open alert take its colour. */
export function zoneFeatures(zones: Zone[], open: Iterable<Alert>, time_ms: number): ZoneFeatures {
  const worst = worstByZone(open);
  const shapes: Feature[] = [];
  const labels: Feature[] = [];
  for (const zone of zones) {
    const alert = worst.get(zone.id);
    const colour = alert ? ALERT_COLOUR[alert] : (COLOUR[zone.type] ?? '#8a97a8');
    const active = isActive(zone, time_ms);
    const properties = { id: zone.id, name: zone.name, colour, active, alert: alert !== undefined };
    let top: Position | null = null;
    for (const volume of zone.volumes) {
      const coordinates = outline(volume);
      if (!coordinates.length) continue;
      shapes.push({ type: 'Feature', properties, geometry: { type: 'Polygon', coordinates } });
      for (const point of coordinates[0]) if (!top || point[1] > top[1]) top = point;
    }
    if (top) {
      const name = active ? zone.name : `${zone.name} (not active)`;
      labels.push({ type: 'Feature', properties: { name, colour }, geometry: { type: 'Point', coordinates: top } });
    }
  }
  return { shapes: collection(shapes), labels: collection(labels) };
}
