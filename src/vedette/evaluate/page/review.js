'use strict';
// Steps through a recorded exercise. Reads the JSON beside it and needs nothing else.
(() => {
  const D = JSON.parse(document.getElementById('data').textContent);
  const $ = (id) => document.getElementById(id);
  const canvas = $('map'), ink = canvas.getContext('2d');
  const layers = { truth: true, picture: true, plots: true, bearings: false, sensors: true, names: true };
  const S = { t: 0, playing: false, speed: 10, selected: null, follow: false, verdict: null, x: 0, y: 0, scale: 0.05 };
  const byId = new Map(D.individuals.map((one) => [one.id, one]));
  const sensorOf = new Map(D.sensors.map((one) => [one.index, one]));
  const RECENT_S = 3, TRAIL_S = 60;
  const items = [...$('list').children].filter((item) => item.dataset.id);
  let colours = {};

  // Values at a time

  /** Index of the last value at or before t; -1 before the first. */
  function before(times, t) {
    let low = 0, high = times.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (times[middle] <= t + 1e-6) low = middle + 1; else high = middle;
    }
    return low - 1;
  }
  /** Where something with t, x, y is at a time; null when it is not there. Holes of five seconds end it. */
  function at(one, t) {
    const i = before(one.t, t);
    if (i < 0) return null;
    const here = one.t[i];
    if (i + 1 >= one.t.length || one.t[i + 1] - here > 5) return t - here <= 1.05 ? { x: one.x[i], y: one.y[i], i } : null;
    const share = (t - here) / (one.t[i + 1] - here);
    return { x: one.x[i] + share * (one.x[i + 1] - one.x[i]), y: one.y[i] + share * (one.y[i + 1] - one.y[i]), i };
  }
  const clock = (s) => {
    const whole = Math.max(0, Math.floor(s + 1e-6)), h = Math.floor(whole / 3600), rest = whole % 3600;
    const two = (n) => String(n).padStart(2, '0');
    return h ? `${h}:${two(Math.floor(rest / 60))}:${two(rest % 60)}` : `${Math.floor(rest / 60)}:${two(rest % 60)}`;
  };
  const utc = (s) => new Date(D.start_ms + s * 1000).toISOString().slice(11, 19);
  const words = (text) => text.replaceAll('_', ' ');
  const isOff = (sensor, t) => D.events.some((e) => e.kind === 'silence' && e.sensor === sensor.id && e.time_s <= t
    && (e.until_s === null || t < e.until_s)
    && !D.events.some((r) => r.kind === 'restore' && r.sensor === sensor.id && r.time_s > e.time_s && r.time_s <= t));

  // The map

  const px = (x) => canvas.clientWidth / 2 + (x - S.x) * S.scale;
  const py = (y) => canvas.clientHeight / 2 - (y - S.y) * S.scale;
  function readColours() {
    const style = getComputedStyle(document.documentElement);
    for (const name of ['ink', 'soft', 'faint', 'rule', 'sheet', 'drones', 'manned', 'others', 'unauthorised', 'authorised',
      'unknown', 'zone', 'plot', 'missed', 'false', 'event', 'right']) colours[name] = style.getPropertyValue(`--${name}`).trim();
  }
  function fit() {
    const points = [];
    for (const one of D.individuals) if (one.group === 'drones') one.x.forEach((x, i) => points.push([x, one.y[i]]));
    for (const zone of D.zones) for (const shape of zone.shapes) {
      if (shape.circle) { const [x, y, r] = shape.circle; points.push([x - r, y - r], [x + r, y + r]); }
    }
    if (!points.length) for (const one of D.individuals) one.x.forEach((x, i) => points.push([x, one.y[i]]));
    if (!points.length) return;
    let [left, right, low, high] = [Infinity, -Infinity, Infinity, -Infinity];
    for (const [x, y] of points) { left = Math.min(left, x); right = Math.max(right, x); low = Math.min(low, y); high = Math.max(high, y); }
    S.x = (left + right) / 2; S.y = (low + high) / 2;
    S.scale = 0.9 * Math.min(canvas.clientWidth / Math.max(right - left, 200), canvas.clientHeight / Math.max(high - low, 200));
  }
  function zoom(factor, cx = canvas.clientWidth / 2, cy = canvas.clientHeight / 2) {
    const x = S.x + (cx - canvas.clientWidth / 2) / S.scale, y = S.y - (cy - canvas.clientHeight / 2) / S.scale;
    S.scale = Math.min(20, Math.max(0.0005, S.scale * factor));
    S.x = x - (cx - canvas.clientWidth / 2) / S.scale; S.y = y + (cy - canvas.clientHeight / 2) / S.scale;
    draw();
  }
  function path(one, from, to) {
    let begun = false, last = -1;
    ink.beginPath();
    for (let i = Math.max(0, before(one.t, from)); i < one.t.length && one.t[i] <= to; i++) {
      if (one.t[i] < from) continue;
      const x = px(one.x[i]), y = py(one.y[i]);
      if (!begun || one.t[i] - one.t[last] > 5) ink.moveTo(x, y); else ink.lineTo(x, y);
      begun = true; last = i;
    }
    ink.stroke();
  }
  function symbol(group, x, y, size) {
    ink.beginPath();
    if (group === 'drones') { ink.moveTo(x, y - size); ink.lineTo(x + size * 0.9, y + size * 0.75); ink.lineTo(x - size * 0.9, y + size * 0.75); ink.closePath(); }
    else if (group === 'manned') { ink.moveTo(x, y - size); ink.lineTo(x + size, y); ink.lineTo(x, y + size); ink.lineTo(x - size, y); ink.closePath(); }
    else ink.arc(x, y, size * 0.6, 0, 7);
    ink.fill();
  }
  const taken = [];
  function label(text, x, y, colour, strong) {
    ink.font = `${strong ? 600 : 450} 12px system-ui, sans-serif`;
    const width = ink.measureText(text).width;
    const places = [[12, 4], [12, 19], [12, -11], [-12 - width, 4], [-12 - width, 19], [-12 - width, -11]];
    for (const [k, [dx, dy]] of places.entries()) {
      const box = [x + dx, y + dy - 11, x + dx + width, y + dy + 3];
      if (!(strong && k === places.length - 1) && taken.some((b) => box[0] < b[2] && box[2] > b[0] && box[1] < b[3] && box[3] > b[1])) continue;
      taken.push(box);
      ink.lineWidth = 3.5; ink.strokeStyle = colours.sheet; ink.lineJoin = 'round';
      ink.strokeText(text, x + dx, y + dy); ink.fillStyle = colour; ink.fillText(text, x + dx, y + dy);
      return;
    }
  }
  function drawZones() {
    for (const zone of D.zones) for (const shape of zone.shapes) {
      ink.beginPath();
      if (shape.circle) ink.arc(px(shape.circle[0]), py(shape.circle[1]), shape.circle[2] * S.scale, 0, 7);
      else shape.ring.forEach(([x, y], i) => (i ? ink.lineTo(px(x), py(y)) : ink.moveTo(px(x), py(y))));
      ink.globalAlpha = 0.07; ink.fillStyle = colours.zone; ink.fill();
      ink.globalAlpha = 0.6; ink.strokeStyle = colours.zone; ink.lineWidth = 1; ink.setLineDash([5, 4]); ink.stroke();
      ink.setLineDash([]); ink.globalAlpha = 1;
    }
    const named = new Set();
    if (layers.names) for (const zone of D.zones) {
      const shape = zone.shapes[0];
      if (!shape || named.has(zone.name)) continue;
      named.add(zone.name);
      const [x, y] = shape.circle ? [shape.circle[0], shape.circle[1] + shape.circle[2]] : shape.ring.reduce((a, b) => (b[1] > a[1] ? b : a));
      ink.globalAlpha = 0.8; label(zone.name, px(x) - 20, py(y) - 4, colours.zone, false); ink.globalAlpha = 1;
    }
  }
  function drawSensors() {
    for (const one of D.sensors) {
      if (one.x === null) continue;
      const x = px(one.x), y = py(one.y), off = isOff(one, S.t), mine = S.selected !== null
        && byId.get(S.selected).sensors.some((seen) => seen.sensor === one.id && seen.plots);
      const begin = ((one.from - 90) * Math.PI) / 180, width = (one.width * Math.PI) / 180;
      ink.strokeStyle = off ? colours.event : colours.faint; ink.globalAlpha = mine || off ? 0.9 : 0.4; ink.lineWidth = 1;
      if (off) ink.setLineDash([2, 5]);
      ink.beginPath();
      if (one.width < 360) ink.moveTo(x, y);
      ink.arc(x, y, one.range * S.scale, begin, begin + width);
      if (one.width < 360) ink.closePath();
      ink.stroke(); ink.setLineDash([]); ink.globalAlpha = 1;
      ink.fillStyle = off ? colours.event : colours.soft;
      ink.fillRect(x - 3, y - 3, 6, 6);
      if (layers.names && (S.scale > 0.02 || off)) label(off ? `${one.name}: blinded` : one.name, x, y, off ? colours.event : colours.faint, off);
    }
  }
  function drawPlots() {
    const P = D.plots;
    for (let i = before(P.t, S.t); i >= 0 && P.t[i] > S.t - RECENT_S; i--) {
      const sensor = sensorOf.get(P.sensor[i]);
      ink.globalAlpha = 0.25 + 0.65 * (1 - (S.t - P.t[i]) / RECENT_S);
      if (P.azimuth[i] >= 0) {
        if (!layers.bearings || !sensor || sensor.x === null) continue;
        const a = (P.azimuth[i] * Math.PI) / 180;
        ink.globalAlpha *= 0.4; ink.strokeStyle = colours.plot; ink.lineWidth = 1; ink.beginPath();
        ink.moveTo(px(sensor.x), py(sensor.y));
        ink.lineTo(px(sensor.x + Math.sin(a) * sensor.range), py(sensor.y + Math.cos(a) * sensor.range)); ink.stroke();
      } else if (layers.plots) {
        ink.fillStyle = P.on[i] < 0 ? colours.faint : colours.plot;
        ink.beginPath(); ink.arc(px(P.x[i]), py(P.y[i]), 2.1, 0, 7); ink.fill();
      }
    }
    ink.globalAlpha = 1;
  }
  let spots = [];
  function drawTruth() {
    for (const one of D.individuals) {
      const mine = one.id === S.selected;
      if (one.group === 'drones' || mine) {
        ink.strokeStyle = colours[one.group]; ink.globalAlpha = mine ? 0.5 : 0.16; ink.lineWidth = mine ? 2 : 1;
        path(one, mine ? one.begin_s : S.t - 600, mine ? one.end_s : S.t);
      }
      const here = at(one, S.t);
      if (!here) continue;
      ink.strokeStyle = colours[one.group]; ink.globalAlpha = 0.75; ink.lineWidth = 1.6; path(one, S.t - TRAIL_S, S.t);
      ink.globalAlpha = 1; ink.fillStyle = colours[one.group];
      const x = px(here.x), y = py(here.y);
      symbol(one.group, x, y, one.group === 'others' ? 5 : 6.5);
      const held = one.on.some(([a, b]) => a <= S.t && S.t < b);
      if (!held) { ink.strokeStyle = colours.missed; ink.lineWidth = 2; ink.beginPath(); ink.arc(x, y, 11, 0, 7); ink.stroke(); }
      if (mine) { ink.strokeStyle = colours.right; ink.lineWidth = 2; ink.beginPath(); ink.arc(x, y, 16, 0, 7); ink.stroke(); }
      spots.push({ x, y, id: one.id, told: `${one.name}, ${words(one.class_name)}${one.authorised ? '' : ', no leave'}, ${Math.round(one.alt[here.i])} m${held ? '' : ', not tracked now'}` });
      if (layers.names && (mine || one.group === 'drones' || S.scale > 0.12 || (one.group === 'manned' && S.scale > 0.01)))
        label(one.name, x, y, mine || one.due ? colours.ink : colours.soft, mine);
    }
  }
  function drawPicture() {
    for (const one of D.tracks) {
      const here = at(one, S.t);
      if (!here) continue;
      const leave = one.leaves[one.leave[here.i]] || 'unknown', on = one.on[here.i], x = px(here.x), y = py(here.y);
      ink.strokeStyle = on < 0 ? colours.false : colours[leave] ?? colours.unknown; ink.lineWidth = 1.4;
      ink.strokeRect(x - 8, y - 8, 16, 16);
      if (on < 0) { ink.beginPath(); ink.moveTo(x - 8, y - 8); ink.lineTo(x + 8, y + 8); ink.moveTo(x + 8, y - 8); ink.lineTo(x - 8, y + 8); ink.stroke(); }
      else {
        const truth = byId.get(on), there = truth && at(truth, S.t);
        if (there) { ink.beginPath(); ink.moveTo(x, y); ink.lineTo(px(there.x), py(there.y)); ink.stroke(); }
      }
      const kind = one.classes[one.class[here.i]] || 'no class';
      spots.push({ x, y, id: on < 0 ? null : on, told: `T${one.id}: shown as ${words(kind)}, ${leave}${on < 0 ? ', nothing there' : ''}` });
      if (raised(one.id)) { ink.fillStyle = colours.zone; ink.beginPath(); ink.moveTo(x + 8, y - 15); ink.lineTo(x + 13, y - 8); ink.lineTo(x + 3, y - 8); ink.fill(); }
    }
  }
  /** Whether a track has an open alert now. */
  function raised(track) {
    const open = new Map();
    for (const a of D.alerts) { if (a.t > S.t) break; if (a.track === track) open.set(`${a.rule} ${a.zone}`, a.state !== 'cleared'); }
    return [...open.values()].some(Boolean);
  }
  function drawScale() {
    const most = 160 / S.scale, power = 10 ** Math.floor(Math.log10(most)), m = [5, 2, 1].map((k) => k * power).find((v) => v <= most);
    const w = m * S.scale, x = canvas.clientWidth - 16 - w, y = canvas.clientHeight - 16;
    ink.strokeStyle = colours.soft; ink.lineWidth = 1.4; ink.beginPath(); ink.moveTo(x, y - 4); ink.lineTo(x, y); ink.lineTo(x + w, y); ink.lineTo(x + w, y - 4); ink.stroke();
    ink.fillStyle = colours.soft; ink.font = '12px system-ui, sans-serif'; ink.textAlign = 'center';
    ink.fillText(m >= 1000 ? `${m / 1000} km` : `${m} m`, x + w / 2, y - 7); ink.textAlign = 'left';
  }
  function draw() {
    const ratio = devicePixelRatio || 1, w = canvas.clientWidth, h = canvas.clientHeight;
    if (canvas.width !== Math.round(w * ratio) || canvas.height !== Math.round(h * ratio)) { canvas.width = Math.round(w * ratio); canvas.height = Math.round(h * ratio); }
    const mine = S.selected !== null && S.follow ? at(byId.get(S.selected), S.t) : null;
    if (mine) { S.x = mine.x; S.y = mine.y; }
    ink.setTransform(ratio, 0, 0, ratio, 0, 0); ink.clearRect(0, 0, w, h);
    spots = []; taken.length = 0;
    drawZones();
    if (layers.sensors) drawSensors();
    drawPlots();
    if (layers.truth) drawTruth();
    if (layers.picture) drawPicture();
    drawScale();
  }

  // Time

  function show() {
    draw();
    $('slider').value = S.t;
    $('clock').innerHTML = `${clock(S.t)} <small>of ${clock(D.duration)} · ${utc(S.t)} UTC</small>`;
    const x = lane.at(S.t);
    const head = $('lanes').querySelector('.head');
    if (head) { head.setAttribute('x1', x); head.setAttribute('x2', x); }
    const latest = D.events.filter((e) => e.time_s <= S.t && S.t - e.time_s < 15).map((e) => `${clock(e.time_s)} ${e.words}`);
    $('says').textContent = latest.slice(-2).join(' · ');
    for (const item of items) { const one = byId.get(Number(item.dataset.id)); item.classList.toggle('gone', S.t < one.begin_s || S.t > one.end_s + 1); }
  }
  function seek(t) { S.t = Math.min(D.duration, Math.max(0, t)); show(); }
  let last = 0;
  function tick(now) {
    if (!S.playing) return;
    S.t = Math.min(D.duration, S.t + ((now - last) / 1000) * S.speed); last = now;
    if (S.t >= D.duration) play(false); else requestAnimationFrame(tick);
    show();
  }
  function play(on) {
    if (on && S.t >= D.duration) S.t = 0;
    S.playing = on; last = performance.now();
    $('play').innerHTML = on ? '&#10074;&#10074;' : '&#9654;'; $('play').setAttribute('aria-label', on ? 'Pause' : 'Play');
    if (on) requestAnimationFrame(tick);
  }
  const moments = [...new Set([0, D.duration, ...D.events.map((e) => e.time_s), ...D.individuals.flatMap((one) => (one.due || one.verdict !== 'tracked'
    ? [one.plot_s, one.track_s, one.class_s, one.alert_s, one.entry_s] : []))].filter((t) => t !== null))].sort((a, b) => a - b);

  // Lanes

  const lane = { left: 150, row: 15, width: 1000, at: (t) => lane.left + (t / (D.duration || 1)) * (lane.width - lane.left - 12) };
  function lanes() {
    const svg = $('lanes').querySelector('svg'), shown = D.individuals.slice(0, 200);
    lane.width = Math.max(400, $('lanes').clientWidth - 2);
    const top = 16, height = top + shown.length * lane.row + 4, out = [];
    const step = [5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200].find((s) => D.duration / s <= 12) ?? 14400;
    for (let t = 0; t <= D.duration; t += step) out.push(`<line class="grid" x1="${lane.at(t)}" x2="${lane.at(t)}" y1="${top}" y2="${height}"/><text class="tick" x="${lane.at(t)}" y="11" text-anchor="middle">${clock(t)}</text>`);
    const bar = (kind, a, b, y, h, told) => `<rect class="${kind}" x="${lane.at(a).toFixed(1)}" width="${Math.max(lane.at(Math.min(b, D.duration)) - lane.at(a), 0.8).toFixed(1)}" y="${y}" height="${h}"><title>${told}</title></rect>`;
    for (const e of D.events) {
      if (e.time_s < 0 || e.time_s > D.duration) continue;
      if (e.kind === 'silence') out.push(bar('off', e.time_s, e.until_s ?? D.duration, top, height - top, escape(e.words)));
      out.push(`<line class="event" x1="${lane.at(e.time_s)}" x2="${lane.at(e.time_s)}" y1="${top - 3}" y2="${height}"><title>${clock(e.time_s)} ${escape(e.words)}</title></line>`);
    }
    const ticks = new Map();
    D.plots.t.forEach((t, i) => { const on = D.plots.on[i]; if (on >= 0) { if (!ticks.has(on)) ticks.set(on, new Set()); ticks.get(on).add(Math.round(lane.at(t))); } });
    shown.forEach((one, k) => {
      const y = top + k * lane.row;
      out.push(`<rect class="lane${one.id === S.selected ? ' on' : ''}" data-id="${one.id}" x="0" y="${y}" width="${lane.width}" height="${lane.row}"/>`);
      out.push(`<text class="${one.due ? 'due' : ''}" x="${lane.left - 8}" y="${y + 11}" text-anchor="end">${escape(one.name.slice(0, 22))}</text>`);
      if (one.cover_s !== null) out.push(bar('cover', one.cover_s, one.end_s + 1, y + 2, 1.5, 'in coverage'));
      for (const [a, b, track] of one.on) out.push(bar('held', a, b, y + 4.5, 5, `T${track}, ${clock(a)} to ${clock(b)}`));
      for (const [a, b] of one.right) out.push(bar('right', a, b, y + 4.5, 5, 'tracked, class right'));
      for (const gap of one.gaps) out.push(bar('gap', gap.from_s, gap.until_s, y + 6, 2, `no track, ${clock(gap.from_s)} to ${clock(gap.until_s)}: ${gap.why}`));
      if (one.track_s === null || one.track_s - one.begin_s > 2) out.push(bar('gap', one.begin_s, one.track_s ?? one.end_s + 1, y + 6, 2, 'no track yet'));
      const marks = [...(ticks.get(one.id) ?? [])].map((x) => `M${x} ${y + 10}v3`).join('');
      if (marks) out.push(`<path class="plot" d="${marks}"/>`);
      for (const [a, b] of one.zone) if (one.group === 'drones') out.push(bar('zone', a, b, y + 13, 1.6, 'in a zone'));
      if (one.alert_s !== null) { const x = lane.at(one.alert_s); out.push(`<path class="${one.entry_s !== null && one.alert_s < one.entry_s ? 'predicted' : 'alert'}" d="M${x} ${y + 1}l4.5 6l-4.5 6l-4.5 -6z"><title>first alert ${clock(one.alert_s)}</title></path>`); }
    });
    out.push(`<line class="head" y1="${top - 6}" y2="${height}" x1="0" x2="0"/>`);
    svg.setAttribute('viewBox', `0 0 ${lane.width} ${height}`); svg.setAttribute('height', height); svg.innerHTML = out.join('');
  }
  const escape = (text) => String(text).replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]);

  // The list and one of it

  function select(id, jump = true) {
    S.selected = id;
    for (const item of items) item.setAttribute('aria-selected', String(Number(item.dataset.id) === id));
    for (const rect of $('lanes').querySelectorAll('.lane')) rect.classList.toggle('on', Number(rect.dataset.id) === id);
    if (id === null) { S.follow = false; $('follow').setAttribute('aria-pressed', 'false'); }
    detail();
    if (id !== null) {
      $(`i${id}`).scrollIntoView({ block: 'nearest' });
      const one = byId.get(id);
      if (jump && !at(one, S.t)) S.t = Math.min(one.end_s, (one.track_s ?? one.begin_s) + 1);
      const here = at(one, S.t);
      if (jump && here && (Math.abs(px(here.x) - canvas.clientWidth / 2) > canvas.clientWidth * 0.46 || Math.abs(py(here.y) - canvas.clientHeight / 2) > canvas.clientHeight * 0.46)) { S.x = here.x; S.y = here.y; }
    }
    show();
  }
  function detail() {
    const box = $('detail');
    box.hidden = S.selected === null;
    if (box.hidden) return;
    const one = byId.get(S.selected);
    const steps = [['covered', one.cover_s], ['plot', one.plot_s], ['track', one.track_s], ['class', one.class_s]];
    if (one.due || one.alert_s !== null) steps.push(['alert', one.alert_s]);
    if (one.due) steps.push(['entry', one.entry_s]);
    const name = new Map(D.sensors.map((s) => [s.id, s.name]));
    box.innerHTML = `<h2>${escape(one.name)}</h2><p>${escape(words(one.class_name))}, ${one.authorised ? 'with leave' : 'without leave'}, ${clock(one.begin_s)} to ${clock(one.end_s)}. ${one.tracks.length ? `Track ${one.tracks.slice(0, 6).map((t) => `T${t}`).join(', ')}${one.tracks.length > 6 ? ' …' : ''}.` : ''}</p>
      <div class="steps">${steps.map(([what, t]) => `<button data-t="${t ?? ''}" ${t === null ? 'disabled' : ''}><b>${t === null ? 'never' : clock(t)}</b>${what}</button>`).join('')}</div>
      <table><thead><tr><th>sensor</th><th>in coverage</th><th>first plot</th><th>plots</th></tr></thead><tbody>${one.sensors.map((s) => `<tr><td>${escape(name.get(s.sensor) ?? s.sensor)}</td><td>${Math.round(100 * s.covered)} %</td><td>${s.plot_s === null ? 'never' : clock(s.plot_s)}</td><td>${s.plots}</td></tr>`).join('') || '<tr><td>none could see it</td></tr>'}</tbody></table>
      ${one.gaps.length ? `<p>Without a track: ${one.gaps.slice(0, 8).map((g) => `${clock(g.from_s)}–${clock(g.until_s)}${g.in_zone ? ' in a zone' : ''} (${g.why})`).join(', ')}${one.gaps.length > 8 ? ' …' : ''}</p>` : ''}`;
    for (const button of box.querySelectorAll('[data-t]')) button.onclick = () => seek(Number(button.dataset.t));
  }
  function only(verdict) {
    S.verdict = S.verdict === verdict ? null : verdict;
    for (const item of $('list').children) item.hidden = S.verdict !== null && item.dataset.verdict !== S.verdict;
    for (const button of document.querySelectorAll('.tiles button')) button.setAttribute('aria-pressed', String(button.dataset.verdict === S.verdict));
  }
  function step(by) {
    const there = items.filter((item) => !item.hidden).map((item) => Number(item.dataset.id));
    if (!there.length) return;
    const i = there.indexOf(S.selected);
    select(there[i < 0 ? (by > 0 ? 0 : there.length - 1) : Math.min(there.length - 1, Math.max(0, i + by))]);
  }

  // Hands

  $('list').onclick = (e) => { const item = e.target.closest('li'); if (item?.dataset.id) select(Number(item.dataset.id)); else if (item) seek(Number(item.dataset.t)); };
  for (const button of document.querySelectorAll('.tiles button')) button.onclick = () => only(button.dataset.verdict);
  $('slider').max = D.duration; $('slider').oninput = () => seek(Number($('slider').value));
  $('play').onclick = () => play(!S.playing);
  $('speed').onchange = () => { S.speed = Number($('speed').value); };
  $('zoom-in').onclick = () => zoom(1.5); $('zoom-out').onclick = () => zoom(1 / 1.5);
  $('fit').onclick = () => { S.follow = false; $('follow').setAttribute('aria-pressed', 'false'); fit(); draw(); };
  const follow = () => { S.follow = !S.follow && S.selected !== null; $('follow').setAttribute('aria-pressed', String(S.follow)); draw(); };
  $('follow').onclick = follow;
  const theme = () => { const light = document.documentElement.classList.toggle('light'); $('theme').textContent = light ? 'Dark' : 'Light'; readColours(); draw(); };
  $('theme').onclick = theme;
  $('help-button').onclick = () => $('help').showModal();
  for (const name of Object.keys(layers)) {
    const button = document.createElement('button');
    button.textContent = name; button.setAttribute('aria-pressed', String(layers[name]));
    button.onclick = () => { layers[name] = !layers[name]; button.setAttribute('aria-pressed', String(layers[name])); draw(); };
    $('layers').append(button);
  }
  const svgSeek = (e) => {
    const box = $('lanes').querySelector('svg').getBoundingClientRect(), x = e.clientX - box.left;
    const id = e.target.closest('[data-id]')?.dataset.id;
    if (x < lane.left && id) select(Number(id));
    else { seek(((x - lane.left) / (lane.width - lane.left - 12)) * D.duration); if (id) select(Number(id), false); }
  };
  $('lanes').onclick = svgSeek;
  const pointers = new Map();
  let moved = 0;
  canvas.onpointerdown = (e) => { canvas.setPointerCapture(e.pointerId); pointers.set(e.pointerId, [e.offsetX, e.offsetY]); moved = 0; canvas.classList.add('drag'); };
  canvas.onpointermove = (e) => {
    const old = pointers.get(e.pointerId);
    if (!old) { tip(e); return; }
    if (pointers.size === 2) {
      const other = [...pointers].find(([id]) => id !== e.pointerId)[1];
      zoom(Math.hypot(e.offsetX - other[0], e.offsetY - other[1]) / Math.max(10, Math.hypot(old[0] - other[0], old[1] - other[1])), other[0], other[1]);
    } else { S.x -= (e.offsetX - old[0]) / S.scale; S.y += (e.offsetY - old[1]) / S.scale; }
    moved += Math.abs(e.offsetX - old[0]) + Math.abs(e.offsetY - old[1]);
    if (moved > 4 && S.follow) follow();
    pointers.set(e.pointerId, [e.offsetX, e.offsetY]); draw();
  };
  canvas.onpointerup = canvas.onpointercancel = (e) => {
    pointers.delete(e.pointerId); canvas.classList.remove('drag');
    if (moved < 5 && e.type === 'pointerup') { const spot = nearest(e.offsetX, e.offsetY); select(spot && spot.id !== null ? spot.id : null, false); }
  };
  canvas.onpointerleave = () => { $('tip').hidden = true; };
  canvas.addEventListener('wheel', (e) => { e.preventDefault(); zoom(Math.exp(-Math.max(-100, Math.min(100, e.deltaY)) / 250), e.offsetX, e.offsetY); }, { passive: false });
  function nearest(x, y) {
    let best = null, least = 16;
    for (const spot of spots) { const d = Math.hypot(spot.x - x, spot.y - y); if (d < least) { least = d; best = spot; } }
    return best;
  }
  function tip(e) {
    const here = spots.filter((s) => Math.hypot(s.x - e.offsetX, s.y - e.offsetY) < 13).slice(0, 4);
    $('tip').hidden = !here.length;
    if (!here.length) return;
    $('tip').innerHTML = here.map((s) => escape(s.told)).join('<br>');
    const x = Math.min(e.offsetX + 14, canvas.clientWidth - $('tip').offsetWidth - 6), y = Math.min(e.offsetY + 14, canvas.clientHeight - $('tip').offsetHeight - 6);
    $('tip').style.left = `${x}px`; $('tip').style.top = `${y}px`;
  }
  const speeds = [...$('speed').options].map((o) => o.value);
  const faster = (by) => { const i = speeds.indexOf($('speed').value); $('speed').value = speeds[Math.min(speeds.length - 1, Math.max(0, i + by))]; S.speed = Number($('speed').value); };
  const KEYS = {
    ' ': () => play(!S.playing), ArrowLeft: (e) => seek(S.t - (e.shiftKey ? 10 : 1)), ArrowRight: (e) => seek(S.t + (e.shiftKey ? 10 : 1)),
    ArrowUp: () => step(-1), ArrowDown: () => step(1), Home: () => seek(0), End: () => seek(D.duration),
    '[': () => faster(-1), ']': () => faster(1), '+': () => zoom(1.5), '=': () => zoom(1.5), '-': () => zoom(1 / 1.5), 0: () => $('fit').click(),
    n: () => seek(moments.find((t) => t > S.t + 0.01) ?? D.duration), p: () => seek([...moments].reverse().find((t) => t < S.t - 0.01) ?? 0),
    f: follow, d: theme, '?': () => $('help').showModal(), Escape: () => select(null),
  };
  document.addEventListener('keydown', (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || $('help').open || e.target.tagName === 'SELECT') return;
    if (e.key === ' ' && e.target.tagName === 'BUTTON') return;
    const done = KEYS[e.key] ?? KEYS[e.key.toLowerCase?.()];
    if (done) { e.preventDefault(); done(e); }
  });
  new ResizeObserver(() => { lanes(); show(); }).observe(document.body);
  if (matchMedia('(prefers-color-scheme: light)').matches) document.documentElement.classList.add('light');
  $('theme').textContent = document.documentElement.classList.contains('light') ? 'Dark' : 'Light';
  readColours(); lanes(); fit();
  const first = D.individuals.find((one) => one.due) ?? D.individuals[0];
  if (first) S.t = Math.min(D.duration, (first.alert_s ?? first.track_s ?? first.begin_s) + 2);
  show();
  window.review = { state: S, data: D, seek, select, spots: () => spots };
})();
