import { describe, expect, it } from 'vitest';
import { clockWords, leaveFeatures, placeOf, timeWords, whereWords } from '../src/leaves';
import type { Leave, Zone } from '../src/types';

const NOW = Date.UTC(2026, 11, 1, 12, 0);
const ZONE: Zone = {
  id: 'Q', name: 'Quarry', type: 'REQ_AUTHORIZATION', volumes: [{ rings: [[[50, 4], [50, 5], [51, 5], [50, 4]]] }],
};

function leave(more: Partial<Leave> = {}): Leave {
  return { kind: 'authorisation', who: 'X1', ...more };
}

const ns = (ms: number): number => ms * 1e6;

describe('when it holds', () => {
  it('names the day only where it is another one', () => {
    expect(clockWords(NOW + 3_600_000, NOW)).toBe('13:00');
    expect(clockWords(NOW + 86_400_000, NOW)).toBe('2 Dec 12:00');
    expect(clockWords(Date.UTC(2027, 0, 3, 5, 30), NOW)).toBe('3 Jan 2027 05:30');
  });

  it('says what is not told', () => {
    expect(timeWords(leave(), NOW)).toBe('no end told');
    expect(timeWords(leave({ start_ns: ns(NOW) }), NOW)).toBe('from 12:00 UTC, no end told');
    expect(timeWords(leave({ end_ns: ns(NOW) }), NOW)).toBe('until 12:00 UTC');
    expect(timeWords(leave({ start_ns: ns(NOW), end_ns: ns(NOW + 60_000) }), NOW)).toBe('12:00 to 12:01 UTC');
  });
});

describe('where it holds', () => {
  it('is told with its heights, zones by their names', () => {
    expect(whereWords(leave(), [])).toEqual(['everywhere, at any height']);
    expect(whereWords(leave({ zones: ['Q', 'GONE'] }), [ZONE])).toEqual(['in Quarry, GONE']);
    const area = { circle: [50, 4, 400] as [number, number, number], upper_m: 120 };
    expect(whereWords(leave({ zones: ['Q'], area }), [ZONE])).toEqual([
      'in Quarry',
      'within 400 m of a point, no lower limit to 120 m AGL',
    ]);
    expect(whereWords({ kind: 'flight-plan' }, [])).toEqual(['flight plan of a manned aircraft']);
  });

  it('is drawn as its volume, else as its zones, else not at all', () => {
    const polygon: [number, number][] = [[50, 4], [50, 4.1], [50.1, 4.1]];
    const [feature] = leaveFeatures(leave({ zones: ['Q'], area: { polygon } }), [ZONE]).features;
    expect(feature.geometry).toEqual({ type: 'Polygon', coordinates: [[[4, 50], [4.1, 50], [4.1, 50.1], [4, 50]]] });
    expect(leaveFeatures(leave({ zones: ['Q'] }), [ZONE]).features).toHaveLength(1);
    expect(leaveFeatures(leave(), [ZONE]).features).toHaveLength(0);
    expect(leaveFeatures(null, [ZONE]).features).toHaveLength(0);
    expect(placeOf(leave({ zones: ['Q'] }), [ZONE])).toContainEqual([5, 51]);
    expect(placeOf(leave(), [ZONE])).toEqual([]);
  });
});
