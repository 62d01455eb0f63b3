// Writes page/build.json: the hash of the sources that the page was built from, and its sizes.
// tests/web/test_page_build.py works out the same hash, so a page that was not rebuilt fails.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const web = new URL('..', import.meta.url).pathname;
const page = new URL('../../src/vedette/serve/page/', import.meta.url).pathname;

function files(folder) {
  return readdirSync(folder, { recursive: true })
    .filter((name) => statSync(join(folder, name)).isFile())
    .sort();
}

const sources = [
  ...files(join(web, 'src')).map((name) => `src/${name}`),
  ...files(join(web, 'make')).map((name) => `make/${name}`),
  'index.html',
  'login.html',
  'package-lock.json',
  'vite.config.ts',
].sort();
const hash = createHash('sha256');
for (const name of sources) {
  hash.update(name);
  hash.update('\0');
  hash.update(readFileSync(join(web, name)));
  hash.update('\0');
}
const sizes = {};
for (const name of files(page)) if (name !== 'build.json') sizes[name] = statSync(join(page, name)).size;
const total = Object.values(sizes).reduce((a, b) => a + b, 0);
writeFileSync(join(page, 'build.json'), `${JSON.stringify({ sources_sha256: hash.digest('hex'), total_bytes: total, bytes: sizes }, null, 1)}\n`);
console.log(`page: ${total} bytes`);
