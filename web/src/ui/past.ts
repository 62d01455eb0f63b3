/** The bar of the past: a banner, the time, its pace; and the search of the history. */

import { ask } from '../connection';
import { el, find, setText } from '../dom';
import { className, clock, date, distance, speed, span } from '../format';
import type { PastPlayer } from '../past';
import type { AlertEntry, Picture } from '../picture';
import type { TrackAnswer, TrailPoint } from '../types';

const RATES = [1, 4, 16];
const STEP_MS = 60_000;
const TOLD_MS = 15_000; // how long a live alert stands in the bar

export interface Found {
  track_id: number;
  label: string | null;
  first_ns: number;
  last_ns: number;
  nearest_m: number | null;
  nearest_ns: number;
  lat_deg: number;
  lon_deg: number;
  class: string | null;
  authorisation: string | null;
  top_mps: number | null;
  alerts: number;
}

export interface PastActions {
  /** Back to live: ask for the whole picture. */
  live(): void;
  /** Show a track's trail and go there. */
  trail(points: TrailPoint[], found: Found): void;
  centre(): [number, number];
}

/** "2026-11-23 10:10:05", or with T, or the time alone of the same day; NaN where it is none. */
export function readTime(text: string, day_ms: number): number {
  const found = /^\s*(?:(\d{4}-\d{2}-\d{2})[T ])?(\d{1,2}:\d{2}(?::\d{2})?)\s*Z?\s*$/.exec(text);
  if (!found) return Number.NaN;
  const time = found[2].length < 6 ? `${found[2]}:00` : found[2];
  return Date.parse(`${found[1] ?? date(day_ms)}T${time.padStart(8, '0')}Z`);
}

/** One result in two lines. */
export function foundWords(found: Found): [string, string] {
  const kind = found.class ? className(found.class) : 'class unknown';
  const near = found.nearest_m == null ? '' : `, ${distance(found.nearest_m)} at its nearest`;
  const top = found.top_mps == null ? '' : `, up to ${speed(found.top_mps, Number.NaN)}`;
  const alerts = found.alerts ? `, ${found.alerts} alert${found.alerts > 1 ? 's' : ''}` : '';
  const lasted = span((found.last_ns - found.first_ns) / 1e9);
  return [
    `${kind}, ${found.authorisation ?? 'unknown'}${near}`,
    `${date(found.first_ns / 1e6)} ${clock(found.first_ns / 1e6)}, ${lasted}${top}${alerts}`,
  ];
}

export class PastPanel {
  private readonly bar = find('past');
  private readonly drawer = find('history-search');
  private readonly button = find('past-button');
  private readonly time = el('strong');
  private readonly note = el('span', { class: 'small' });
  private readonly liveNote = el('span', { class: 'live-note', role: 'alert' });
  private readonly play = el('button', { type: 'button' }, 'Pause');
  private readonly rate = el('select', { 'aria-label': 'Pace' });
  private readonly slider = el('input', { type: 'range', min: '0', max: '1000', step: '1', 'aria-label': 'Time in the history' });
  private readonly goTo = el('input', { type: 'text', placeholder: 'Go to 2026-11-23 10:10:00', 'aria-label': 'Go to time, UTC', spellcheck: 'false' });
  private readonly results = el('div', { class: 'results', role: 'list' });
  private readonly said = el('p', { class: 'small', role: 'status' });
  private sliding = false;
  private liveUntil = 0;

