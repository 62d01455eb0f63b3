/** A short tone for a raised alert. Off until it is switched on. */

import { find, setText } from '../dom';

export class Sound {
  private on = false;
  private context: AudioContext | null = null;
  private last_ms = -Infinity;

  constructor() {
    const button = find('sound');
    button.addEventListener('click', () => {
      this.on = !this.on;
      button.setAttribute('aria-pressed', String(this.on));
      setText(button, this.on ? 'Sound on' : 'Sound off');
      if (this.on) {
        this.context ??= new AudioContext();
        this.tone(660, 0, 0.08);
      }
    });
  }

  /** One tone for a predicted, two for an actual alert; never more often than every two seconds. */
  alert(actual: boolean): void {
    const now = performance.now();
    if (!this.on || now - this.last_ms < 2000) return;
    this.last_ms = now;
    this.tone(660, 0, 0.16);
    if (actual) this.tone(880, 0.2, 0.22);
  }

  private tone(hertz: number, after_s: number, long_s: number): void {
    if (!this.context) return;
    const begin = this.context.currentTime + after_s;
    const source = this.context.createOscillator();
    const gain = this.context.createGain();
    source.frequency.value = hertz;
    gain.gain.setValueAtTime(0, begin);
    gain.gain.linearRampToValueAtTime(0.12, begin + 0.02);
    gain.gain.exponentialRampToValueAtTime(0.001, begin + long_s);
    source.connect(gain).connect(this.context.destination);
    source.start(begin);
    source.stop(begin + long_s + 0.02);
  }
}
