/** The top bar: clock with its state, node, counts, and the note of what is simulated. */

import { find, setText } from '../dom';
import { clock, date } from '../format';
import { AUTHORISED, COASTING, U8, UNAUTHORISED } from '../frames';
import type { ClockState } from '../clock';
import type { Picture } from '../picture';

/** The state in one word, and since when. */
export function stateWords(state: ClockState, speed: number, silence_s: number): string {
  const since = `${Math.floor(silence_s)} s`;
  switch (state) {
    case 'live':
      return 'LIVE';
    case 'replay':
      return `REPLAY ${speed === 1 ? '' : `${Number(speed.toFixed(1))}\u00d7`}`.trim();
    case 'exercise':
      return `EXERCISE ${speed === 1 ? '' : `${Number(speed.toFixed(1))}\u00d7`}`.trim();
    case 'past':
      return 'PAST';
    case 'paused':
      return 'EXERCISE PAUSED';
    case 'over':
      return 'EXERCISE OVER';
    case 'stale':
      return `STALE since ${since}`;
    case 'offline':
      return `OFFLINE since ${since}`;
    case 'connecting':
      return 'CONNECTING';
  }
}

export class StatusBar {
  private readonly state = find('state');
  private readonly utc = find('utc');
  private readonly day = find('date');
  private readonly counts = find('counts');

  constructor(private readonly picture: Picture) {
    picture.on('hello', () => this.greet());
  }

  /** Called about four times a second. */
  tick(): void {
    const { clock: time } = this.picture;
    const monotonic = performance.now();
    const state = time.state(monotonic);
    setText(this.state, stateWords(state, time.speed, time.silence_s(monotonic)));
    const name = `state ${state}`;
    if (this.state.className !== name) {
      this.state.className = name;
      document.body.dataset.state = state;
    }
    const now = time.now(monotonic);
    setText(this.utc, clock(now));
    setText(this.day, date(now));
    this.count();
  }

  private count(): void {
    const { tracks } = this.picture;
    const n = { authorised: 0, unauthorised: 0, unknown: 0, coasting: 0 };
    for (const id of tracks.ids()) {
      const slot = tracks.slotOf(id);
      if (slot === undefined) continue;
      const standing = tracks.u8(slot, U8.authorisation);
      if (standing === AUTHORISED) n.authorised += 1;
      else if (standing === UNAUTHORISED) n.unauthorised += 1;
      else n.unknown += 1;
      if (tracks.u8(slot, U8.status) === COASTING) n.coasting += 1;
    }
    const words = [`${tracks.size} tracks`, `${n.unauthorised} unauthorised`, `${n.unknown} unknown`];
    setText(this.counts, words.join('   \u00b7   '));
  }

  private greet(): void {
    const { hello } = this.picture;
    if (!hello) return;
    setText(find('node'), hello.node);
    const banner = find('simulated');
    banner.hidden = hello.simulated === '';
    setText(banner, `SIMULATED: ${hello.simulated}`);
    banner.title = hello.simulated;
    document.title = `Vedette \u2013 ${hello.node}`;
  }
}
