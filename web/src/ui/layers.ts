/** What is shown: the layer toggles, kept in this browser. */

import { el, find, store, stored } from '../dom';
import type { Look } from '../gl/layer';

export interface Shown extends Look {
  birds: boolean;
  zones: boolean;
  sensors: boolean;
  coverage: boolean;
  interference: boolean;
  rings: boolean;
  graticule: boolean;
  places: boolean;
  airports: boolean;
}

const DEFAULTS: Shown = {
  labels: true,
  trails: true,
  leaders: true,
  ellipses: true,
  leader_s: 60,
  birds: true,
  zones: true,
  sensors: true,
  coverage: true,
  interference: true,
  rings: true,
  graticule: false,
  places: true,
  airports: true,
};

type Switch = Exclude<keyof Shown, 'leader_s'>;

const WORDS: [Switch, string][] = [
  ['labels', 'Labels'],
  ['trails', 'Trails, two minutes'],
  ['leaders', 'Where it will be in'],
  ['ellipses', 'Uncertainty'],
  ['birds', 'Birds'],
  ['zones', 'Zones'],
  ['sensors', 'Sensors'],
  ['coverage', 'Sensor coverage'],
  ['interference', 'Disturbed satellite navigation'],
  ['rings', 'Range rings'],
  ['graticule', 'Graticule'],
  ['places', 'Places'],
  ['airports', 'Airports'],
];

/** Build the toggles; `changed` is called at once and after every change. */
export function layerPanel(changed: (shown: Shown) => void): void {
  const shown: Shown = { ...DEFAULTS, ...stored<Partial<Shown>>('layers', {}) };
  const panel = find('layers');
  const tell = (): void => {
    store('layers', shown);
    changed({ ...shown });
  };
  for (const [name, text] of WORDS) {
    const box = el('input', { type: 'checkbox', 'data-layer': name });
    box.checked = shown[name];
    box.addEventListener('change', () => {
      shown[name] = box.checked;
      tell();
    });
    const label = el('label', {}, box, text);
    if (name === 'leaders') label.append(leaderChoice(shown, tell));
    panel.append(label);
  }
  const button = find('layers-button');
  button.addEventListener('click', () => {
    panel.hidden = !panel.hidden;
    button.setAttribute('aria-expanded', String(!panel.hidden));
  });
  tell();
}

function leaderChoice(shown: Shown, tell: () => void): HTMLElement {
  const choice = el('select', { 'aria-label': 'Length of the speed vector' });
  for (const seconds of [30, 60, 120, 300]) {
    const option = el('option', { value: String(seconds) }, seconds < 120 ? `${seconds} s` : `${seconds / 60} min`);
    option.selected = seconds === shown.leader_s;
    choice.append(option);
  }
  choice.addEventListener('change', () => {
    shown.leader_s = Number(choice.value);
    tell();
  });
  return choice;
}
