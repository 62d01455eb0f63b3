/** All that the page knows: who listens is told what changed. */

import type { Advice } from './advice';
import { PictureClock } from './clock';
import { F32, U8, UNKNOWN_CLASS, type Frame } from './frames';
import { shortHeight, shortSpeed } from './format';
import type { Symbols } from './gl/symbols';
import type { SensorEntry } from './map/sensors';
import { Tracks } from './tracks';
import type { Alert, DisturbedCell, Hello, Identity, IncidentSummary, Message, Pace, Process, Sensor, SensorStatus, Zone } from './types';

export type Change =
  | 'hello'
  | 'zones'
  | 'sensors'
  | 'alerts'
  | 'identity'
  | 'processes'
  | 'selection'
  | 'exercise'
  | 'incidents'
  | 'interference'
  | 'closure'
  | 'past';

export interface AlertEntry extends Alert {
  first_ms: number; // when this page first saw it, picture time
}

const CLEARED_KEPT = 40;

export class Picture {
  readonly live = new PictureClock();
  readonly tracks: Tracks;
  private readonly liveIdentities = new Map<number, Identity>();
  private readonly thenIdentities = new Map<number, Identity>();
  private past: PictureClock | null = null; // while a time of the past is shown
  heldThen: Alert[] = []; // alerts that held at that time
  readonly alerts = new Map<string, AlertEntry>();
  readonly incidents = new Map<string, IncidentSummary>();
  readonly sensors = new Map<string, SensorEntry>();
  readonly processes = new Map<string, Process>();
  readonly advices = new Map<string, Advice>(); // on closures, by airport
  zones: Zone[] = [];
  interference: DisturbedCell[] = [];
  classes: string[] = [];
  hello: Hello | null = null;
  pace: Pace | null = null; // of an exercise
  frames = 0;
  update_ms = 0; // smoothed JavaScript time of one frame
  private readonly listeners = new Map<Change, (() => void)[]>();
  private readonly raised: ((alert: AlertEntry) => void)[] = [];

  constructor(private readonly symbols: Symbols) {
    this.tracks = new Tracks((c, a, coasting) => symbols.cell(c, a, coasting));
  }

  /** The clock of what is shown. */
  get clock(): PictureClock {
    return this.past ?? this.live;
  }

  /** Who the tracks that are shown are. */
  get identities(): Map<number, Identity> {
    return this.past ? this.thenIdentities : this.liveIdentities;
  }

  /** Alerts that hold in what is shown. */
  held(): Iterable<Alert> {
    return this.past ? this.heldThen : this.alerts.values();
  }

  /** Show the past from now on; live alerts are still taken and told. */
  enterPast(clock: PictureClock): void {
    this.past = clock;
    this.thenIdentities.clear();
    this.heldThen = [];
    this.clearPast();
    this.tell('past');
  }

  /** Back to live; somebody asks for the whole picture. */
  leavePast(): void {
    this.past = null;
    this.heldThen = [];
    this.tracks.clear();
    this.tell('past');
    this.tell('identity');
  }

  clearPast(): void {
    this.tracks.clear();
  }

  pastFrame(frame: Frame): void {
    this.tracks.apply(frame, this.clock.shown(performance.now()));
  }

  pastIdentities(identities: Identity[]): void {
    for (const identity of identities) this.thenIdentities.set(identity.track_id, identity);
    this.tell('identity');
  }

  on(change: Change, listener: () => void): void {
    const list = this.listeners.get(change) ?? [];
    list.push(listener);
    this.listeners.set(change, list);
  }

  /** Called once for each alert that becomes predicted or actual. */
  onRaised(listener: (alert: AlertEntry) => void): void {
    this.raised.push(listener);
  }

  tell(change: Change): void {
    for (const listener of this.listeners.get(change) ?? []) listener();
  }

  /** Whether this log-in has a right; what it has not, the page does not offer. */
  may(right: string): boolean {
    return this.hello?.rights?.includes(right) ?? false;
  }

  now_ms(): number {
    return this.clock.now(performance.now());
  }

  /** The time of the live picture, whatever is shown. */
  live_ms(): number {
    return this.live.now(performance.now());
  }

  frame(frame: Frame): void {
    const began = performance.now();
    this.live.frame(frame.time_ms, began);
    this.frames += 1;
    if (this.past) return;
    this.tracks.apply(frame, this.live.shown(began));
    this.update_ms += 0.1 * (performance.now() - began - this.update_ms);
  }

  message(message: Message): void {
    switch (message.type) {
      case 'hello':
        return this.greet(message);
      case 'identity':
        this.liveIdentities.set(message.track_id, message);
        return this.past ? undefined : this.tell('identity');
      case 'alert':
        return this.takeAlert(message);
      case 'incident':
        this.incidents.set(message.id, message);
        return this.tell('incidents');
      case 'sensor':
        this.takeSensor(message.sensor, message.status ?? null);
        return this.tell('sensors');
      case 'zones':
        this.zones = message.zones;
        return this.tell('zones');
      case 'process':
        this.processes.set(message.name, message);
        return this.tell('processes');
      case 'interference':
        this.interference = message.cells;
        return this.tell('interference');
      case 'closure':
        this.advices.set(message.airport, message);
        return this.tell('closure');
      case 'exercise':
        this.pace = message;
        this.live.exercise(message.speed, message.ended, performance.now());
        return this.tell('exercise');
    }
  }

