/** Sensors as map features: the site, and the outline of what it can see. */

import type { Feature, FeatureCollection } from 'geojson';
import { sector } from '../geo';
import type { Sensor, SensorStatus } from '../types';
import { collection } from './basemap';

export const HEALTH_COLOUR: Record<string, string> = {
  ok: '#5fb58c',
  degraded: '#e0a84a',
  fault: '#f06a62',
  silent: '#8794a5',
  unknown: '#8794a5',
};

export interface SensorEntry {
  sensor: Sensor;
  status: SensorStatus | null;
  rate: number | null; // observations a second; null until two statuses came
  heard_ms: number; // monotonic, of the newest status
}

export function health(entry: SensorEntry): string {
  const said = entry.status?.health ?? 'unknown';
  return said in HEALTH_COLOUR ? said : 'unknown';
}

/** Sites and coverage outlines; a sensor without a position has neither. */
export function sensorFeatures(
  entries: Iterable<SensorEntry>,
  strong: string | null,
): { sites: FeatureCollection; coverage: FeatureCollection } {
  const sites: Feature[] = [];
  const coverage: Feature[] = [];
  for (const entry of entries) {
    const { sensor } = entry;
    if (sensor.lat_deg == null || sensor.lon_deg == null) continue;
    const state = health(entry);
    sites.push({
      type: 'Feature',
      properties: { id: sensor.id, name: sensor.name || sensor.id, health: state },
      geometry: { type: 'Point', coordinates: [sensor.lon_deg, sensor.lat_deg] },
    });
    const ring = sector(
      sensor.lat_deg,
      sensor.lon_deg,
      sensor.range_max_m ?? 100_000,
      sensor.azimuth_from_deg ?? 0,
      sensor.azimuth_width_deg ?? 360,
    );
    coverage.push({
      type: 'Feature',
      properties: { id: sensor.id, colour: state === 'ok' ? '#6f8fb3' : HEALTH_COLOUR[state], strong: sensor.id === strong },
      geometry: { type: 'LineString', coordinates: ring },
    });
  }
  return { sites: collection(sites), coverage: collection(coverage) };
}

/** A small mast in the colour of its health, as an image for the map. */
export function sensorIcon(colour: string, ratio: number): ImageData {
  const size = 18 * ratio;
  const canvas = document.createElement('canvas');
  canvas.width = size;
  canvas.height = size;
  const c = canvas.getContext('2d');
  if (!c) throw new Error('expected a 2D canvas for an icon, the browser gave none');
  c.scale(ratio, ratio);
  c.strokeStyle = colour;
  c.fillStyle = '#0a1018';
  c.lineWidth = 1.6;
  c.beginPath();
  c.moveTo(9, 3.5);
  c.lineTo(15, 14.5);
  c.lineTo(3, 14.5);
  c.closePath();
  c.fill();
  c.stroke();
  c.fillStyle = colour;
  c.beginPath();
  c.arc(9, 10.8, 1.8, 0, 2 * Math.PI);
  c.fill();
  return c.getImageData(0, 0, size, size);
}
