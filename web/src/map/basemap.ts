/** The base map's files, as written by make/map.mjs, to GeoJSON. */

import type { Feature, FeatureCollection, Position } from 'geojson';

export interface ShapeFile {
  scale: number;
  box: [number, number, number, number];
  land: number[][][];
  far: number[][][];
  borders: number[][];
}

export interface PlacesFile {
  scale: number;
  names: string;
  counts: number[];
  lat: number[];
  lon: number[];
}

/** [iata, icao, name, lat·10⁴, lon·10⁴, tier] */
export type AirportRow = [string, string, string, number, number, number];

/** Undo pack(): differences of integers to degrees. */
export function unpack(packed: number[], scale: number): Position[] {
  const out: Position[] = [];
  let x = 0;
  let y = 0;
  for (let i = 0; i < packed.length; i += 2) {
    x += packed[i];
    y += packed[i + 1];
    out.push([x / scale, y / scale]);
  }
  return out;
}

export function collection(features: Feature[]): FeatureCollection {
  return { type: 'FeatureCollection', features };
}

/** Land as polygons: near in detail, far in outline. */
export function land(file: ShapeFile): FeatureCollection {
  const polygon = (rings: number[][]): Feature => ({
    type: 'Feature',
    properties: {},
    geometry: {
      type: 'Polygon',
      coordinates: rings.map((ring) => {
        const points = unpack(ring, file.scale);
        return [...points, points[0]];
      }),
    },
  });
  return collection([...file.land.map(polygon), ...file.far.map(polygon)]);
}

/** Coasts and borders as lines. A coast is a ring without the stretches where the box cut it. */
export function lines(file: ShapeFile): FeatureCollection {
  const [west, south, east, north] = file.box;
  const cut = (a: Position, b: Position): boolean =>
    (a[0] === b[0] && (a[0] === west || a[0] === east)) ||
    (a[1] === b[1] && (a[1] === south || a[1] === north));
  const coasts: Position[][] = [];
  for (const ring of file.land.flat()) {
    const points = unpack(ring, file.scale);
    points.push(points[0]);
    let part: Position[] = [points[0]];
    for (let i = 1; i < points.length; i++) {
      if (cut(points[i - 1], points[i])) {
        if (part.length > 1) coasts.push(part);
        part = [];
      }
      part.push(points[i]);
    }
    if (part.length > 1) coasts.push(part);
  }
  const feature = (kind: string, coordinates: Position[][]): Feature => ({
    type: 'Feature',
    properties: { kind },
    geometry: { type: 'MultiLineString', coordinates },
  });
  const borders = file.borders.map((line) => unpack(line, file.scale));
  return collection([feature('coast', coasts), feature('border', borders)]);
}

export function places(file: PlacesFile): FeatureCollection {
  const names = file.names.split('\n');
  const features: Feature[] = [];
  let lat = 0;
  let lon = 0;
  let at = 0;
  file.counts.forEach((count, rank) => {
    for (let i = 0; i < count; i++, at++) {
      lat += file.lat[at];
      lon += file.lon[at];
      features.push({
        type: 'Feature',
        properties: { name: names[at], rank },
        geometry: { type: 'Point', coordinates: [lon / file.scale, lat / file.scale] },
      });
    }
  });
  return collection(features);
}

export function airports(rows: AirportRow[]): FeatureCollection {
  return collection(
    rows.map(([iata, icao, name, lat, lon, tier]) => ({
      type: 'Feature',
      properties: { iata, icao, name, tier },
      geometry: { type: 'Point', coordinates: [lon / 1e4, lat / 1e4] },
    })),
  );
}