  constructor(
    private readonly picture: Picture,
    private readonly player: PastPlayer,
    private readonly actions: PastActions,
  ) {
    for (const rate of RATES) this.rate.append(el('option', { value: String(rate) }, `${rate}\u00d7`));
    const live = el('button', { type: 'button', class: 'to-live' }, 'Back to live  P');
    const back = el('button', { type: 'button', 'aria-label': 'A minute back' }, '\u2212 1 min');
    const on = el('button', { type: 'button', 'aria-label': 'A minute on' }, '+ 1 min');
    const searching = el('button', { type: 'button' }, 'Search');
    const form = el('form', {}, this.goTo);
    this.bar.append(
      el('div', { class: 'past-row' }, el('b', { class: 'past-word' }, 'PAST'), this.time, this.note, this.liveNote, live),
      el('div', { class: 'past-row' }, back, this.play, on, this.rate, this.slider, form, searching),
    );
    live.addEventListener('click', () => this.leave());
    back.addEventListener('click', () => player.go(player.now_ms() - STEP_MS));
    on.addEventListener('click', () => player.go(player.now_ms() + STEP_MS));
    this.play.addEventListener('click', () => player.pace(player.playing ? 0 : Number(this.rate.value)));
    this.rate.addEventListener('change', () => player.pace(Number(this.rate.value)));
    this.slider.addEventListener('input', () => {
      this.sliding = true;
      setText(this.time, words(this.slid()));
    });
    this.slider.addEventListener('change', () => {
      this.sliding = false;
      player.go(this.slid());
    });
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const at = readTime(this.goTo.value, player.now_ms());
      if (Number.isFinite(at)) player.go(at);
      else setText(this.note, 'expected a time in UTC, as 2026-11-23 10:10:00');
    });
    searching.addEventListener('click', () => (this.drawer.hidden = !this.drawer.hidden));
    this.button.addEventListener('click', () => this.toggle());
    picture.onRaised((alert) => this.raised(alert));
    this.fillDrawer();
  }

  toggle(): void {
    if (this.player.on) this.leave();
    else void this.enter(null);
  }

  async enter(time_ms: number | null): Promise<void> {
    if (!this.player.on) this.player.clock.rate = Number(this.rate.value);
    const entered = await this.player.enter(time_ms);
    this.button.title = entered ? 'Back to live (P)' : this.player.failed;
    if (!entered) setText(find('spoken'), this.player.failed);
    this.show();
  }

  leave(): void {
    this.player.leave();
    this.drawer.hidden = true;
    this.show();
    this.actions.live();
  }

  /** What the player has to show. */
  show(): void {
    const { player } = this;
    this.bar.hidden = !player.on;
    this.button.setAttribute('aria-pressed', String(player.on));
    document.body.classList.toggle('in-the-past', player.on);
    if (!player.on) return;
    const now = player.now_ms();
    if (!this.sliding) {
      setText(this.time, words(now));
      const share = (now - player.first_ms) / Math.max(1, player.last_ms - player.first_ms);
      this.slider.value = String(Math.round(1000 * share));
    }
    setText(this.play, player.playing ? 'Pause' : 'Play');
    const held = this.picture.heldThen.map((alert) => alert.label || `T${alert.track_id}`);
    const alerts = held.length ? `${held.length} alert${held.length > 1 ? 's' : ''} held: ${held.slice(0, 4).join(', ')}` : 'no alert held';
    setText(this.note, player.failed || alerts);
    if (performance.now() > this.liveUntil) setText(this.liveNote, '');
  }

  /** An alert of now is told in the past too. */
  private raised(alert: AlertEntry): void {
    if (!this.player.on) return;
    this.liveUntil = performance.now() + TOLD_MS;
    setText(this.liveNote, `NOW: ${alert.label || this.picture.label(alert.track_id)}, ${alert.zone_name || alert.zone}, ${alert.state}`);
  }

  private slid(): number {
    const { first_ms, last_ms } = this.player;
    return first_ms + (Number(this.slider.value) / 1000) * (last_ms - first_ms);
  }

  private fillDrawer(): void {
    const near = el('input', { type: 'text', name: 'near', placeholder: 'lat,lon,metres', spellcheck: 'false' });
    const from = el('input', { type: 'text', name: 'from', placeholder: 'from 2026-11-23 10:00', spellcheck: 'false' });
    const to = el('input', { type: 'text', name: 'to', placeholder: 'to', spellcheck: 'false' });
    const kind = el('select', { name: 'class', 'aria-label': 'Class' }, el('option', { value: '' }, 'any class'));
    const standing = el('select', { name: 'authorisation', 'aria-label': 'Standing' }, el('option', { value: '' }, 'any standing'));
    for (const word of ['unauthorised', 'unknown', 'authorised']) standing.append(el('option', { value: word }, word));
    const zone = el('select', { name: 'zone', 'aria-label': 'Zone' }, el('option', { value: '' }, 'anywhere'));
    const here = el('button', { type: 'button' }, 'Map centre, 3 km');
    here.addEventListener('click', () => {
      const [lat, lon] = this.actions.centre();
      near.value = `${lat.toFixed(4)},${lon.toFixed(4)},3000`;
    });
    this.picture.on('hello', () => {
      while (kind.children.length > 1) kind.lastElementChild?.remove();
      for (const name of this.picture.classes) kind.append(el('option', { value: name }, className(name)));
    });
    this.picture.on('zones', () => {
      while (zone.children.length > 1) zone.lastElementChild?.remove();
      for (const one of this.picture.zones) zone.append(el('option', { value: one.id }, one.name || one.id));
    });
    const form = el('form', {}, el('div', {}, near, here), el('div', {}, from, to), el('div', {}, kind, standing, zone), el('button', { type: 'submit' }, 'Search'));
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const asked = new URLSearchParams();
      if (near.value.trim()) asked.set('near', near.value.replace(/\s/g, ''));
      for (const [name, input] of [['from_ns', from], ['to_ns', to]] as const) {
        if (!input.value.trim()) continue;
        const at = readTime(input.value, this.player.now_ms());
        if (!Number.isFinite(at)) return setText(this.said, `expected a time in UTC, as 2026-11-23 10:10:00, got ${input.value}`);
        asked.set(name, String(BigInt(at) * 1_000_000n));
      }
      for (const select of [kind, standing, zone]) if (select.value) asked.set(select.name, select.value);
      void this.search(asked);
    });
    this.drawer.append(el('h3', {}, 'Search the history'), form, this.said, this.results);
  }

  private async search(asked: URLSearchParams): Promise<void> {
    setText(this.said, 'Searching\u2026');
    const began = performance.now();
    let tracks: Found[];
    try {
      const answer = await fetch(`/api/v1/past/search?${asked}`);
      const body = (await answer.json()) as { tracks?: Found[]; error?: string };
      if (!body.tracks) return setText(this.said, body.error ?? `the server answered ${answer.status}`);
      tracks = body.tracks;
    } catch {
      return setText(this.said, 'the server does not answer');
    }
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    setText(this.said, `${tracks.length} track${tracks.length === 1 ? '' : 's'}, ${seconds} s`);
    this.results.replaceChildren(...tracks.map((found) => this.result(found)));
  }

  private result(found: Found): HTMLElement {
    const [first, later] = foundWords(found);
    const show = el(
      'button',
      { type: 'button', class: 'found' },
      el('b', {}, found.label || `T${found.track_id}`),
      el('span', {}, first),
      el('span', { class: 'small' }, later),
    );
    const then = el('button', { type: 'button', class: 'then', title: 'Show the picture of that time' }, '\u25b6');
    show.addEventListener('click', () => void this.trail(found));
    then.addEventListener('click', () => {
      void this.trail(found);
      void this.enter((found.nearest_ns || found.first_ns) / 1e6 - 5000);
    });
    return el('div', { class: 'found-row', role: 'listitem' }, show, then);
  }

  private async trail(found: Found): Promise<void> {
    const answer = await ask<TrackAnswer>(`/api/v1/tracks/${found.track_id}?since_ns=${BigInt(Math.floor(found.first_ns / 1e6)) * 1_000_000n}`);
    this.actions.trail(answer?.trail ?? [], found);
  }
}

function words(time_ms: number): string {
  return `${date(time_ms)}  ${clock(time_ms)} UTC`;
}
