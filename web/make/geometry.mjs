// Cutting rings and lines to a box, and writing them as small integers.

/** Clip a closed ring to one side of an axis-parallel line (Sutherland & Hodgman, 1974). */
function clipSide(ring, axis, limit, keepAbove) {
  const inside = (p) => (keepAbove ? p[axis] >= limit : p[axis] <= limit);
  const out = [];
  for (let i = 0; i < ring.length; i++) {
    const a = ring[(i + ring.length - 1) % ring.length];
    const b = ring[i];
    if (inside(a) !== inside(b)) {
      const t = (limit - a[axis]) / (b[axis] - a[axis]);
      const cut = [a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])];
      cut[axis] = limit;
      out.push(cut);
    }
    if (inside(b)) out.push(b);
  }
  return out;
}

/** Clip a ring, closed or not, to a box [west, south, east, north]; open ring out, empty if outside. */
export function clipRing(ring, [west, south, east, north]) {
  const first = ring[0];
  const last = ring[ring.length - 1];
  let r = first[0] === last[0] && first[1] === last[1] ? ring.slice(0, -1) : ring;
  r = clipSide(r, 0, west, true);
  if (r.length) r = clipSide(r, 0, east, false);
  if (r.length) r = clipSide(r, 1, south, true);
  if (r.length) r = clipSide(r, 1, north, false);
  return r;
}

/** The parts of a line whose points are in the box, each with one point beyond it. */
export function clipLine(line, [west, south, east, north]) {
  const inside = (p) => p[0] >= west && p[0] <= east && p[1] >= south && p[1] <= north;
  const parts = [];
  let part = [];
  for (let i = 0; i < line.length; i++) {
    if (inside(line[i])) {
      if (!part.length && i > 0) part.push(line[i - 1]);
      part.push(line[i]);
    } else if (part.length) {
      part.push(line[i]);
      parts.push(part);
      part = [];
    }
  }
  if (part.length > 1) parts.push(part);
  return parts;
}

/** Degrees to differences of integers: [lon, lat, dlon, dlat, …], points that repeat are left out. */
export function pack(points, scale) {
  const out = [];
  let x0 = 0;
  let y0 = 0;
  for (const [lon, lat] of points) {
    const x = Math.round(lon * scale);
    const y = Math.round(lat * scale);
    if (out.length && x === x0 && y === y0) continue;
    out.push(x - x0, y - y0);
    x0 = x;
    y0 = y;
  }
  return out;
}
