/** Where satellite navigation is disturbed, as map features. */

import type { FeatureCollection } from 'geojson';
import type { DisturbedCell } from '../types';
import { collection } from './basemap';

const COLOUR = { yellow: '#d9b23c', red: '#e0574f' } as const;

/** Cells that are not to be trusted, worst first; where nobody tells anything there is none. */
export function disturbed(cells: DisturbedCell[]): DisturbedCell[] {
  const rank = (cell: DisturbedCell): number => (cell.level === 'red' ? 0 : 1);
  return cells.filter((cell) => cell.level !== 'green').sort((a, b) => rank(a) - rank(b) || a.since_ns - b.since_ns);
}

export function corners({ south_deg, west_deg, north_deg, east_deg }: DisturbedCell): [number, number][] {
  return [
    [west_deg, south_deg],
    [east_deg, north_deg],
  ];
}

export function interferenceFeatures(cells: DisturbedCell[]): FeatureCollection {
  return collection(
    disturbed(cells).map((cell) => {
      const { south_deg: s, west_deg: w, north_deg: n, east_deg: e, level } = cell;
      const ring = [[w, s], [e, s], [e, n], [w, n], [w, s]];
      return {
        type: 'Feature',
        properties: { colour: level === 'red' ? COLOUR.red : COLOUR.yellow, level },
        geometry: { type: 'Polygon', coordinates: [ring] },
      };
    }),
  );
}
