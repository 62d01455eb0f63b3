/** Picture frames: typed arrays laid over what came, nothing is copied.
 *
 * header, 32 bytes      row, 88 bytes, as 8-byte and 4-byte columns
 *  0 4s magic VDT1       f64  0 time_ns  1 heard_ns (int64)  2 lat_deg  3 lon_deg
 *  4 u2 version 1        f32  8 track_id (u4)  9 alt_m  10 alt_sd_m  11 baro_alt_m
 *  6 u2 row size             12 v_east  13 v_north  14 v_up  15 speed_sd
 *  8 i8 time_ns              16 sd_major  17 sd_minor  18 sd_angle_deg
 * 16 u4 count                19 existence  20 class_probability
 * 20 u4 flags, 1 whole   u8  84 class_index  85 authorisation  86 status  87 alert
 * 24 u4 seq
 *
 * The Python side is `vedette.core.picture`. Little-endian throughout.
 */

export const HEADER_BYTES = 32;
export const ROW_BYTES = 88;
export const ROW_F64 = ROW_BYTES / 8;
export const ROW_F32 = ROW_BYTES / 4;

export const F64 = { lat: 2, lon: 3 } as const;
export const F32 = {
  id: 8,
  alt: 9,
  altSd: 10,
  baro: 11,
  vEast: 12,
  vNorth: 13,
  vUp: 14,
  speedSd: 15,
  sdMajor: 16,
  sdMinor: 17,
  sdAngle: 18,
  existence: 19,
  classProbability: 20,
} as const;
export const U8 = { classIndex: 84, authorisation: 85, status: 86, alert: 87 } as const;

export const COASTING = 2;
export const ENDED = 3;
export const UNKNOWN_CLASS = 255;
export const AUTHORISED = 1;
export const UNAUTHORISED = 2;

/** Rows of tracks: four views of the same bytes. */
export interface Rows {
  f64: Float64Array;
  f32: Float32Array;
  u32: Uint32Array;
  u8: Uint8Array;
}

export interface Frame extends Rows {
  time_ms: number;
  count: number;
  whole: boolean;
  seq: number;
}

/** Views over `count` rows that begin at `offset`. */
export function rowsOver(buffer: ArrayBuffer, offset: number, count: number): Rows {
  return {
    f64: new Float64Array(buffer, offset, count * ROW_F64),
    f32: new Float32Array(buffer, offset, count * ROW_F32),
    u32: new Uint32Array(buffer, offset, count * ROW_F32),
    u8: new Uint8Array(buffer, offset, count * ROW_BYTES),
  };
}

/** Milliseconds of an int64 of nanoseconds, given as two 32-bit halves; exact to 0.3 µs. */
export function milliseconds(u32: Uint32Array, at: number): number {
  return ((u32[at + 1] | 0) * 4294967296 + u32[at]) / 1e6;
}

/** Read one frame. Throws an Error that says what was expected and what came. */
export function readFrame(buffer: ArrayBuffer): Frame {
  if (buffer.byteLength < HEADER_BYTES) {
    throw new Error(`expected a frame of ${HEADER_BYTES} bytes or more, got ${buffer.byteLength}`);
  }
  const view = new DataView(buffer);
  const magic = view.getUint32(0, true);
  const version = view.getUint16(4, true);
  const rowBytes = view.getUint16(6, true);
  if (magic !== 0x31544456 || version !== 1 || rowBytes !== ROW_BYTES) {
    throw new Error(
      `expected frame version 1 with rows of ${ROW_BYTES} bytes, got version ${version} with rows of ${rowBytes}`,
    );
  }
  const count = view.getUint32(16, true);
  if (buffer.byteLength !== HEADER_BYTES + count * ROW_BYTES) {
    throw new Error(`expected ${count} rows, got ${buffer.byteLength - HEADER_BYTES} bytes`);
  }
  const time_ms = Number(view.getBigInt64(8, true)) / 1e6;
  const whole = (view.getUint32(20, true) & 1) === 1;
  return { time_ms, count, whole, seq: view.getUint32(24, true), ...rowsOver(buffer, HEADER_BYTES, count) };
}
