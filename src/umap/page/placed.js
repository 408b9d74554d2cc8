// Real noised glyphs and samples, put into the map through their nearest neighbours. What is farther from every glyph
// than these are from each other is drawn hollow: it is no glyph of this map, wherever it is placed.
class Placed {
  constructor(transform) {
    this.noised = transform?.noised ?? [];
    this.samples = transform?.samples ?? [];
    this.prompts = transform?.prompts ?? [];
    this.tile = transform?.sample_tile ?? null;
  }

  get available() {
    return this.noised.length + this.samples.length > 0;
  }

  // What the switches and sliders choose, samples last so that they lie on top.
  markers() {
    if (state.layer !== "placed") return [];
    const show = state.show.placed;
    const noised = (show.noised && this.noised[state.noised]) || null;
    const samples = (show.samples && this.samples[state.samples]) || null;
    return [
      ...(noised?.points ?? []).map(([x, y, source, off]) => ({ kind: "noised", x, y, source, off, t: noised.t })),
      ...(samples?.points ?? []).map(([x, y, tile, off], k) => ({
        kind: "sample", x, y, tile, off, steps: samples.steps, prompt: this.promptOf(samples, k),
      })),
    ];
  }

  // The points of a step count are the first prompt's, then the second's, as many of each.
  promptOf(samples, k) {
    const each = samples.points.length / this.prompts.length;
    return Number.isInteger(each) ? this.prompts[Math.floor(k / each)] : "";
  }

  draw(context, view, scene) {
    for (const marker of this.markers()) {
      const [x, y] = view.screenOf(marker.x, marker.y);
      if (x < -9 || y < -9 || x > view.width + 9 || y > view.height + 9) continue;
      if (marker.kind === "sample" && scene.sampleAtlas && scene.tileEdge) {
        this.drawSample(context, scene, marker, x, y);
        continue;
      }
      const path = marker.kind === "sample" ? diamond(x, y, 6) : disc(x, y, 3.6);
      const colour = marker.kind === "sample" ? theme.accent : theme.placed;
      context.lineWidth = marker.off ? 1.6 : 1.2;
      context.fillStyle = marker.off ? theme.paper : colour;
      context.strokeStyle = marker.off ? colour : theme.paper;
      context.globalAlpha = marker.off ? 0.55 : 0.9;
      context.fill(path);
      context.globalAlpha = 1;
      context.stroke(path);
    }
  }

  // Close up, samples are shown as what was drawn.
  drawSample(context, scene, marker, x, y) {
    const edge = scene.tileEdge;
    scene.paintTile(context, scene.sampleAtlas, marker.tile, x, y, edge, theme.accent);
    context.strokeStyle = theme.accent;
    context.lineWidth = 1.5;
    context.setLineDash(marker.off ? [4, 3] : []);
    context.strokeRect(x - edge / 2 - 1, y - edge / 2 - 1, edge + 2, edge + 2);
    context.setLineDash([]);
  }

  // The marker drawn last within reach of a place on the screen.
  at(view, scene, screenX, screenY) {
    const markers = this.markers();
    for (let k = markers.length - 1; k >= 0; k -= 1) {
      const [x, y] = view.screenOf(markers[k].x, markers[k].y);
      const reach = markers[k].kind === "sample" ? Math.max(8, scene.tileEdge / 2) : 8;
      if (Math.max(Math.abs(x - screenX), Math.abs(y - screenY)) < reach) return markers[k];
    }
    return null;
  }
}

function disc(x, y, radius) {
  const path = new Path2D();
  path.arc(x, y, radius, 0, 2 * Math.PI);
  return path;
}

function diamond(x, y, radius) {
  const path = new Path2D();
  path.moveTo(x, y - radius);
  path.lineTo(x + radius, y);
  path.lineTo(x, y + radius);
  path.lineTo(x - radius, y);
  path.closePath();
  return path;
}
