// APP-6 symbols, drawn once by milsymbol and recoloured for a dark screen.
//
// symbols.json  {affiliation-kind: svg, …}; 170×170 units, the symbol's own centre in the middle.
// milsymbol itself (860 kB) never reaches the browser.
import { mkdirSync, writeFileSync } from 'node:fs';
import ms from 'milsymbol';

const out = new URL('../../src/vedette/serve/page/data/', import.meta.url);
mkdirSync(out, { recursive: true });

// MIL-STD-2525D: standard identity digit, and our colours for frame, ground and icon.
const AFFILIATIONS = {
  unknown: ['1', '#d6bd62', '#2b2612', '#f0dfa0'],
  friend: ['3', '#62a8ee', '#0f2740', '#cfe6ff'],
  neutral: ['4', '#6fae8a', '#12291d', '#cdebd9'],
  suspect: ['5', '#ff6a5c', '#3d1512', '#ffd9d4'],
};
// Symbol set and entity, MIL-STD-2525D appendix B (01 air), 15 land equipment, 30 sea surface.
const KINDS = {
  air: ['01', '000000'],
  multirotor: ['01', '110400'],
  fixed_wing_drone: ['01', '110300'],
  aeroplane: ['01', '120100'],
  helicopter: ['01', '120200'],
  balloon: ['01', '120400'],
  ground_vehicle: ['15', '170000'],
  vessel: ['30', '140100'],
};

function draw(affiliation, [set, entity]) {
  const [digit, frame, ground, icon] = AFFILIATIONS[affiliation];
  const symbol = new ms.Symbol(`100${digit}${set}0000${entity}0000`, { size: 32, fillColor: ground });
  if (!symbol.isValid()) throw new Error(`expected a symbol for ${set}${entity}, milsymbol has none`);
  const paths = symbol.asSVG().match(/<(path|circle|text|g|line)[^>]*>(?:[^<]*<\/(path|text|circle|line)>)?|<\/g>/g);
  const body = paths.map((path, i) => {
    if (i === 0) return path.replace(/stroke-width="\d+"/, 'stroke-width="8"').replace('stroke="black"', `stroke="${frame}"`);
    if (path.includes('stroke-dasharray')) {
      return path.replace(/stroke="[^"]*"/, `stroke="${ground}"`).replace(/stroke-width="\d+"/, 'stroke-width="9"').replace('4,4', '9,9');
    }
    return path
      .replace(/stroke="(?!none)[^"]*"/g, 'stroke="none"')
      .replace(/fill="(?!none)[^"]*"/g, `fill="${icon}"`);
  });
  return body.join('');
}

const symbols = {};
for (const affiliation of Object.keys(AFFILIATIONS)) {
  for (const [kind, code] of Object.entries(KINDS)) symbols[`${affiliation}-${kind}`] = draw(affiliation, code);
}
// APP-6 has no bird in the air: two wings, no frame.
symbols['any-bird'] =
  '<path d="M60,104 Q78,78 100,104 Q122,78 140,104" fill="none" stroke="#8d9aab" stroke-width="9" stroke-linecap="round"></path>';
for (const key of Object.keys(symbols)) {
  symbols[key] = `<svg xmlns="http://www.w3.org/2000/svg" width="96" height="96" viewBox="15 15 170 170">${symbols[key]}</svg>`;
}
writeFileSync(new URL('symbols.json', out), JSON.stringify(symbols));
