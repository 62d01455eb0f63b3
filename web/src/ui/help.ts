/** Keys, symbols and credits. */

import { el, find } from '../dom';
import type { Symbols } from '../gl/symbols';

const KEYS: [string, string][] = [
  ['A', 'next alert'],
  ['K', 'acknowledge it'],
  ['S', 'suppress it, with a reason'],
  ['I', 'next incident'],
  ['N', 'a note in it'],
  ['F', 'follow the selected track'],
  ['Esc', 'close, or let go of the track'],
  ['/', 'find a track'],
  ['H', 'home view'],
  ['0', 'fit all tracks'],
  ['L', 'layers'],
  ['+  \u2212', 'zoom'],
  ['arrows', 'move the map (when it has the focus)'],
  ['?', 'this page'],
];

const LEGEND: [string, string][] = [
  ['unknown-multirotor', 'unknown'],
  ['friend-multirotor', 'authorised drone'],
  ['neutral-aeroplane', 'authorised traffic'],
  ['suspect-multirotor', 'unauthorised'],
  ['unknown-fixed_wing_drone', 'fixed-wing drone'],
  ['neutral-helicopter', 'helicopter'],
  ['neutral-balloon', 'balloon'],
  ['any-bird', 'bird'],
];

export function helpDialog(symbols: Symbols): { toggle(): void; open(): boolean; close(): void } {
  const dialog = find<HTMLDialogElement>('help');
  const keys = el('div', { class: 'keys' });
  for (const [key, text] of KEYS) keys.append(el('span', {}, el('kbd', {}, key)), el('span', {}, text));
  const legend = el('div', { class: 'legend' });
  for (const [key, text] of LEGEND) {
    const image = el('img', { alt: '', src: `data:image/svg+xml,${encodeURIComponent(symbols.svg[key])}` });
    legend.append(el('span', {}, image, text));
  }
  const close = el('button', { type: 'button' }, 'Close');
  close.addEventListener('click', () => dialog.close());
  dialog.append(
    el('h2', {}, 'Help'),
    keys,
    el('h3', {}, 'Symbols (APP-6)'),
    legend,
    el('p', {}, 'A hollow, dim symbol is coasting: no sensor sees it now. An amber ring is a predicted alert, a red ring an actual one. The line ahead of a track is where it will be if it goes on as now; the line behind it is where it was. An outline about a track holds it 86 times in 100 (two sigma).'),
    el('p', {}, 'Heights: FL is pressure altitude; m HAE is metres above the WGS-84 ellipsoid, which is not height above the ground.'),
    el('h3', {}, 'Map'),
    el('p', {}, 'Coasts and borders: Natural Earth. Places: GeoNames, CC BY 4.0. Airports: airportsdata. Drawn with MapLibre; symbols by milsymbol. Not for navigation.'),
    el('div', { class: 'actions' }, close),
  );
  find('help-button').addEventListener('click', () => dialog.showModal());
  return {
    toggle: () => (dialog.open ? dialog.close() : dialog.showModal()),
    open: () => dialog.open,
    close: () => dialog.close(),
  };
}
