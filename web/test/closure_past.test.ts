import { describe, expect, it } from 'vitest';
import type { Advice } from '../src/advice';
import { HEADER_BYTES, ROW_BYTES } from '../src/frames';
import { PastClock, heldAt, splitFrames } from '../src/past';
import type { Alert } from '../src/types';
import { advised, between, euros, flightWords, holds } from '../src/ui/closure';
import { foundWords, readTime, type Found } from '../src/ui/past';

const advice = (level: Advice['level'], state: Advice['state']): Advice => ({ level, state }) as Advice;

describe('advice in words', () => {
  it('says a probability with its ends, and unknown where nobody knows', () => {
    expect(between({ p: 0.18, low: 0.09, high: 0.31 })).toBe('18 %  (9 to 31 %)');
    expect(between({ p: 0, low: 0, high: 0 })).toBe('0 %');
    expect(between(null)).toBe('unknown');
  });
  it('rounds money to what is worth saying', () => {
    expect(euros(37.4)).toBe('\u20ac\u200937');
    expect(euros(12_345)).toBe('\u20ac\u200912\u2009300');
  });
  it('says what holds and who decided', () => {
    expect(holds(advice('open', { level: 'close', since_ns: 0 }))).toContain('nobody');
    expect(holds(advice('open', { level: 'close', since_ns: 1.7e18, by: 'HB' }))).toBe('closed since 22:13:20, decided by HB');
  });
  it('says where a flight goes', () => {
    expect(flightWords({ track_id: 1, label: 'SIM1', doing: 'arriving', runway: '26', to_go_s: 95, distance_m: null, meets_p: 0 })).toBe(
      'SIM1 26: threshold in 1:35',
    );
  });
  it('marks the decision that follows the advice, once it is not what holds already', () => {
    expect(advised(advice('close', { level: 'open' }), 'close')).toBe(true);
    expect(advised(advice('close', { level: 'close' }), 'close')).toBe(false);
    expect(advised(advice('open', { level: 'close' }), 'reopen')).toBe(true);
    expect(advised(advice('open', {}), 'keep open')).toBe(true);
  });
});

function frame(time_ms: number, count: number): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + count * ROW_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x31544456, true);
  view.setUint16(4, 1, true);
  view.setUint16(6, ROW_BYTES, true);
  view.setBigInt64(8, BigInt(time_ms) * 1_000_000n, true);
  view.setUint32(16, count, true);
  view.setUint32(20, 1, true);
  return bytes;
}

describe('the past', () => {
  it('splits an answer into its frames', () => {
    const parts = [frame(1000, 2), frame(2000, 0), frame(3000, 1)];
    const all = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    expect(splitFrames(all.buffer).map((f) => [f.time_ms, f.count])).toEqual([[1000, 2], [2000, 0], [3000, 1]]);
    expect(splitFrames(new ArrayBuffer(0))).toEqual([]);
  });
  it('goes at its pace and stands still at 0', () => {
    const clock = new PastClock();
    clock.set(50_000, 16, 1000);
    expect(clock.now(1500)).toBe(58_000);
    clock.set(58_000, 0, 1500);
    expect(clock.now(99_000)).toBe(58_000);
    expect(clock.state()).toBe('past');
  });
  it('knows which alerts held at a time', () => {
    const change = (id: string, at_s: number, state: string): Alert => ({ alert_id: id, time_ns: at_s * 1e9, state }) as Alert;
    const changes = [change('a', 1, 'predicted'), change('b', 2, 'actual'), change('a', 3, 'actual'), change('b', 4, 'cleared')];
    const held = (at_s: number): string[] => heldAt(changes, at_s * 1000).map((a) => `${a.alert_id} ${a.state}`);
    expect(held(0)).toEqual([]);
    expect(held(2.5)).toEqual(['a predicted', 'b actual']);
    expect(held(5)).toEqual(['a actual']);
  });
  it('reads times as people write them', () => {
    const day = Date.parse('2026-11-23T08:00:00Z');
    expect(readTime('2026-11-24 10:10:05', day)).toBe(Date.parse('2026-11-24T10:10:05Z'));
    expect(readTime('9:30', day)).toBe(Date.parse('2026-11-23T09:30:00Z'));
    expect(readTime('2026-11-24T10:10Z', day)).toBe(Date.parse('2026-11-24T10:10:00Z'));
    expect(readTime('soon', day)).toBeNaN();
  });
  it('tells what was found', () => {
    const found: Found = {
      track_id: 7, label: null, first_ns: 1.7e18, last_ns: 1.70000006e18, nearest_m: 135, nearest_ns: 1.7e18, lat_deg: 0, lon_deg: 0,
      class: 'multirotor', authorisation: 'unauthorised', top_mps: null, alerts: 2,
    };
    expect(foundWords(found)).toEqual(['multirotor, unauthorised, 135 m at its nearest', '2023-11-14 22:13:20, 1:00, 2 alerts']);
  });
});
