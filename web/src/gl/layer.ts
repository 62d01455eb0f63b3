/** The track layer: a transparent WebGL2 canvas over the map, drawn from the state texture.
 *
 * A canvas of its own, not a custom layer of the map: tracks move all the time and the map does
 * not, so the map need not be drawn again for every step of a track.
 */

import { uiScale } from '../dom';
import { STATE_FLOATS, type Tracks } from '../tracks';
import { Glyphs } from './glyphs';
import { Labels, type Camera, type LabelText } from './labels';
import { floatTexture, imageTexture, link, type Program } from './program';
import * as glsl from './shaders';
import type { Symbols } from './symbols';
import { TICKS, Trails } from './trails';

const LABELS_MS = 250;

export interface Look {
  labels: boolean;
  trails: boolean;
  leaders: boolean;
  ellipses: boolean;
  leader_s: number;
}

export class TrackLayer {
  readonly canvas = document.createElement('canvas');
  draw_ms = 0; // smoothed JavaScript time of one drawing
  readonly labels: Labels;
  readonly trails: Trails;
  private readonly gl: WebGL2RenderingContext;
  private readonly glyphs: Glyphs;
  private readonly programs: Record<'symbol' | 'ring' | 'leader' | 'ellipse' | 'trail' | 'glyph', Program>;
  private readonly slots: WebGLBuffer;
  private readonly letters: WebGLBuffer;
  private state: WebGLTexture | null = null;
  private stateCapacity = 0;
  private image: WebGLTexture | null = null;
  private font: WebGLTexture | null = null;
  private readonly scale = uiScale();
  private labelled_ms = -Infinity;
  private labelledZoom = Number.NaN;

  constructor(
    private readonly tracks: Tracks,
    private readonly symbols: Symbols,
    private readonly text: LabelText,
  ) {
    const gl = this.canvas.getContext('webgl2', { antialias: false, premultipliedAlpha: true });
    if (!gl) throw new Error('expected a browser with WebGL2, this one gives none');
    this.gl = gl;
    this.canvas.className = 'tracks';
    this.glyphs = new Glyphs(Math.min(3, Math.max(1, devicePixelRatio)), Math.round(12 * this.scale));
    this.labels = new Labels(this.glyphs);
    this.trails = new Trails(gl);
    this.programs = {
      symbol: link(gl, 'symbol', glsl.SYMBOL_VERTEX, glsl.SYMBOL_FRAGMENT),
      ring: link(gl, 'ring', glsl.RING_VERTEX, glsl.RING_FRAGMENT),
      leader: link(gl, 'leader', glsl.LEADER_VERTEX, glsl.LEADER_FRAGMENT),
      ellipse: link(gl, 'ellipse', glsl.ELLIPSE_VERTEX, glsl.ELLIPSE_FRAGMENT),
      trail: link(gl, 'trail', glsl.TRAIL_VERTEX, glsl.TRAIL_FRAGMENT),
      glyph: link(gl, 'glyph', glsl.GLYPH_VERTEX, glsl.GLYPH_FRAGMENT),
    };
    this.slots = gl.createBuffer();
    this.letters = gl.createBuffer();
    this.image = imageTexture(gl, symbols.canvas, null, true);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  }

  /** Labels are placed anew at the next drawing. */
  relabel(): void {
    this.labelled_ms = -Infinity;
  }

  /** Size of a symbol in CSS pixels: small where many are seen from far away. */
  symbolSize(zoom: number): number {
    return Math.min(28, Math.max(11, 12 + (zoom - 5) * 2.4)) * this.scale;
  }

  /** Draw the picture at a time. */
  draw(camera: Camera, now_ms: number, look: Look): void {
    const began = performance.now();
    const gl = this.gl;
    this.resize(camera);
    this.trails.sample(this.tracks, now_ms);
    this.upload();
    const size = this.symbolSize(camera.zoom);
    if (look.labels && (began - this.labelled_ms > LABELS_MS || this.labelledZoom !== camera.zoom)) {
      // While the map is zoomed, labels would flicker if they were placed for every step.
      if (began - this.labelled_ms > 80) {
        this.labels.layout(this.tracks, camera, now_ms, this.text, size);
        this.labelled_ms = began;
        this.labelledZoom = camera.zoom;
        this.uploadLetters();
      }
    }
    gl.viewport(0, 0, this.canvas.width, this.canvas.height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    const count = this.tracks.drawn;
    if (count) {
      const common = [camera, now_ms, size, look.leader_s] as const;
      if (look.trails) this.drawTrails(common, count);
      if (look.ellipses) this.drawQuads(this.programs.ellipse, common, count);
      if (look.leaders) this.drawQuads(this.programs.leader, common, count);
      this.drawQuads(this.programs.ring, common, count);
      this.drawSymbols(common, count);
      if (look.labels) this.drawLetters(common);
    }
    this.draw_ms += 0.05 * (performance.now() - began - this.draw_ms);
  }

  private resize(camera: Camera): void {
    const width = Math.round(camera.width * devicePixelRatio);
    const height = Math.round(camera.height * devicePixelRatio);
    if (this.canvas.width === width && this.canvas.height === height) return;
    this.canvas.width = width;
    this.canvas.height = height;
  }

  private upload(): void {
    const { gl, tracks } = this;
    if (!tracks.changed) return;
    tracks.changed = false;
    if (this.stateCapacity !== tracks.capacity) {
      if (this.state) gl.deleteTexture(this.state);
      this.stateCapacity = tracks.capacity;
      this.state = floatTexture(gl, 256 * (STATE_FLOATS / 4), tracks.capacity / 256);
    }
    gl.bindTexture(gl.TEXTURE_2D, this.state);
    const rows = Math.ceil(tracks.slotsUsed / 256);
    if (rows) {
      gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, 256 * (STATE_FLOATS / 4), rows, gl.RGBA, gl.FLOAT, tracks.state);
    }
    gl.bindBuffer(gl.ARRAY_BUFFER, this.slots);
    gl.bufferData(gl.ARRAY_BUFFER, tracks.order.subarray(0, tracks.drawn), gl.DYNAMIC_DRAW);
  }

