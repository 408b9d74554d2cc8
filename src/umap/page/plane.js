// The article's illustration: each point's standardised map coordinates z diffused as x_t = signal z + noise eps. No
// glyph is noised here; the view says so.
class Plane {
  constructor(plane, points) {
    this.frames = plane.frames;
    this.mean = plane.mean;
    this.std = plane.std;
    this.plain = plane.frames.findIndex(({ t }) => t === 0); // the frame that the map itself has; -1: none
    this.points = points;
    // Every point keeps its own noise, so that it moves along one path and the slider can go back and forth.
    const normal = d3.randomNormal.source(seededRandom(1))(0, 1);
    this.noise = Float32Array.from({ length: 2 * points.count }, normal);
    this.x = new Float32Array(points.count);
    this.y = new Float32Array(points.count);
    this.moved = NaN; // the time for which x and y hold
    this.paths = new Map();
  }

  get available() {
    return this.frames.length > 0;
  }

  // Between two frames the angle whose cosine and sine are signal and noise goes evenly.
  levelsAt(time) {
    const before = this.frames[Math.floor(time)];
    const after = this.frames[Math.ceil(time)];
    const share = time - Math.floor(time);
    const angle = (frame) => Math.atan2(frame.noise, frame.signal);
    const length = (frame) => Math.hypot(frame.noise, frame.signal);
    const mix = (of) => of(before) * (1 - share) + of(after) * share;
    return { signal: mix(length) * Math.cos(mix(angle)), noise: mix(length) * Math.sin(mix(angle)) };
  }

  move(time) {
    if (time === this.moved) return;
    this.moved = time;
    const { signal, noise } = this.levelsAt(time);
    const { points, mean, std } = this;
    for (let i = 0; i < points.count; i += 1) {
      // mean + std * (signal * z + noise * eps), z = (p - mean) / std
      this.x[i] = mean[0] + signal * (points.x[i] - mean[0]) + noise * std[0] * this.noise[2 * i];
      this.y[i] = mean[1] + signal * (points.y[i] - mean[1]) + noise * std[1] * this.noise[2 * i + 1];
    }
    signals.call("places");
  }

  // The frames to be drawn at a time, with their weights: one, or two that fade into each other.
  weighted(time) {
    const share = time - Math.floor(time);
    return [[Math.floor(time), 1 - share], [Math.ceil(time), share]].filter(([, weight]) => weight > 0.02);
  }

  // One Path2D a contour level, in z, made once.
  contours(frame) {
    if (!this.paths.has(frame)) {
      this.paths.set(frame, this.frames[frame].contours.map(({ mass, paths }) => {
        const path = new Path2D();
        for (const line of paths) {
          for (let k = 0; k < line.length; k += 2) path[k ? "lineTo" : "moveTo"](line[k], line[k + 1]);
        }
        return { mass, path };
      }));
    }
    return this.paths.get(frame);
  }

  drawContours(context, affine, time, strength) {
    const matrix = new DOMMatrix([affine.scale * this.std[0], 0, 0, -affine.scale * this.std[1],
      affine.scale * this.mean[0] + affine.left, affine.top - affine.scale * this.mean[1]]);
    context.strokeStyle = theme.ink;
    for (const [frame, weight] of this.weighted(time)) {
      for (const { mass, path } of this.contours(frame)) {
        const line = new Path2D();
        line.addPath(path, matrix); // so the pen keeps its width however the map is stretched
        context.globalAlpha = weight * strength * (0.35 + 0.55 * (1 - mass));
        context.lineWidth = 1.25;
        context.stroke(line);
      }
    }
    context.globalAlpha = 1;
  }

  drawArrows(context, affine, time) {
    const { mean, std } = this;
    const place = (x, y) => [affine.scale * (mean[0] + std[0] * x) + affine.left, affine.top - affine.scale * (mean[1] + std[1] * y)];
    context.strokeStyle = context.fillStyle = theme.plane;
    context.lineWidth = 1.3;
    for (const [frame, weight] of this.weighted(time)) {
      for (const pale of [0, 1]) {
        context.globalAlpha = weight * (pale ? 0.28 : 0.95);
        const shafts = new Path2D();
        const heads = new Path2D();
        for (const [x, y, u, v, faint] of this.frames[frame].arrows) {
          if (faint === pale) addArrow(shafts, heads, place(x, y), place(x + u, y + v));
        }
        context.stroke(shafts);
        context.fill(heads);
      }
    }
    context.globalAlpha = 1;
  }
}

function addArrow(shafts, heads, [x0, y0], [x1, y1]) {
  const length = Math.hypot(x1 - x0, y1 - y0);
  if (length < 1.5) return;
  const head = Math.min(7, length * 0.45);
  const [dx, dy] = [((x1 - x0) / length) * head, ((y1 - y0) / length) * head];
  shafts.moveTo(x0, y0);
  shafts.lineTo(x1 - dx * 0.8, y1 - dy * 0.8);
  heads.moveTo(x1, y1);
  heads.lineTo(x1 - dx + dy * 0.45, y1 - dy - dx * 0.45);
  heads.lineTo(x1 - dx - dy * 0.45, y1 - dy + dx * 0.45);
  heads.closePath();
}