  select(id: number | null): void {
    if (this.tracks.selected === id) return;
    this.tracks.selected = id;
    this.tracks.mark();
    this.tell('selection');
  }

  label(id: number): string {
    return this.identities.get(id)?.label || `T${id}`;
  }

  className(slot: number): string | undefined {
    const index = this.tracks.u8(slot, U8.classIndex);
    return index === UNKNOWN_CLASS ? undefined : this.classes[index];
  }

  /** Two lines for the map: who, and how high and fast. */
  labelText(slot: number): [string, string] {
    const { tracks } = this;
    const name = this.className(slot);
    const height = shortHeight(tracks.f32(slot, F32.alt), tracks.f32(slot, F32.baro), name);
    const v = Math.hypot(tracks.f32(slot, F32.vEast), tracks.f32(slot, F32.vNorth));
    const up = tracks.f32(slot, F32.vUp);
    const arrow = up > 1.5 ? '\u2191' : up < -1.5 ? '\u2193' : '';
    return [clipped(this.label(tracks.idOf(slot))), `${height}${arrow}  ${shortSpeed(v, name)}`.trim()];
  }

  /** Alerts that hold, newest first; those of members under that of the many; suppressed ones last. */
  open(): AlertEntry[] {
    return ordered([...this.alerts.values()].filter((a) => a.state !== 'cleared'));
  }

  cleared(): AlertEntry[] {
    return [...this.alerts.values()].filter((a) => a.state === 'cleared').sort((a, b) => b.time_ns - a.time_ns);
  }

  takeAlert(alert: Alert): void {
    const before = this.alerts.get(alert.alert_id);
    if (before && before.time_ns > alert.time_ns) return;
    const first_ms = before?.first_ms ?? alert.time_ns / 1e6;
    const entry = { ...alert, first_ms };
    this.alerts.set(alert.alert_id, entry);
    for (const old of this.cleared().slice(CLEARED_KEPT)) this.alerts.delete(old.alert_id);
    if (asks(alert, before)) this.raised.forEach((tell) => tell(entry));
    this.tell('alerts');
  }

  private greet(hello: Hello): void {
    this.hello = hello;
    this.classes = hello.classes;
    this.symbols.setClasses(hello.classes);
    this.tracks.birdClass = hello.classes.indexOf('bird');
    this.live.reset(hello.mode, hello.speed);
    this.zones = hello.zones;
    this.liveIdentities.clear();
    this.alerts.clear();
    this.incidents.clear();
    this.processes.clear();
    this.advices.clear();
    this.interference = [];
    const ids = new Set(hello.sensors.map((sensor) => sensor.id));
    for (const id of this.sensors.keys()) if (!ids.has(id)) this.sensors.delete(id);
    for (const sensor of hello.sensors) this.takeSensor(sensor, null);
    for (const change of ['hello', 'zones', 'sensors', 'alerts', 'incidents', 'processes', 'interference', 'closure'] as const) this.tell(change);
  }

  private takeSensor(sensor: Sensor, status: SensorStatus | null): void {
    const before = this.sensors.get(sensor.id);
    const heard_ms = performance.now();
    let rate = before?.rate ?? null;
    if (status && before?.status) {
      const seconds = (heard_ms - before.heard_ms) / 1000;
      const more = (status.observations ?? 0) - (before.status.observations ?? 0);
      // Statuses come about once a second; a smoothed rate does not flicker.
      if (seconds > 0.2 && more >= 0) rate = rate === null ? more / seconds : rate + 0.25 * (more / seconds - rate);
    }
    const kept = status ?? before?.status ?? null;
    this.sensors.set(sensor.id, { sensor, status: kept, rate, heard_ms });
  }
}

/** Whether an alert is only to be looked at: not sure enough to ring. */
export function isNote(alert: Alert): boolean {
  return alert.severity === 'info' && alert.state !== 'cleared' && !alert.suppressed_by;
}

/** Whether a change wants somebody's attention: a new state, a note that is sure now, or nobody answered. */
export function asks(alert: Alert, before: Alert | undefined): boolean {
  if (alert.state === 'cleared' || alert.suppressed_by || alert.part_of || isNote(alert)) return false;
  const told_again = Boolean(before?.suppressed_by) || (before !== undefined && isNote(before));
  return before?.state !== alert.state || told_again || (alert.escalated ?? 0) > (before?.escalated ?? 0);
}

/** Newest first, members under the alert of the many, notes after the alerts, suppressed ones last. */
export function ordered(alerts: AlertEntry[]): AlertEntry[] {
  const known = new Set(alerts.map((a) => a.alert_id));
  const quiet = (a: AlertEntry): number => (a.suppressed_by ? 2 : isNote(a) ? 1 : 0);
  const sorted = [...alerts].sort((a, b) => quiet(a) - quiet(b) || b.first_ms - a.first_ms);
  const heads = sorted.filter((a) => !a.part_of || !known.has(a.part_of));
  return heads.flatMap((head) => [head, ...sorted.filter((a) => a.part_of === head.alert_id)]);
}

function clipped(text: string): string {
  return text.length > 22 ? `${text.slice(0, 21)}\u2026` : text;
}
