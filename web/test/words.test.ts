import { describe, expect, it } from 'vitest';
import { PictureClock } from '../src/clock';
import * as words from '../src/format';
import { destination, distance_m, latitude, longitude, mercatorX, mercatorY } from '../src/geo';
import { affiliation } from '../src/gl/symbols';
import { unpack } from '../src/map/basemap';
import { scaleBar } from '../src/map/grid';
import { isActive, limits } from '../src/map/zones';

describe('words', () => {
  it('say unknown for what is not known, and never a number', () => {
    const none = Number.NaN;
    for (const text of [
      words.position(none, 4),
      words.speed(none, none),
      words.heading(none, 3),
      words.climb(none),
      words.uncertainty(none, none),
      words.percent(none),
      words.ago(none),
      ...words.heights(none, none, none),
    ]) {
      expect(text).toBe('unknown');
    }
    expect(words.shortHeight(none, none, 'multirotor')).not.toMatch(/\d/);
  });

  it('give heights with their kind', () => {
    expect(words.shortHeight(160.4, Number.NaN, 'multirotor')).toBe('160 m HAE');
    expect(words.shortHeight(10_700, 10_668, 'aeroplane')).toBe('FL350');
    expect(words.heights(1200, 8, 1219.2)).toHaveLength(2);
  });

  it('name directions', () => {
    expect(words.heading(1, 0)).toBe('090° (east)');
    expect(words.heading(-1, 1)).toBe('315° (north-west)');
    expect(words.heading(-0.001, 100)).toBe('000° (north)');
  });
});

describe('clock', () => {
  it('is live, then stale, and stands still without frames', () => {
    const clock = new PictureClock();
    clock.connected = true;
    expect(clock.state(0)).toBe('connecting');
    clock.frame(1_000_000, 500);
    expect(clock.state(600)).toBe('live');
    expect(clock.now(700)).toBe(1_000_200);
    expect(clock.state(3600)).toBe('stale');
    expect(clock.shown(60_000)).toBe(1_002_000);
    clock.connected = false;
    expect(clock.state(3600)).toBe('offline');
  });

  it('runs at the speed of a replay', () => {
    const clock = new PictureClock();
    clock.reset('replay', 4);
    clock.frame(1_000_000, 0);
    expect(clock.now(250)).toBe(1_001_000);
  });
});

describe('map', () => {
  it('goes to Mercator and back', () => {
    expect(latitude(mercatorY(50.9014))).toBeCloseTo(50.9014, 10);
    expect(longitude(mercatorX(4.4844))).toBeCloseTo(4.4844, 10);
    const [lon, lat] = destination(50.9, 4.48, 37, 12_345);
    expect(distance_m(50.9, 4.48, lat, lon)).toBeCloseTo(12_345, 3);
  });

  it('unpacks differences', () => {
    expect(unpack([4484, 50901, -2, 1], 1000)).toEqual([[4.484, 50.901], [4.482, 50.902]]);
  });

  it('makes a scale bar of a round number', () => {
    expect(scaleBar(75, 1000, 130)).toEqual([5, expect.closeTo(66.7, 1)]);
  });

  it('knows when a zone applies, over midnight too', () => {
    const zone = { id: 'z', name: 'Z', type: 'PROHIBITED', volumes: [], periods: [{ from_s: 79_200, to_s: 18_000 }] };
    const midnight = Date.UTC(2026, 10, 22);
    expect(isActive(zone, midnight + 3_600_000)).toBe(true);
    expect(isActive(zone, midnight + 12 * 3_600_000)).toBe(false);
    expect(isActive({ ...zone, periods: [{ days: [0] }] }, midnight)).toBe(false); // a Sunday
    expect(limits({ lower_m: 0, upper_m: 120 })).toBe('ground to 120 m AGL');
  });

  it('takes an affiliation from authorisation and class', () => {
    expect(affiliation('multirotor', 1)).toBe('friend');
    expect(affiliation('aeroplane', 1)).toBe('neutral');
    expect(affiliation('aeroplane', 2)).toBe('suspect');
    expect(affiliation(undefined, 0)).toBe('unknown');
  });
});
