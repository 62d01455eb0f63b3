/** What the server says, as JSON. The Python side is `vedette.core`.
 *
 * A field that equals its default there is left out: a sensor without a modality is a radar,
 * with a range of 100 km, seeing all round; a health that is not said is unknown.
 */

import type { Advice } from './advice';

export interface Claim {
  scheme: string;
  ident: string;
  callsign?: string;
  squawk?: string;
  category?: string;
  emergency?: string;
  on_ground?: boolean;
  operator_id?: string;
  operator_lat_deg?: number;
  operator_lon_deg?: number;
  operator_alt_m?: number;
  description?: string;
}

export interface Identity {
  track_id: number;
  time_ns: number;
  label: string;
  since_ns: number;
  classes?: Record<string, number>;
  authorisation?: string;
  reasons?: string[];
  claims?: Claim[];
  sensors?: string[];
}

export interface Alert {
  alert_id: string;
  time_ns: number;
  track_id: number;
  rule: string;
  zone: string;
  zone_name: string;
  state: 'predicted' | 'actual' | 'cleared';
  severity: 'info' | 'caution' | 'warning';
  probability: number;
  lat_deg: number | null;
  lon_deg: number | null;
  time_to_entry_s?: number | null;
  label?: string;
  reasons?: string[];
  kind?: string;
  members?: number[];
  sensor?: string;
  part_of?: string; // the alert of many that speaks for this one too
  acknowledged_by?: string;
  acknowledged_ns?: number | null;
  escalated?: number;
  suppressed_by?: string;
  suppressed_why?: string;
  suppressed_until_ns?: number | null;
}

export interface Sensor {
  id: string;
  index?: number;
  source?: string;
  name?: string;
  modality?: string;
  scan?: string;
  lat_deg?: number | null;
  lon_deg?: number | null;
  alt_m?: number | null;
  period_s?: number | null;
  range_max_m?: number;
  azimuth_from_deg?: number;
  azimuth_width_deg?: number;
  simulated?: boolean;
}

export interface SensorStatus {
  id: string;
  index?: number;
  health?: string;
  detail?: string;
  last_heard_ns?: number | null;
  frames?: number;
  observations?: number;
  quarantined?: Record<string, number>;
}

export interface Volume {
  rings?: [number, number][][];
  circle?: [number, number, number] | null;
  lower_m?: number | null;
  lower_reference?: string;
  upper_m?: number | null;
  upper_reference?: string;
}

export interface Period {
  start_ns?: number | null;
  end_ns?: number | null;
  days?: number[];
  from_s?: number | null;
  to_s?: number | null;
}

export interface Zone {
  id: string;
  name: string;
  type: string;
  volumes: Volume[];
  periods?: Period[];
  message?: string;
  reasons?: string[];
}

/** A volume as a person writes it down; heights as of zones. */
export interface Area extends Omit<Volume, 'rings'> {
  polygon?: [number, number][];
}

/** Who may fly: an authorisation of a drone or of an operator's drones, or a flight plan. */
export interface Leave {
  kind: 'authorisation' | 'flight-plan';
  holder?: string;
  who?: string;
  zones?: string[];
  area?: Area | null;
  start_ns?: number | null;
  end_ns?: number | null;
  reference?: string;
}

/** Answer of /api/v1/leaves. how: heard under that name, or seen by others than itself too. */
export interface LeaveAnswer {
  time_ns: number;
  known: boolean;
  leaves: (Leave & {
    holds: boolean;
    flying: { track_id: number; label: string; how: 'heard' | 'seen'; authorisation: string }[];
  })[];
  later: number;
  over: number;
  left_off: number;
}

export interface Hello {
  type: 'hello';
  node: string;
  version: string;
  mode: 'live' | 'replay';
  speed: number;
  simulated: string;
  role?: string;
  person?: string; // empty where the log-in names none
  author?: string; // how it signs in the record
  rights?: string[];
  classes: string[];
  view: { lat_deg: number; lon_deg: number; zoom: number };
  zones: Zone[];
  sensors: Sensor[];
}

