/** GLSL of the track layer. Every program reads the same state texture (see tracks.ts). */

const COMMON = `#version 300 es
precision highp float;
uniform highp sampler2D u_state;
uniform vec4 u_center;   // x hi, y hi, x lo, y lo of the middle of the screen
uniform vec4 u_screen;   // half width, half height (CSS px), CSS px a Mercator unit, now (s)
uniform vec4 u_look;     // symbol size (CSS px), leader (s), beat 0..1, scale of the page
in uint a_slot;

vec4 state(int k) { return texelFetch(u_state, ivec2((int(a_slot) & 255) * 5 + k, int(a_slot) >> 8), 0); }

// CSS pixels from the middle of the screen, y down.
vec2 place(vec4 p, vec4 m, vec4 e) {
  float now = u_screen.w;
  float dt = clamp(now - m.z, -12.0, 12.0);
  float k = exp(-max(0.0, now - e.z) / 0.4);
  vec2 d = (p.xy - u_center.xy) + (p.zw - u_center.zw) + m.xy * dt + e.xy * k;
  return d * u_screen.z;
}
vec4 clip(vec2 px) { return vec4(px.x / u_screen.x, -px.y / u_screen.y, 0.0, 1.0); }
float faded(vec4 m) { return clamp(1.0 - (u_screen.w - m.w) / 2.5, 0.0, 1.0); }
const vec2 CORNER[4] = vec2[4](vec2(-1, -1), vec2(1, -1), vec2(-1, 1), vec2(1, 1));
const vec4 AWAY = vec4(2.0, 2.0, 2.0, 1.0);
`;

const LEVEL_COLOUR = `
const vec3 AMBER = vec3(1.0, 0.69, 0.125);
const vec3 RED = vec3(1.0, 0.27, 0.27);
`;

export const SYMBOL_VERTEX = `${COMMON}
uniform vec4 u_atlas; // columns, rows
out vec2 v_uv;
out float v_alpha;
void main() {
  vec4 m = state(1), e = state(2), l = state(3);
  vec2 px = place(state(0), m, e);
  int flags = int(l.z);
  float size = u_look.x;
  bool strong = l.y > 0.0 || (flags & 18) != 0;
  if (strong) size = max(size, 27.0 * u_look.w);
  if ((flags & 4) != 0) size *= 0.8;
  vec2 corner = CORNER[gl_VertexID];
  vec2 cell = vec2(mod(l.x, u_atlas.x), floor(l.x / u_atlas.x));
  v_uv = (cell + (corner * 0.98 + 1.0) * 0.5) / u_atlas.xy;
  v_alpha = faded(m) * ((flags & 1) != 0 ? 0.62 : 1.0);
  gl_Position = clip(px + corner * size * 0.7);
}`;

export const SYMBOL_FRAGMENT = `#version 300 es
precision mediump float;
uniform sampler2D u_image;
in vec2 v_uv;
in float v_alpha;
out vec4 colour;
void main() { colour = texture(u_image, v_uv) * v_alpha; }`;

/** A ring about what is in alert or selected. */
export const RING_VERTEX = `${COMMON}
out vec2 v_at;
flat out vec2 v_level; // alert level, selected
out float v_alpha;
out float v_beat;
void main() {
  v_beat = u_look.z;
  vec4 m = state(1), l = state(3);
  bool selected = (int(l.z) & 2) != 0;
  if (l.y < 0.5 && !selected) { gl_Position = AWAY; return; }
  v_at = CORNER[gl_VertexID] * 34.0;
  v_level = vec2(l.y, selected ? 1.0 : 0.0);
  v_alpha = faded(m);
  gl_Position = clip(place(state(0), m, state(2)) + v_at * u_look.w);
}`;

