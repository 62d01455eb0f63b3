/** Range rings, graticule and the scale bar. */

import type { Feature, FeatureCollection } from 'geojson';
import { destination, EARTH_M, NM_M, sector } from '../geo';
import { collection } from './basemap';

const STEPS_NM = [0.25, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500];
const STEPS_DEG = [20, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02];

/** Distance of neighbouring rings, so that about four fit between the middle and the edge. */
export function ringStep_nm(metresPerPixel: number, half_px: number): number {
  const wanted = (half_px * metresPerPixel) / NM_M / 4;
  return STEPS_NM.find((step) => step >= wanted) ?? 500;
}

export function rings(lat_deg: number, lon_deg: number, step_nm: number): FeatureCollection {
  const features: Feature[] = [];
  for (let i = 1; i <= 5; i++) {
    const radius_m = i * step_nm * NM_M;
    features.push({
      type: 'Feature',
      properties: {},
      geometry: { type: 'LineString', coordinates: sector(lat_deg, lon_deg, radius_m) },
    });
    const text = `${Number((i * step_nm).toFixed(2))} NM`;
    for (const bearing of [0, 180]) {
      features.push({
        type: 'Feature',
        properties: { text },
        geometry: { type: 'Point', coordinates: destination(lat_deg, lon_deg, bearing, radius_m) },
      });
    }
  }
  return collection(features);
}

/** Meridians and parallels over a box, spaced for its width. */
export function graticule(west: number, south: number, east: number, north: number): FeatureCollection {
  const wanted = (east - west) / 8;
  const step = STEPS_DEG.findLast((s) => s >= wanted) ?? 20;
  const features: Feature[] = [];
  const line = (coordinates: [number, number][]): void => {
    features.push({ type: 'Feature', properties: {}, geometry: { type: 'LineString', coordinates } });
  };
  const s = Math.max(-85, south - step);
  const n = Math.min(85, north + step);
  for (let lon = Math.floor(west / step) * step; lon <= east + step; lon += step) line([[lon, s], [lon, n]]);
  for (let lat = Math.ceil(s / step) * step; lat <= n; lat += step) line([[west - step, lat], [east + step, lat]]);
  return collection(features);
}

/** The largest 1, 2 or 5 of a unit that fits into a width: [value, px]. */
export function scaleBar(metresPerPixel: number, unit_m: number, most_px: number): [number, number] {
  const most = (most_px * metresPerPixel) / unit_m;
  const power = 10 ** Math.floor(Math.log10(most));
  const value = [5, 2, 1].map((k) => k * power).find((v) => v <= most) ?? power;
  return [value, (value * unit_m) / metresPerPixel];
}

/** Ground metres of one CSS pixel at a latitude and zoom. */
export function metresPerPixel(lat_deg: number, zoom: number): number {
  return (2 * Math.PI * EARTH_M * Math.cos((lat_deg * Math.PI) / 180)) / (512 * 2 ** zoom);
}
