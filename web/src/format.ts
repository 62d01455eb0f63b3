/** Values in words. What is not known reads "unknown", never a number. */

import { NM_M } from './geo';

const FT_M = 0.3048;
const KT_MPS = NM_M / 3600;
const UNMANNED = new Set(['multirotor', 'fixed_wing_drone', 'bird']);

export const UNKNOWN = 'unknown';

const known = (value: number | null | undefined): value is number =>
  value !== null && value !== undefined && Number.isFinite(value);

function thousands(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, '\u2009');
}

/** "FL350" from a pressure altitude in metres. */
export function flightLevel(baro_m: number): string {
  return `FL${Math.max(0, Math.round(baro_m / FT_M / 100)).toString().padStart(3, '0')}`;
}

/** Short height for a label: flight level of manned aircraft, else metres with their kind. */
export function shortHeight(alt_m: number, baro_m: number, className: string | undefined): string {
  const unmanned = className !== undefined && UNMANNED.has(className);
  if (known(baro_m) && !(unmanned && known(alt_m))) return flightLevel(baro_m);
  return known(alt_m) ? `${Math.round(alt_m)} m HAE` : 'height unknown';
}

/** Short speed for a label: knots, or metres a second for what is small. */
export function shortSpeed(speed_mps: number, className: string | undefined): string {
  if (!known(speed_mps)) return '';
  if (className !== undefined && UNMANNED.has(className)) return `${Math.round(speed_mps)} m/s`;
  return `${Math.round(speed_mps / KT_MPS)} kt`;
}

export function heights(alt_m: number, alt_sd_m: number, baro_m: number): string[] {
  const out: string[] = [];
  if (known(alt_m)) {
    const sd = known(alt_sd_m) ? ` ± ${thousands(alt_sd_m)} m` : '';
    out.push(`${thousands(alt_m)} m above the WGS-84 ellipsoid${sd}`);
  }
  if (known(baro_m)) out.push(`${flightLevel(baro_m)} pressure altitude (${thousands(baro_m / FT_M)} ft)`);
  return out.length ? out : [UNKNOWN];
}

export function speed(v_mps: number, sd_mps: number): string {
  if (!known(v_mps)) return UNKNOWN;
  const sd = known(sd_mps) ? ` ± ${sd_mps < 10 ? sd_mps.toFixed(1) : Math.round(sd_mps)} m/s` : '';
  return `${v_mps < 10 ? v_mps.toFixed(1) : Math.round(v_mps)} m/s${sd}  (${Math.round(v_mps / KT_MPS)} kt)`;
}

/** "084° (east)"; unknown for what hardly moves. */
export function heading(v_east: number, v_north: number): string {
  if (!known(v_east) || !known(v_north)) return UNKNOWN;
  if (Math.hypot(v_east, v_north) < 0.5) return 'not moving';
  const deg = ((Math.atan2(v_east, v_north) * 180) / Math.PI + 360) % 360;
  const words = ['north', 'north-east', 'east', 'south-east', 'south', 'south-west', 'west', 'north-west'];
  return `${(Math.round(deg) % 360).toString().padStart(3, '0')}° (${words[Math.round(deg / 45) % 8]})`;
}

export function climb(v_up: number): string {
  if (!known(v_up)) return UNKNOWN;
  if (Math.abs(v_up) < 0.3) return 'level';
  return `${v_up > 0 ? 'climbing' : 'descending'} ${Math.abs(v_up).toFixed(1)} m/s`;
}

/** 50.90140° N  4.48440° E */
export function position(lat: number, lon: number): string {
  if (!known(lat) || !known(lon)) return UNKNOWN;
  const a = `${Math.abs(lat).toFixed(5)}° ${lat < 0 ? 'S' : 'N'}`;
  return `${a}  ${Math.abs(lon).toFixed(5)}° ${lon < 0 ? 'W' : 'E'}`;
}

const HOLDS_95 = 2.448; // sigmas of a two-dimensional normal: sqrt(-2 ln 0.05)

/** 1-sigma ellipse in words: the one that holds 95 in 100. */
export function uncertainty(major_m: number, minor_m: number): string {
  if (!known(major_m)) return UNKNOWN;
  const words = (m: number): string => (m < 1000 ? `${m < 10 ? m.toFixed(1) : Math.round(m)} m` : `${(m / 1000).toFixed(1)} km`);
  if (!known(minor_m) || major_m < 1.3 * minor_m) return `within ${words(HOLDS_95 * major_m)} (95 in 100)`;
  return `within ${words(HOLDS_95 * major_m)} × ${words(HOLDS_95 * minor_m)} (95 in 100)`;
}

export function percent(p: number | null | undefined): string {
  if (!known(p)) return UNKNOWN;
  if (p > 0.995 && p < 1) return '> 99 %';
  if (p < 0.005 && p > 0) return '< 1 %';
  return `${Math.round(p * 100)} %`;
}

/** A span of seconds: "0:42", "12:05", "3 h 02". */
export function span(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  if (s < 3600) return `${Math.floor(s / 60)}:${(s % 60).toString().padStart(2, '0')}`;
  if (s < 86_400) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60).toString().padStart(2, '0')}`;
  return `${Math.floor(s / 86_400)} d ${Math.floor((s % 86_400) / 3600)} h`;
}

/** "now", "8 s ago", "3 min ago" */
export function ago(seconds: number): string {
  if (!known(seconds)) return UNKNOWN;
  const s = Math.max(0, Math.round(seconds));
  if (s < 2) return 'now';
  if (s < 100) return `${s} s ago`;
  if (s < 5400) return `${Math.round(s / 60)} min ago`;
  return `${span(s)} ago`;
}

export function count(n: number | null | undefined): string {
  return known(n) ? thousands(n) : UNKNOWN;
}

/** 19:42:07 */
export function clock(time_ms: number): string {
  return known(time_ms) ? new Date(time_ms).toISOString().slice(11, 19) : '--:--:--';
}

export function date(time_ms: number): string {
  return known(time_ms) ? new Date(time_ms).toISOString().slice(0, 10) : '';
}

/** fixed_wing_drone → fixed-wing drone */
export function className(name: string): string {
  return name === 'fixed_wing_drone' ? 'fixed-wing drone' : name.replace(/_/g, ' ');
}

/** Distance in kilometres or metres. */
export function distance(m: number): string {
  if (!known(m)) return UNKNOWN;
  return m < 1000 ? `${Math.round(m)} m` : `${(m / 1000).toFixed(m < 10_000 ? 1 : 0)} km`;
}