export const RING_FRAGMENT = `#version 300 es
precision mediump float;
in float v_beat;
in vec2 v_at;
flat in vec2 v_level;
in float v_alpha;
out vec4 colour;
${LEVEL_COLOUR}
void main() {
  float r = length(v_at);
  vec4 c = vec4(0.0);
  if (v_level.x > 0.5) {
    vec3 hue = v_level.x > 1.5 ? RED : AMBER;
    float beat = 0.55 + 0.45 * cos(6.2832 * v_beat);
    float ring = 1.0 - smoothstep(0.8, 1.8, abs(r - 24.0));
    float glow = (1.0 - smoothstep(8.0, 32.0, r)) * 0.20;
    c = vec4(hue, 1.0) * (ring * (0.45 + 0.55 * beat) + glow * beat);
  }
  if (v_level.y > 0.5) {
    vec2 a = abs(v_at);
    float box = max(a.x, a.y);
    float corner = step(19.0, min(a.x, a.y));
    float line = (1.0 - smoothstep(0.7, 1.5, abs(box - 29.0))) * corner;
    c = mix(c, vec4(0.93, 0.96, 1.0, 1.0), line);
  }
  colour = c * v_alpha;
}`;

/** Where it will be in a while if it goes on as now. */
export const LEADER_VERTEX = `${COMMON}
out float v_across;
out float v_alpha;
void main() {
  vec4 m = state(1), l = state(3);
  int flags = int(l.z);
  vec2 way = m.xy * u_look.y * u_screen.z;
  float span = length(way);
  if (span < 6.0 || ((flags & 4) != 0 && (flags & 18) == 0)) { gl_Position = AWAY; return; }
  vec2 along = way / span;
  vec2 side = vec2(-along.y, along.x);
  vec2 corner = CORNER[gl_VertexID];
  v_across = corner.x * 1.6;
  v_alpha = faded(m) * ((flags & 2) != 0 || l.y > 0.0 ? 1.0 : 0.55);
  float start = min(u_look.x * 0.5, span);
  vec2 px = place(state(0), m, state(2)) + along * mix(start, span, (corner.y + 1.0) * 0.5) + side * v_across;
  gl_Position = clip(px);
}`;

export const LEADER_FRAGMENT = `#version 300 es
precision mediump float;
in float v_across;
in float v_alpha;
out vec4 colour;
void main() { colour = vec4(0.80, 0.87, 0.95, 1.0) * v_alpha * (1.0 - smoothstep(0.3, 1.3, abs(v_across))); }`;

/** Twice the 1-sigma ellipse, where it is larger than the symbol or the track is selected. */
export const ELLIPSE_VERTEX = `${COMMON}
out vec2 v_at;
flat out vec2 v_axes;
out float v_alpha;
flat out float v_level;
void main() {
  vec4 m = state(1), l = state(3), u = state(4);
  int flags = int(l.z);
  vec2 axes = 2.0 * u.xy * u_screen.z;
  bool selected = (flags & 2) != 0;
  bool wanted = selected ? axes.x > 3.0 : axes.x > u_look.x * 0.8 && (flags & 4) == 0;
  if (!(wanted && axes.x < 20000.0)) { gl_Position = AWAY; return; }
  axes.y = max(axes.y, 1.0);
  vec2 at = CORNER[gl_VertexID] * (axes + 3.0);
  v_at = at;
  v_axes = axes;
  v_level = l.y;
  v_alpha = faded(m) * (selected ? 1.0 : 0.55);
  vec2 major = vec2(sin(u.z), -cos(u.z));
  vec2 minor = vec2(-major.y, major.x);
  gl_Position = clip(place(state(0), m, state(2)) + major * at.x + minor * at.y);
}`;

export const ELLIPSE_FRAGMENT = `#version 300 es
precision highp float;
in vec2 v_at;
flat in vec2 v_axes;
in float v_alpha;
flat in float v_level;
out vec4 colour;
void main() {
  // Distance to an ellipse, to first order: f / |grad f|.
  vec2 q = v_at / v_axes;
  float f = dot(q, q) - 1.0;
  float d = f / max(length(2.0 * q / v_axes), 1e-6);
  float line = 1.0 - smoothstep(0.4, 1.2, abs(d));
  float inside = d < 0.0 ? 0.05 : 0.0;
  colour = vec4(0.66, 0.75, 0.86, 1.0) * (line * 0.7 + inside) * v_alpha;
}`;