export interface Process {
  name: string;
  state: string;
  detail?: string;
}

/** Where satellite navigation is disturbed, or is not; where nobody tells anything there is no cell. */
export interface DisturbedCell {
  south_deg: number;
  west_deg: number;
  north_deg: number;
  east_deg: number;
  level: 'green' | 'yellow' | 'red';
  aircraft: number;
  bad: number;
  since_ns: number;
  reasons?: string[];
}

export type Message =
  | Hello
  | ({ type: 'identity' } & Identity)
  | ({ type: 'alert' } & Alert)
  | ({ type: 'incident' } & IncidentSummary)
  | { type: 'sensor'; sensor: Sensor; status?: SensorStatus | null }
  | { type: 'zones'; zones: Zone[] }
  | ({ type: 'process' } & Process)
  | { type: 'interference'; time_ns: number; cells: DisturbedCell[] }
  | ({ type: 'closure' } & Advice)
  | ({ type: 'exercise' } & Pace);

export type IncidentState = 'open' | 'assessed' | 'responding' | 'closed' | 'reviewed';

/** One incident in a line of the list. */
export interface IncidentSummary {
  id: string;
  state: IncidentState | null;
  title: string | null;
  what: string | null;
  site: string | null;
  in_charge: string | null;
  opened_ns: number | null;
  changed_ns: number;
  severity: 'info' | 'caution' | 'warning' | null;
  alerts: string[];
  holding: number;
  tasks_open: number;
  tasks_done: number;
  due_ns: number | null;
  attached: number;
  entries: number;
  up_to: Record<string, number>; // newest entry of each node that says more than that somebody saw it
  seen: Record<string, Record<string, number>>;
}

/** An entry, by the node that made it and its seq. */
export interface Place {
  node: string;
  seq: number;
}

/** One entry of an incident's record; the fields of event are those of its kind. */
export interface RecordLine {
  place: Place;
  time_ns: number;
  kind: string;
  author: string;
  event: Record<string, unknown> | null;
  corrected_by?: Place;
  withdrawn?: boolean;
  marks?: string[];
}

export interface Task {
  task: string;
  what: string;
  owner: string;
  due_ns?: number | null;
  done?: boolean | null;
  done_ns?: number | null;
  remark?: string | null;
}

export interface Attached {
  what: string;
  title: string;
  sha256: string;
  size_bytes: number;
  media_type?: string | null;
}

/** A step of a procedure: what a person would set, and the task that it became. */
export interface Item {
  step: { name: string; what: string; owner: string; due_s?: number | null };
  set: { task: string; what: string; owner: string; due_ns?: number | null };
  task: Task | null;
}

export interface IncidentAnswer {
  summary: IncidentSummary;
  incident: { alerts: Alert[]; tasks: Task[]; attached: Attached[]; record: RecordLine[] };
  older: number; // entries before those of record
  procedures: { name: string; title: string; items: Item[] }[];
}

/** How an exercise goes; speed 0 is paused. */
export interface Pace {
  title: string;
  speed: number;
  ended: boolean;
}

/** Where an exercise stands, for its director. off_until_ns: 0 works, null until it is restored. */
export interface Standing {
  title: string;
  seed: number;
  time_ns: number;
  begins_ns: number;
  speed: number;
  ended: boolean;
  sensors: { id: string; name: string; off_until_ns: number | null }[];
  recent: [number, string][];
  notice: string[];
}

/** The score of the last minutes, for the director. */
export interface LiveScore {
  window_s: number;
  gospa_m: number;
  missed: number;
  false: number;
  completeness: number | null;
  ambiguity: number | null;
  spuriousness: number | null;
  due: number;
  warned: number;
  warning_s_median: number | null;
  false_alerts: number;
  individuals: { name: string; class_name: string; authorised: boolean; completeness: number; now: boolean }[];
}

/** One point of a recorded trail: time_ns, latitude, longitude, altitude or null. */
export type TrailPoint = [number, number, number, number | null];

export interface TrackAnswer {
  track: Record<string, unknown>;
  identity?: Identity | null;
  trail?: TrailPoint[];
}
