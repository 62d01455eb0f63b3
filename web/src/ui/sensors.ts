/** Sensor cards, and the processes of the node. */

import { el, find, setText } from '../dom';
import * as words from '../format';
import { health, type SensorEntry } from '../map/sensors';
import type { Picture } from '../picture';

const MODALITY: Record<string, string> = {
  radar: 'radar',
  rf: 'radio-frequency',
  camera: 'camera',
  acoustic: 'acoustic',
  adsb: 'ADS-B receiver',
  remote_id: 'Remote ID receiver',
  mlat: 'multilateration',
  fusion: 'fusion node',
  human: 'human',
};

interface Card {
  node: HTMLButtonElement;
  name: HTMLElement;
  health: HTMLElement;
  kind: HTMLElement;
  figures: HTMLElement[];
  quarantine: HTMLElement;
}

export class SensorList {
  private readonly panel = find('sensors');
  private readonly badge = find('sensors-count');
  private readonly nothing = el('p', { class: 'empty' }, 'No sensor is known to this node.');
  private readonly cards = new Map<string, Card>();

  constructor(
    private readonly picture: Picture,
    private readonly choose: (entry: SensorEntry) => void,
    private readonly point: (id: string | null) => void,
  ) {
    this.panel.append(this.nothing);
    picture.on('sensors', () => this.tick());
    this.tick();
  }

  tick(): void {
    const { sensors } = this.picture;
    for (const [id, card] of this.cards) {
      if (sensors.has(id)) continue;
      card.node.remove();
      this.cards.delete(id);
    }
    let poor = 0;
    for (const [id, entry] of sensors) {
      if (health(entry) === 'fault' || health(entry) === 'silent' || health(entry) === 'degraded') poor += 1;
      this.fill(this.cards.get(id) ?? this.create(id), entry);
    }
    this.nothing.hidden = sensors.size > 0;
    setText(this.badge, poor ? `${sensors.size - poor}/${sensors.size}` : sensors.size ? String(sensors.size) : '');
    this.badge.className = poor ? 'amber' : '';
  }

  private create(id: string): Card {
    const figure = (): HTMLElement => el('dd');
    const card: Card = {
      node: el('button', { class: 'card', type: 'button' }),
      name: el('strong'),
      health: el('span', { class: 'health' }),
      kind: el('div', { class: 'small' }),
      figures: [figure(), figure(), figure()],
      quarantine: el('div', { class: 'quarantine' }),
    };
    const titles = ['last heard', 'observations', 'a second'];
    card.node.append(
      el('div', { class: 'row' }, card.name, card.health),
      card.kind,
      el('dl', { class: 'figures' }, ...card.figures.map((dd, i) => el('div', {}, el('dt', {}, titles[i]), dd))),
      card.quarantine,
    );
    card.node.addEventListener('click', () => {
      const entry = this.picture.sensors.get(id);
      if (entry) this.choose(entry);
    });
    card.node.addEventListener('pointerenter', () => this.point(id));
    card.node.addEventListener('pointerleave', () => this.point(null));
    this.cards.set(id, card);
    this.panel.append(card.node);
    return card;
  }

  private fill(card: Card, entry: SensorEntry): void {
    const { sensor, status } = entry;
    const state = health(entry);
    setText(card.name, sensor.name || sensor.id);
    setText(card.health, state);
    card.health.className = `health ${state}`;
    const kind = [MODALITY[sensor.modality ?? 'radar'] ?? sensor.modality ?? 'sensor'];
    kind.push(`to ${words.distance(sensor.range_max_m ?? 100_000)}`);
    if (sensor.lat_deg == null) kind.push('position unknown');
    if (sensor.simulated) kind.push('simulated');
    if (status?.detail) kind.push(status.detail);
    setText(card.kind, kind.join(', '));
    const heard_ns = status?.last_heard_ns;
    const heard = heard_ns == null ? 'never' : words.ago((this.picture.now_ms() - heard_ns / 1e6) / 1000);
    const rate = entry.rate === null ? words.UNKNOWN : entry.rate.toFixed(entry.rate < 10 ? 1 : 0);
    const figures = [heard, status ? words.count(status.observations ?? 0) : words.UNKNOWN, rate];
    figures.forEach((text, i) => setText(card.figures[i], text));
    const refused = Object.entries(status?.quarantined ?? {}).sort((a, b) => b[1] - a[1]);
    card.quarantine.hidden = refused.length === 0;
    setText(card.quarantine, `quarantined: ${refused.map(([why, n]) => `${words.count(n)} ${why}`).join(', ')}`);
  }
}

export class ProcessList {
  private readonly panel = find('processes');
  private readonly badge = find('node-count');

  constructor(private readonly picture: Picture) {
    picture.on('processes', () => this.show());
    picture.on('hello', () => this.show());
    this.show();
  }

  private show(): void {
    const { hello, processes } = this.picture;
    const well = (state: string): boolean => ['running', 'ok', 'up', 'started'].includes(state);
    const rows = [...processes.values()].map((process) =>
      el(
        'div',
        { class: 'card' },
        el(
          'div',
          { class: 'row' },
          el('strong', {}, process.name),
          el('span', { class: `health ${well(process.state) ? 'ok' : 'degraded'}` }, process.state),
        ),
        process.detail ? el('div', { class: 'small' }, process.detail) : null,
      ),
    );
    const head = hello ? `${hello.node}, Vedette ${hello.version}` : 'Not connected yet.';
    this.panel.replaceChildren(el('p', { class: 'empty' }, head), ...rows);
    const poor = [...processes.values()].filter((process) => !well(process.state)).length;
    setText(this.badge, poor ? String(poor) : '');
    this.badge.className = 'amber';
  }
}
