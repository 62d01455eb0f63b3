/** The panel of the selected track: what it is thought to be, why, and how well it is known. */

import { ask } from '../connection';
import { el, find, setText } from '../dom';
import * as words from '../format';
import { COASTING, ENDED, F32, U8, UNAUTHORISED, AUTHORISED } from '../frames';
import type { Symbols } from '../gl/symbols';
import type { Picture } from '../picture';
import type { Claim, Identity, TrackAnswer, TrailPoint } from '../types';
import { entryWords, ruleWords } from './alerts';

const SCHEMES: Record<string, string> = {
  icao24: 'ICAO 24-bit address',
  remote_id: 'Remote ID serial number',
  mode_3a: 'Mode 3/A code',
  system_track: 'system track',
  sensor_track: 'sensor track',
};

export interface DetailActions {
  close(): void;
  follow(): void;
  centre(): void;
  trail(points: TrailPoint[]): void;
}

export class DetailPanel {
  private readonly panel = find('detail');
  private readonly icon = el('img', { alt: '' });
  private readonly title = el('h2');
  private readonly standing = el('span', { class: 'standing' });
  private readonly state = el('div', { class: 'small' });
  private readonly alerts = el('div');
  private readonly facts = el('dl', { class: 'facts' });
  private readonly who = el('div');
  private readonly followButton = el('button', { type: 'button', 'aria-pressed': 'false' }, 'Follow');
  private readonly values = new Map<string, HTMLElement>();
  private id: number | null = null;
  private shownIdentity: Identity | null | undefined;

  constructor(
    private readonly picture: Picture,
    private readonly symbols: Symbols,
    private readonly actions: DetailActions,
  ) {
    this.build();
    picture.on('selection', () => this.open(picture.tracks.selected));
    picture.on('identity', () => this.showIdentity());
    picture.on('alerts', () => this.tick());
  }

  following(on: boolean): void {
    this.followButton.setAttribute('aria-pressed', String(on));
  }

  /** Called about four times a second: what the frames say. */
  tick(): void {
    if (this.id === null) return;
    this.showAlerts();
    const slot = this.picture.tracks.slotOf(this.id);
    if (slot === undefined) {
      setText(this.state, 'Track has ended');
      return;
    }
    this.showHead(slot);
    this.showFacts(slot);
  }

  private build(): void {
    const close = el('button', { class: 'close', type: 'button', 'aria-label': 'Close' }, '\u00d7');
    const centre = el('button', { type: 'button' }, 'Centre');
    close.addEventListener('click', () => this.actions.close());
    centre.addEventListener('click', () => this.actions.centre());
    this.followButton.addEventListener('click', () => this.actions.follow());
    this.panel.append(
      el('div', { class: 'head' }, this.icon, el('div', {}, this.title, this.standing, this.state), close),
      el(
        'div',
        { class: 'body' },
        this.alerts,
        this.who,
        el('h3', {}, 'Where and how'),
        this.facts,
        el('div', { class: 'actions' }, this.followButton, centre),
      ),
    );
  }

  private open(id: number | null): void {
    this.id = id;
    this.panel.hidden = id === null;
    document.body.classList.toggle('detail-open', id !== null);
    this.actions.trail([]);
    if (id === null) return;
    this.shownIdentity = undefined;
    this.showIdentity();
    this.tick();
    void this.load(id);
  }

  private async load(id: number): Promise<void> {
    const answer = await ask<TrackAnswer>(`/api/v1/tracks/${id}`);
    if (!answer || id !== this.id) return;
    if (answer.identity) {
      const known = this.picture.identities.get(id);
      if (!known || known.time_ns <= answer.identity.time_ns) {
        this.picture.identities.set(id, answer.identity);
        this.picture.tell('identity');
      }
    }
    this.actions.trail(answer.trail ?? []);
  }

  private showHead(slot: number): void {
    const { tracks } = this.picture;
    const standing = tracks.u8(slot, U8.authorisation);
    const key = this.symbols.key(tracks.u8(slot, U8.classIndex), standing);
    if (this.icon.dataset.key !== key) {
      this.icon.dataset.key = key;
      this.icon.src = `data:image/svg+xml,${encodeURIComponent(this.symbols.svg[key])}`;
    }
    const word = standing === AUTHORISED ? 'authorised' : standing === UNAUTHORISED ? 'unauthorised' : 'unknown';
    this.standing.className = `standing ${word}`;
    setText(this.standing, word === 'unknown' ? 'authorisation unknown' : word);
    const status = tracks.u8(slot, U8.status);
    const heard = words.ago((this.picture.now_ms() - tracks.time_ms(slot, 1)) / 1000);
    const life = status === COASTING ? 'coasting, no sensor sees it now; ' : status === ENDED ? 'ended; ' : '';
    setText(this.state, `T${this.id}, ${life}last heard ${heard}`);
  }

