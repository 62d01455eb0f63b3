import { describe, expect, it } from 'vitest';
import { HEADER_BYTES, readFrame, ROW_BYTES } from '../src/frames';
import { Tracks } from '../src/tracks';

/** A frame as the server writes it, by DataView: independent of the views under test. */
export function frame(time_ms: number, ids: number[], whole: boolean, fill: Partial<Row> = {}): ArrayBuffer {
  const buffer = new ArrayBuffer(HEADER_BYTES + ids.length * ROW_BYTES);
  const view = new DataView(buffer);
  [0x56, 0x44, 0x54, 0x31].forEach((byte, i) => view.setUint8(i, byte));
  view.setUint16(4, 1, true);
  view.setUint16(6, ROW_BYTES, true);
  view.setBigInt64(8, BigInt(time_ms) * 1_000_000n, true);
  view.setUint32(16, ids.length, true);
  view.setUint32(20, whole ? 1 : 0, true);
  view.setUint32(24, 41, true);
  const row: Row = { lat: 50.9, lon: 4.48, v_east: 100, v_north: 0, status: 1, alert: 0, ...fill };
  ids.forEach((id, i) => {
    const at = HEADER_BYTES + i * ROW_BYTES;
    view.setBigInt64(at, BigInt(time_ms) * 1_000_000n, true);
    view.setFloat64(at + 16, row.lat, true);
    view.setFloat64(at + 24, row.lon, true);
    view.setUint32(at + 32, id, true);
    view.setFloat32(at + 36, Number.NaN, true);
    view.setFloat32(at + 48, row.v_east, true);
    view.setFloat32(at + 52, row.v_north, true);
    view.setUint8(at + 86, row.status);
    view.setUint8(at + 87, row.alert);
  });
  return buffer;
}

interface Row {
  lat: number;
  lon: number;
  v_east: number;
  v_north: number;
  status: number;
  alert: number;
}

const NOW_MS = 1_800_000_000_000;
const place = new Float64Array(2);

describe('frames', () => {
  it('reads header and rows', () => {
    const read = readFrame(frame(NOW_MS, [7, 4_000_000_000], true));
    expect(read).toMatchObject({ time_ms: NOW_MS, count: 2, whole: true, seq: 41 });
    const tracks = new Tracks(() => 3);
    tracks.apply(read, NOW_MS);
    const slot = tracks.slotOf(4_000_000_000) ?? -1;
    expect(tracks.lat(slot)).toBe(50.9);
    expect(tracks.time_ms(slot, 0)).toBe(NOW_MS);
    expect(tracks.f32(slot, 9)).toBeNaN();
  });

  it('refuses what is not a frame, saying why', () => {
    expect(() => readFrame(new ArrayBuffer(5))).toThrow(/32 bytes or more, got 5/);
    expect(() => readFrame(new ArrayBuffer(64))).toThrow(/version 1/);
    expect(() => readFrame(frame(NOW_MS, [1], true).slice(0, -8))).toThrow(/expected 1 rows/);
  });
});

describe('tracks', () => {
  it('move on between updates and do not jump at one', () => {
    const tracks = new Tracks(() => 0);
    tracks.apply(readFrame(frame(NOW_MS, [1], true)), NOW_MS);
    tracks.place(0, NOW_MS, place);
    const x0 = place[0];
    tracks.place(0, NOW_MS + 1000, place);
    expect((place[0] - x0) * 40_075_017 * Math.cos((50.9 * Math.PI) / 180)).toBeCloseTo(100, 0);
    const before = [...place];
    tracks.apply(readFrame(frame(NOW_MS + 1000, [1], false, { lat: 50.91 })), NOW_MS + 1000);
    tracks.place(0, NOW_MS + 1000, place);
    expect(place[0]).toBeCloseTo(before[0], 9);
    expect(place[1]).toBeCloseTo(before[1], 9);
    tracks.place(0, NOW_MS + 5000, place);
    expect(Math.abs(place[1] - before[1])).toBeGreaterThan(1e-5);
  });

  it('fade and go when a whole frame leaves them out, not when a delta does', () => {
    const tracks = new Tracks(() => 0);
    tracks.apply(readFrame(frame(NOW_MS, [1, 2, 3], true)), NOW_MS);
    tracks.apply(readFrame(frame(NOW_MS + 1000, [1], false)), NOW_MS + 1000);
    expect(tracks.size).toBe(3);
    tracks.apply(readFrame(frame(NOW_MS + 2000, [1, 3], true)), NOW_MS + 2000);
    expect(tracks.size).toBe(3);
    tracks.apply(readFrame(frame(NOW_MS + 6000, [1], false, { status: 3 })), NOW_MS + 6000);
    expect([...tracks.ids()]).toEqual([1, 3]);
    tracks.apply(readFrame(frame(NOW_MS + 10_000, [3], false)), NOW_MS + 10_000);
    expect([...tracks.ids()]).toEqual([3]);
  });

  it('stand in drawing order: the selected last, before it the worst alert', () => {
    const tracks = new Tracks(() => 0);
    tracks.birdClass = 6;
    tracks.apply(readFrame(frame(NOW_MS, [1, 2, 3, 4], true)), NOW_MS);
    tracks.apply(readFrame(frame(NOW_MS, [2], false, { alert: 2 })), NOW_MS);
    tracks.apply(readFrame(frame(NOW_MS, [4], false, { alert: 1 })), NOW_MS);
    tracks.selected = 1;
    tracks.mark();
    const ids = [...tracks.order.subarray(0, tracks.drawn)].map((slot) => tracks.idOf(slot));
    expect(ids).toEqual([3, 4, 2, 1]);
  });

  it('take twenty thousand without losing one', () => {
    const tracks = new Tracks(() => 0);
    const ids = Array.from({ length: 20_000 }, (_, i) => i + 1);
    const read = readFrame(frame(NOW_MS, ids, true));
    for (let i = 0; i < 20; i++) tracks.apply(read, NOW_MS + i);
    const began = performance.now();
    for (let i = 0; i < 10; i++) tracks.apply(read, NOW_MS + 50 + i);
    console.info(`20,000 rows: ${((performance.now() - began) / 10).toFixed(2)} ms an update`);
    expect(tracks.drawn).toBe(20_000);
    expect(new Set(tracks.order.subarray(0, tracks.drawn)).size).toBe(20_000);
  });
});