  private uploadLetters(): void {
    const { gl, labels } = this;
    gl.bindBuffer(gl.ARRAY_BUFFER, this.letters);
    gl.bufferData(gl.ARRAY_BUFFER, labels.data.subarray(0, labels.count * Labels.floats), gl.DYNAMIC_DRAW);
    if (this.glyphs.dirty) {
      this.glyphs.dirty = false;
      this.font = imageTexture(gl, this.glyphs.canvas, this.font, false);
    }
  }

  private begin(p: Program, [camera, now_ms, size, leader_s]: Common): void {
    const gl = this.gl;
    gl.useProgram(p.program);
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.state);
    gl.uniform1i(p.at('u_state'), 0);
    const x = Math.fround(camera.x);
    const y = Math.fround(camera.y);
    gl.uniform4f(p.at('u_center'), x, y, camera.x - x, camera.y - y);
    const now_s = now_ms / 1000 - this.tracks.epoch_s;
    gl.uniform4f(p.at('u_screen'), camera.width / 2, camera.height / 2, camera.scale, now_s);
    gl.uniform4f(p.at('u_look'), size, leader_s, (performance.now() / 2000) % 1, this.scale);
  }

  private perSlot(p: Program): void {
    const gl = this.gl;
    gl.bindBuffer(gl.ARRAY_BUFFER, this.slots);
    gl.enableVertexAttribArray(p.slot);
    gl.vertexAttribIPointer(p.slot, 1, gl.UNSIGNED_INT, 0, 0);
    gl.vertexAttribDivisor(p.slot, 1);
  }

  private bind(p: Program, uniform: string, texture: WebGLTexture | null): void {
    const gl = this.gl;
    gl.activeTexture(gl.TEXTURE1);
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.uniform1i(p.at(uniform), 1);
    gl.activeTexture(gl.TEXTURE0);
  }

  private drawQuads(p: Program, common: Common, count: number): void {
    this.begin(p, common);
    this.perSlot(p);
    this.gl.drawArraysInstanced(this.gl.TRIANGLE_STRIP, 0, 4, count);
    this.gl.disableVertexAttribArray(p.slot);
  }

  private drawSymbols(common: Common, count: number): void {
    const p = this.programs.symbol;
    this.begin(p, common);
    this.bind(p, 'u_image', this.image);
    this.gl.uniform4f(p.at('u_atlas'), this.symbols.columns, this.symbols.rows, 0, 0);
    this.perSlot(p);
    this.gl.drawArraysInstanced(this.gl.TRIANGLE_STRIP, 0, 4, count);
    this.gl.disableVertexAttribArray(p.slot);
  }

  private drawTrails(common: Common, count: number): void {
    const p = this.programs.trail;
    this.begin(p, common);
    this.bind(p, 'u_trail', this.trails.texture);
    this.gl.uniform2i(p.at('u_ticks'), this.trails.head, TICKS);
    this.perSlot(p);
    const segments = this.trails.segments(this.tracks);
    this.gl.drawArraysInstanced(this.gl.TRIANGLES, 0, 6 * segments, count);
    this.gl.disableVertexAttribArray(p.slot);
  }

  private drawLetters(common: Common): void {
    const { gl, labels } = this;
    if (!labels.count) return;
    const p = this.programs.glyph;
    this.begin(p, common);
    this.bind(p, 'u_image', this.font);
    gl.uniform3f(p.at('u_font'), this.glyphs.cell_px, this.glyphs.size, this.glyphs.ratio);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.letters);
    const layout: [number, number, number][] = [
      [gl.getAttribLocation(p.program, 'a_slot_f'), 1, 0],
      [gl.getAttribLocation(p.program, 'a_at'), 4, 1],
      [gl.getAttribLocation(p.program, 'a_uv'), 3, 5],
      [gl.getAttribLocation(p.program, 'a_colour'), 4, 8],
    ];
    for (const [at, size, offset] of layout) {
      gl.enableVertexAttribArray(at);
      gl.vertexAttribPointer(at, size, gl.FLOAT, false, Labels.floats * 4, offset * 4);
      gl.vertexAttribDivisor(at, 1);
    }
    gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, labels.count);
    for (const [at] of layout) gl.disableVertexAttribArray(at);
  }
}

type Common = readonly [camera: Camera, now_ms: number, size: number, leader_s: number];
