import { describe, expect, it } from 'vitest';
import { disturbed, interferenceFeatures } from '../src/map/interference';
import type { DisturbedCell } from '../src/types';

const cell = (level: DisturbedCell['level'], since_ns: number): DisturbedCell => ({
  south_deg: 50.9,
  west_deg: 4.4,
  north_deg: 51,
  east_deg: 4.6,
  level,
  aircraft: 6,
  bad: 4,
  since_ns,
});

describe('interference', () => {
  it('shows what cannot be trusted, the worst and oldest first', () => {
    const cells = [cell('yellow', 1), cell('green', 2), cell('red', 4), cell('red', 3)];
    expect(disturbed(cells).map(({ level, since_ns }) => [level, since_ns])).toEqual([
      ['red', 3],
      ['red', 4],
      ['yellow', 1],
    ]);
  });

  it('draws nothing where all is well or nobody tells anything', () => {
    expect(interferenceFeatures([cell('green', 1)]).features).toEqual([]);
    expect(interferenceFeatures([]).features).toEqual([]);
  });

  it('draws a closed ring, east of west and north of south', () => {
    const [feature] = interferenceFeatures([cell('red', 1)]).features;
    expect(feature.geometry).toEqual({
      type: 'Polygon',
      coordinates: [[[4.4, 50.9], [4.6, 50.9], [4.6, 51], [4.4, 51], [4.4, 50.9]]],
    });
  });
});
