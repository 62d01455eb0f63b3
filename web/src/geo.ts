/** Web Mercator in the unit square, and small spherical geometry.
 *
 * Mercator x, y run from 0 to 1, east and south. Source: EPSG:3857.
 */

export const EARTH_M = 6_371_008.8; // mean radius, IUGG
export const EQUATOR_M = 2 * Math.PI * 6_378_137;
export const NM_M = 1852;

const RAD = Math.PI / 180;

export function mercatorX(lon_deg: number): number {
  return (180 + lon_deg) / 360;
}

export function mercatorY(lat_deg: number): number {
  return (180 - (180 / Math.PI) * Math.log(Math.tan(Math.PI / 4 + (lat_deg * RAD) / 2))) / 360;
}

export function longitude(x: number): number {
  return x * 360 - 180;
}

export function latitude(y: number): number {
  return (360 / Math.PI) * Math.atan(Math.exp((180 - y * 360) * RAD)) - 90;
}

/** Mercator units that one metre on the ground is at a latitude. */
export function mercatorPerMetre(lat_deg: number): number {
  return 1 / (EQUATOR_M * Math.cos(lat_deg * RAD));
}

/** The point that lies a distance away on a bearing (clockwise from north): [lon, lat]. */
export function destination(
  lat_deg: number,
  lon_deg: number,
  bearing_deg: number,
  distance_m: number,
): [number, number] {
  const d = distance_m / EARTH_M;
  const lat = lat_deg * RAD;
  const bearing = bearing_deg * RAD;
  const sin = Math.sin(lat) * Math.cos(d) + Math.cos(lat) * Math.sin(d) * Math.cos(bearing);
  const lat2 = Math.asin(sin);
  const dlon = Math.atan2(
    Math.sin(bearing) * Math.sin(d) * Math.cos(lat),
    Math.cos(d) - Math.sin(lat) * sin,
  );
  return [lon_deg + dlon / RAD, lat2 / RAD];
}

/** Great-circle distance in metres. */
export function distance_m(lat1: number, lon1: number, lat2: number, lon2: number): number {
  const dlat = (lat2 - lat1) * RAD;
  const dlon = (lon2 - lon1) * RAD;
  const h =
    Math.sin(dlat / 2) ** 2 +
    Math.cos(lat1 * RAD) * Math.cos(lat2 * RAD) * Math.sin(dlon / 2) ** 2;
  return 2 * EARTH_M * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** A circle or a wedge as a closed ring of [lon, lat]. */
export function sector(
  lat_deg: number,
  lon_deg: number,
  radius_m: number,
  from_deg = 0,
  width_deg = 360,
): [number, number][] {
  const whole = width_deg >= 360;
  const steps = Math.max(8, Math.ceil(width_deg / 3));
  const ring: [number, number][] = whole ? [] : [[lon_deg, lat_deg]];
  for (let i = 0; i <= steps; i++) {
    ring.push(destination(lat_deg, lon_deg, from_deg + (width_deg * i) / steps, radius_m));
  }
  ring.push(ring[0]);
  return ring;
}
