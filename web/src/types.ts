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

export interface Hello {
  type: 'hello';
  node: string;
  version: string;
  mode: 'live' | 'replay';
  speed: number;
  simulated: string;
  role?: 'watch' | 'director';
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

export type Message =
  | Hello
  | ({ type: 'identity' } & Identity)
  | ({ type: 'alert' } & Alert)
  | { type: 'sensor'; sensor: Sensor; status?: SensorStatus | null }
  | { type: 'zones'; zones: Zone[] }
  | ({ type: 'process' } & Process)
  | ({ type: 'closure' } & Advice)
  | ({ type: 'exercise' } & Pace);

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
