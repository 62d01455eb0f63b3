/** The director's panel of an exercise: time, orders, sensors, the score so far. Only a director's page has it. */

import { ask } from '../connection';
import { el, find, setText } from '../dom';
import type { Picture } from '../picture';
import type { LiveScore, Standing } from '../types';

const LOOK_MS = 2000;
const SCORE_MS = 10_000;
const SPEEDS = [0.5, 1, 2, 4, 8];
const EXAMPLE = 'blind SENSOR 60';

/** Minutes and seconds since the scenario's first instant. */
export function since(ns: number, begins_ns: number): string {
  const whole = Math.round((ns - begins_ns) / 1e9);
  const size = Math.abs(whole);
  return `${whole < 0 ? '\u2212' : ''}${Math.floor(size / 60)}:${String(size % 60).padStart(2, '0')}`;
}

/** The score in a few lines: what, and how much. */
export function figures(score: LiveScore): [string, string][] {
  const share = (v: number | null): string => (v === null ? '\u2013' : `${(100 * v).toFixed(0)} %`);
  const number = (v: number | null, unit = ''): string => (v === null ? '\u2013' : `${Number(v.toFixed(1))}${unit}`);
  return [
    ['GOSPA', number(score.gospa_m, ' m')],
    ['complete', share(score.completeness)],
    ['on nothing', share(score.spuriousness)],
    ['tracks a target', number(score.ambiguity)],
    ['alerts', `${score.warned} of ${score.due}`],
    ['warning', number(score.warning_s_median, ' s')],
    ['false alerts', String(score.false_alerts)],
  ];
}

export class DirectorPanel {
  private readonly panel = find('director');
  private readonly tab = find('tab-director');
  private readonly head = el('p', { class: 'head' });
  private readonly pause = el('button', { type: 'button' }, 'Pause');
  private readonly speed = el('select', { 'aria-label': 'Speed' });
  private readonly line = el('input', { type: 'text', placeholder: EXAMPLE, 'aria-label': 'An order', spellcheck: 'false' });
  private readonly said = el('pre', { class: 'said', role: 'status' });
  private readonly sensors = el('ul', { class: 'sensors' });
  private readonly score = el('dl', { class: 'score' });
  private readonly lost = el('p', { class: 'lost' });
  private readonly recent = el('ol', { class: 'recent' });
  private readonly notice = el('ul', { class: 'notice' });
  private standing: Standing | null = null;
  private timer = 0;
  private scored_ms = -Infinity;

  constructor(private readonly picture: Picture) {
    for (const speed of SPEEDS) this.speed.append(el('option', { value: String(speed) }, `${speed}\u00d7`));
    this.speed.value = '1';
    const end = el('button', { type: 'button', class: 'end' }, 'End');
    const form = el('form', {}, this.line, el('button', { type: 'submit' }, 'Do'));
    const part = (title: string, ...content: HTMLElement[]): HTMLElement => el('section', {}, el('h3', {}, title), ...content);
    this.panel.append(
      this.head,
      el('div', { class: 'pace' }, this.pause, this.speed, end),
      form,
      this.said,
      part('The last five minutes', this.score, this.lost),
      part('Sensors', this.sensors),
      part('What was done', this.recent),
      part('What they should notice', this.notice),
    );
    this.pause.addEventListener('click', () => void this.tell(this.standing?.speed ? 'pause' : 'resume'));
    this.speed.addEventListener('change', () => void this.tell(`speed ${this.speed.value}`));
    end.addEventListener('click', () => {
      if (window.confirm('End the exercise?')) void this.tell('end');
    });
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      if (this.line.value.trim()) void this.tell(this.line.value).then(() => (this.line.value = ''));
    });
    picture.on('hello', () => this.greet());
    picture.on('exercise', () => void this.look());
  }

  private greet(): void {
    const directs = this.picture.hello?.role === 'director';
    this.tab.hidden = !directs;
    clearInterval(this.timer);
    if (!directs) return;
    this.timer = window.setInterval(() => void this.look(), LOOK_MS);
    void this.look();
  }

  private async tell(line: string): Promise<void> {
    try {
      const answer = await fetch('/api/v1/exercise', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ tell: line }),
      });
      const { said, error } = (await answer.json()) as { said?: string; error?: string };
      setText(this.said, said ?? error ?? `the server answered ${answer.status}`);
    } catch {
      setText(this.said, 'the server does not answer');
    }
    await this.look();
  }

  private async look(): Promise<void> {
    if (this.picture.hello?.role !== 'director') return;
    const standing = await ask<Standing>('/api/v1/exercise');
    if (standing) this.show(standing);
    if (performance.now() - this.scored_ms < SCORE_MS) return;
    this.scored_ms = performance.now();
    const score = await ask<LiveScore>('/api/v1/exercise/score');
    if (score) this.showScore(score);
  }

  private show(standing: Standing): void {
    this.standing = standing;
    const pace = standing.ended ? 'over' : standing.speed === 0 ? 'paused' : `${standing.speed}\u00d7`;
    setText(this.head, `${standing.title}, ${since(standing.time_ns, standing.begins_ns)} in, ${pace}`);
    setText(this.pause, standing.speed === 0 ? 'Resume' : 'Pause');
    this.pause.disabled = standing.ended;
    if (standing.speed > 0 && document.activeElement !== this.speed) this.speed.value = String(standing.speed);
    this.sensors.replaceChildren(
      ...standing.sensors.map((sensor) => {
        const off = sensor.off_until_ns !== 0;
        const button = el('button', { type: 'button' }, off ? 'Restore' : 'Blind');
        button.addEventListener('click', () => void this.tell(`${off ? 'restore' : 'blind'} ${sensor.id}`));
        return el('li', { class: off ? 'off' : '' }, el('span', { title: sensor.id }, sensor.name), button);
      }),
    );
    this.recent.replaceChildren(
      ...standing.recent.slice(-12).reverse().map(([ns, words]) => el('li', {}, el('b', {}, since(ns, standing.begins_ns)), ` ${words}`)),
    );
    this.notice.replaceChildren(...standing.notice.map((words) => el('li', {}, words)));
  }

  private showScore(score: LiveScore): void {
    this.score.replaceChildren(...figures(score).map(([what, value]) => el('div', {}, el('dt', {}, what), el('dd', {}, value))));
    const lost = score.individuals.filter((one) => !one.now).map((one) => one.name);
    setText(this.lost, lost.length ? `Not tracked now: ${lost.slice(0, 12).join(', ')}${lost.length > 12 ? ' \u2026' : ''}` : 'All are tracked now.');
  }
}