  private showAlerts(): void {
    const now = this.picture.now_ms();
    const open = this.picture.open().filter((alert) => alert.track_id === this.id);
    open.forEach((alert, i) => {
      const node = (this.alerts.children[i] as HTMLElement | undefined) ?? this.alerts.appendChild(el('p'));
      node.className = `banner ${alert.state}`;
      const enters = (alert.kind ?? '') === '' || alert.kind === 'zone-entry';
      const when = !enters ? `${ruleWords(alert.rule)}:` : alert.state === 'actual' ? 'Inside' : 'Will enter';
      const why = alert.reasons?.length ? `: ${alert.reasons.join('; ')}` : '';
      setText(node, `${when} ${alert.zone_name || alert.zone} ${entryWords(alert, now)}`.trim() + why);
    });
    while (this.alerts.children.length > open.length) this.alerts.lastElementChild?.remove();
  }

  private showFacts(slot: number): void {
    const { tracks } = this.picture;
    const f = (column: number): number => tracks.f32(slot, column);
    const v = Math.hypot(f(F32.vEast), f(F32.vNorth));
    const since = this.picture.identities.get(this.id ?? -1)?.since_ns;
    this.fact('Position', words.position(tracks.lat(slot), tracks.lon(slot)));
    this.fact('Known to', words.uncertainty(f(F32.sdMajor), f(F32.sdMinor)));
    this.fact('Height', words.heights(f(F32.alt), f(F32.altSd), f(F32.baro)).join('\n'));
    this.fact('Speed', words.speed(v, f(F32.speedSd)));
    this.fact('Heading', words.heading(f(F32.vEast), f(F32.vNorth)));
    this.fact('Vertical', words.climb(f(F32.vUp)));
    this.fact('Existence', words.percent(f(F32.existence)));
    this.fact('Tracked for', since ? words.span((this.picture.now_ms() - since / 1e6) / 1000) : words.UNKNOWN);
  }

  private fact(name: string, value: string): void {
    let node = this.values.get(name);
    if (!node) {
      node = el('dd');
      this.values.set(name, node);
      this.facts.append(el('dt', {}, name), node);
    }
    node.classList.toggle('unknown', value === words.UNKNOWN);
    node.style.whiteSpace = 'pre-line';
    setText(node, value);
  }

  private showIdentity(): void {
    if (this.id === null) return;
    const identity = this.picture.identities.get(this.id) ?? null;
    setText(this.title, this.picture.label(this.id));
    if (identity === this.shownIdentity) return;
    this.shownIdentity = identity;
    this.who.replaceChildren(
      el('h3', {}, 'Why'),
      reasons(identity?.reasons ?? []),
      el('h3', {}, 'What it may be'),
      classBars(identity?.classes ?? {}),
      el('h3', {}, 'Claims'),
      ...claims(identity?.claims ?? []),
      el('h3', {}, 'Seen by'),
      this.sensors(identity?.sensors ?? []),
    );
  }

  private sensors(ids: string[]): HTMLElement {
    if (!ids.length) return unknown('no sensor named');
    const name = (id: string): string => this.picture.sensors.get(id)?.sensor.name || id;
    return el('p', { class: 'chips' }, ...ids.map((id) => el('span', { title: id }, name(id))));
  }
}

function unknown(text: string): HTMLElement {
  return el('p', { class: 'reasons unknown' }, text);
}

function reasons(list: string[]): HTMLElement {
  if (!list.length) return unknown('no reason given');
  return el('ul', { class: 'reasons' }, ...list.map((reason) => el('li', {}, reason)));
}

/** Bars for what is at all likely, likeliest first. */
function classBars(classes: Record<string, number>): HTMLElement {
  const list = Object.entries(classes)
    .filter(([, p]) => p >= 0.01)
    .sort((a, b) => b[1] - a[1])
    .slice(0, 5);
  if (!list.length) return unknown(words.UNKNOWN);
  const bars = el('div', { class: 'bars' });
  for (const [name, p] of list) {
    const fill = el('i');
    fill.style.width = `${Math.round(p * 100)}%`;
    bars.append(el('span', {}, words.className(name)), el('span', { class: 'bar' }, fill), el('span', {}, words.percent(p)));
  }
  return bars;
}

function claims(list: Claim[]): HTMLElement[] {
  if (!list.length) return [unknown('it says nothing of itself')];
  return list.map((claim) => {
    const facts: string[] = [];
    if (claim.callsign) facts.push(`callsign ${claim.callsign}`);
    if (claim.squawk) facts.push(`squawk ${claim.squawk}`);
    if (claim.category) facts.push(`category ${claim.category}`);
    if (claim.emergency) facts.push(`emergency: ${claim.emergency}`);
    if (claim.on_ground !== undefined && claim.on_ground !== null) facts.push(claim.on_ground ? 'on the ground' : 'airborne');
    if (claim.operator_id) facts.push(`operator ${claim.operator_id}`);
    if (claim.operator_lat_deg != null && claim.operator_lon_deg != null) {
      facts.push(`pilot at ${words.position(claim.operator_lat_deg, claim.operator_lon_deg)}`);
    }
    if (claim.description) facts.push(claim.description);
    return el(
      'div',
      { class: 'claim' },
      el('div', {}, `${SCHEMES[claim.scheme] ?? claim.scheme} ${claim.ident}`),
      el('div', { class: 'small' }, facts.join(', ') || 'nothing more'),
    );
  });
}
