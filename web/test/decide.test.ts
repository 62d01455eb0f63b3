import { describe, expect, it } from 'vitest';
import { asks, isNote, ordered, type AlertEntry } from '../src/picture';
import { standing } from '../src/ui/decide';

function alert(id: string, more: Partial<AlertEntry> = {}): AlertEntry {
  return {
    alert_id: id,
    time_ns: 1e18,
    track_id: 1,
    rule: 'zone-entry',
    zone: 'Z',
    zone_name: 'Zone',
    state: 'actual',
    severity: 'warning',
    probability: 1,
    lat_deg: 50,
    lon_deg: 4,
    first_ms: 0,
    ...more,
  };
}

describe('the order of alerts', () => {
  it('is newest first, members under the many, suppressed ones last', () => {
    const given = [
      alert('old', { first_ms: 1 }),
      alert('member', { first_ms: 5, part_of: 'swarm' }),
      alert('quiet', { first_ms: 9, suppressed_by: 'x' }),
      alert('swarm', { first_ms: 2 }),
      alert('orphan', { first_ms: 3, part_of: 'gone' }),
    ];
    expect(ordered(given).map((one) => one.alert_id)).toEqual(['orphan', 'swarm', 'member', 'old', 'quiet']);
  });
});

describe('what wants attention', () => {
  it('is a new state, an answer that did not come, and what speaks again', () => {
    const one = alert('a');
    expect(asks(one, undefined)).toBe(true);
    expect(asks(one, one)).toBe(false);
    expect(asks(one, alert('a', { state: 'predicted' }))).toBe(true);
    expect(asks(alert('a', { escalated: 1 }), one)).toBe(true);
    expect(asks(alert('a', { acknowledged_by: 'x' }), one)).toBe(false);
    expect(asks(alert('a', { suppressed_by: 'x' }), undefined)).toBe(false);
    expect(asks(one, alert('a', { suppressed_by: 'x' }))).toBe(true);
    expect(asks(alert('a', { state: 'cleared' }), one)).toBe(false);
    expect(asks(alert('a', { part_of: 'swarm' }), undefined)).toBe(false);
  });

  it('a note does not ring until it is sure, and stands after the alerts', () => {
    const note = alert('a', { severity: 'info' });
    expect(isNote(note)).toBe(true);
    expect(asks(note, undefined)).toBe(false);
    expect(asks(alert('a'), note)).toBe(true);
    expect(isNote(alert('a', { severity: 'info', suppressed_by: 'x' }))).toBe(false);
    const loud = alert('b');
    expect(ordered([note, loud]).map((one) => one.alert_id)).toEqual(['b', 'a']);
  });
});

describe('how an alert stands with people', () => {
  it('says who, why and until when', () => {
    expect(standing(alert('a'))).toBe('');
    expect(standing(alert('a', { acknowledged_by: 'watch officer HB' }))).toBe('acknowledged by watch officer HB');
    expect(standing(alert('a', { escalated: 1 }))).toBe('nobody has answered, told 2 times');
    const quiet = alert('a', { suppressed_by: 'x', suppressed_why: 'a kite', suppressed_until_ns: 1_700_000_000e9 });
    expect(standing(quiet)).toBe('suppressed until 22:13 UTC by x: a kite');
  });
});
