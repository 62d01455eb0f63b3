import { describe, expect, test } from 'vitest';

import { PictureClock } from '../src/clock';
import { figures, since } from '../src/ui/director';
import { stateWords } from '../src/ui/status';

const started = (): PictureClock => {
  const clock = new PictureClock();
  clock.connected = true;
  clock.reset('live', 1);
  clock.frame(1_000_000, 500);
  return clock;
};

describe('the clock of an exercise', () => {
  test('stands still while it is paused, and is not stale', () => {
    const clock = started();
    clock.exercise(1, false, 600);
    expect(clock.state(700)).toBe('exercise');
    clock.exercise(0, false, 1500);
    expect(clock.now(1500)).toBe(1_001_000);
    expect(clock.now(60_000)).toBe(1_001_000);
    expect(clock.shown(60_000)).toBe(1_001_000);
    expect(clock.state(60_000)).toBe('paused');
  });

  test('goes on from where it stood, at its new speed', () => {
    const clock = started();
    clock.exercise(0, false, 1500);
    clock.exercise(4, false, 61_500);
    expect(clock.now(61_500)).toBe(1_001_000);
    expect(clock.now(62_500)).toBe(1_005_000);
    expect(clock.state(62_500)).toBe('exercise');
    expect(clock.state(66_000)).toBe('stale');
  });

  test('is over when it is over, and an ordinary hello forgets it', () => {
    const clock = started();
    clock.exercise(1, true, 600);
    expect(clock.state(90_000)).toBe('over');
    clock.reset('live', 1);
    clock.frame(1_000_000, 90_000);
    expect(clock.state(90_100)).toBe('live');
  });

  test('says so in words', () => {
    expect(stateWords('exercise', 1, 0)).toBe('EXERCISE');
    expect(stateWords('exercise', 4, 0)).toBe('EXERCISE 4\u00d7');
    expect(stateWords('paused', 0, 0)).toBe('EXERCISE PAUSED');
    expect(stateWords('over', 0, 0)).toBe('EXERCISE OVER');
  });
});

test('times count from the first instant', () => {
  expect(since(75e9, 0)).toBe('1:15');
  expect(since(0, 5e9)).toBe('\u22120:05');
});

test('what is not known is a dash', () => {
  const score = { window_s: 300, gospa_m: 12.34, missed: 0, false: 0, completeness: null, ambiguity: null, spuriousness: 0.5, due: 2, warned: 1, warning_s_median: null, false_alerts: 0, individuals: [] };
  expect(figures(score).map(([, value]) => value)).toEqual(['12.3 m', '\u2013', '50 %', '\u2013', '1 of 2', '\u2013', '0']);
});