/** Past positions: one texel a track and a tick; the newest stretch ends at the track itself. */
export const TRAIL_VERTEX = `${COMMON}
uniform highp sampler2D u_trail; // x: slot & 1023, y: (slot >> 10) * ticks + tick
uniform ivec2 u_ticks;           // newest tick, number of ticks
out float v_across;
out float v_alpha;
vec4 past(int back) {
  int tick = (u_ticks.x - back + u_ticks.y) % u_ticks.y;
  return texelFetch(u_trail, ivec2(int(a_slot) & 1023, (int(a_slot) >> 10) * u_ticks.y + tick), 0);
}
vec2 screen(vec4 p) { return ((p.xy - u_center.xy) + (p.zw - u_center.zw)) * u_screen.z; }
void main() {
  int back = gl_VertexID / 6;
  int k = gl_VertexID % 6;
  vec4 m = state(1), l = state(3);
  int flags = int(l.z);
  vec4 old = past(back);
  vec4 young = back == 0 ? vec4(1.0) : past(back - 1);
  if (old.x < 0.0 || young.x < 0.0 || (flags & 8) != 0) { gl_Position = AWAY; return; }
  vec2 a = screen(old);
  vec2 b = back == 0 ? place(state(0), m, state(2)) : screen(young);
  vec2 way = b - a;
  float span = length(way);
  if (span < 0.05) { gl_Position = AWAY; return; }
  vec2 side = vec2(-way.y, way.x) / span;
  bool end = k == 1 || k > 3;
  float across = k < 2 || k == 4 ? -1.0 : 1.0;
  v_across = across * 1.7;
  float age = (float(back) + (end ? 0.0 : 1.0)) / float(u_ticks.y);
  float strong = (flags & 2) != 0 || l.y > 0.0 ? 0.95 : (flags & 4) != 0 ? 0.22 : 0.5;
  v_alpha = strong * (1.0 - age) * faded(m);
  gl_Position = clip((end ? b : a) + side * v_across);
}`;

export const TRAIL_FRAGMENT = `#version 300 es
precision mediump float;
in float v_across;
in float v_alpha;
out vec4 colour;
void main() { colour = vec4(0.55, 0.68, 0.82, 1.0) * v_alpha * (1.0 - smoothstep(0.4, 1.5, abs(v_across))); }`;

export const GLYPH_VERTEX = `${COMMON.replace('in uint a_slot;', 'in float a_slot_f;\n#define a_slot uint(a_slot_f + 0.5)')}
in vec4 a_at;      // x, y from the track, width, height; CSS px
in vec3 a_uv;      // u, v, width in texels
in vec4 a_colour;
uniform vec3 u_font; // texels of a cell's height, texture size, device pixels a CSS pixel
out vec2 v_uv;
out vec4 v_colour;
void main() {
  vec4 m = state(1);
  vec2 corner = (CORNER[gl_VertexID] + 1.0) * 0.5;
  vec2 px = place(state(0), m, state(2));
  v_uv = (a_uv.xy + corner * vec2(a_uv.z, u_font.x)) / u_font.y;
  v_colour = a_colour * vec4(1.0, 1.0, 1.0, faded(m));
  // Whole device pixels keep the letters sharp.
  px = floor((px + u_screen.xy) * u_font.z + 0.5) / u_font.z - u_screen.xy;
  gl_Position = clip(px + a_at.xy + corner * a_at.zw);
}`;

export const GLYPH_FRAGMENT = `#version 300 es
precision mediump float;
uniform sampler2D u_image;
in vec2 v_uv;
in vec4 v_colour;
out vec4 colour;
void main() {
  vec4 t = texture(u_image, v_uv);
  float halo = t.g * 0.82;
  vec3 ink = mix(vec3(0.03, 0.05, 0.08), v_colour.rgb, t.r);
  float alpha = max(t.r, halo) * v_colour.a;
  colour = vec4(ink * alpha, alpha);
}`;
