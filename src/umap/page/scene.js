// Paints. Two canvases: the lower one holds the points and changes with the view, the upper one holds marks that follow
// the pointer; hovering so never repaints 21,000 points.
class Scene {
  constructor(map, view, plane, placed) {
    Object.assign(this, { map, view, plane, placed });
    this.base = document.getElementById("base").getContext("2d", { alpha: false });
    this.over = document.getElementById("over").getContext("2d");
    this.raster = new DotRaster();
    this.order = shuffledOrder(map.points.count);
    this.levels = new Levels(map.points, this.order);
    this.atlas = new Atlas(map.tiles, Math.min(2048, Math.max(32, map.points.count)));
    this.sampleAtlas = map.sampleTiles ? new Atlas(map.sampleTiles, 512) : null;
    this.waiting = new Set();
    this.clearAtlases();
    this.sortDots();
  }

  // Asks for a repaint of "base" or "over" with the next frame; the lower takes the upper along.
  repaint(which) {
    if (this.waiting.size === 0) requestAnimationFrame(() => this.paint());
    this.waiting.add(which);
  }

  paint() {
    const all = this.waiting.has("base");
    this.waiting.clear();
    if (all) this.paintBase();
    this.paintOver();
  }

  resize(width, height) {
    this.ratio = Math.min(devicePixelRatio || 1, 2);
    for (const { canvas } of [this.base, this.over]) {
      canvas.width = Math.round(width * this.ratio);
      canvas.height = Math.round(height * this.ratio);
    }
    this.raster.resize(this.base.canvas.width, this.base.canvas.height);
    this.view.resize(width, height);
    this.repaint("base");
  }

  // The tiles are kept in the ink of the theme.
  clearAtlases() {
    this.atlas.clear(pixelOf(theme.ink));
    this.sampleAtlas?.clear(pixelOf(theme.ink));
  }

  // Dots of the background first, then those that the legend and the selection leave.
  sortDots() {
    this.foreground = foregroundOf(this.map);
    this.back = this.order.filter((i) => !this.foreground[i]);
    this.front = this.back.length > 0 ? this.order.filter((i) => this.foreground[i]) : this.order;
  }

  // Where the points lie in the present view.
  get places() {
    return state.layer === "plane" && this.plane.available ? this.plane : this.map.points;
  }

  // Pixels from dot to dot, were the dots of the whole map spread evenly over a part of the canvas.
  get spacing() {
    return Math.sqrt((0.4 * this.view.width * this.view.height) / this.map.points.count);
  }

  get dotRadius() {
    return Math.max(0.95, Math.min(5, 0.33 * this.spacing)) * Math.min(2.4, Math.max(1, this.view.transform.k) ** 0.3);
  }

  paintBase() {
    const { base, view, plane } = this;
    const show = state.show[state.layer];
    base.setTransform(1, 0, 0, 1, 0, 0);
    this.raster.begin(pixelOf(theme.paper));
    if (show.points) this.paintDots();
    this.raster.paint(base);
    base.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    if (show.contours && state.layer === "plane") plane.drawContours(base, view.affine, state.time, 1);
    else if (show.contours && plane.plain >= 0) plane.drawContours(base, view.affine, plane.plain, 0.75);
    if (show.glyphs) this.paintGlyphs();
    if (plane.available && show.arrows) plane.drawArrows(base, view.affine, state.time);
    this.placed.draw(base, view, this);
    if (show.labels) this.paintLabels();
  }

  paintDots() {
    const { scale, left, top } = this.view.affine;
    const affine = { scale: scale * this.ratio, left: left * this.ratio, top: top * this.ratio };
    const radius = this.dotRadius * this.ratio;
    const { x, y } = this.places;
    const opacity = Math.min(0.95, 0.68 + 0.1 * Math.log2(Math.max(1, this.view.transform.k)));
    // Dots are the ground for what is drawn over them.
    if (state.layer === "placed") {
      this.raster.draw(this.order, x, y, affine, radius, 0.5, pixelOf(theme.faint));
      return;
    }
    this.raster.draw(this.back, x, y, affine, radius, 0.22, pixelOf(theme.faint));
    this.raster.draw(this.front, x, y, affine, radius, state.layer === "plane" ? 0.5 * opacity : opacity, colouring.pixels);
  }

  // Glyphs appear once they are wanted: from some zoom on, or at once if they are few.
  get tileEdge() {
    const { k } = this.view.transform;
    if (state.layer === "plane" || (this.map.points.count > 400 && k < 1.9)) return 0;
    return Math.min(64, Math.max(30, 0.35 * this.spacing, 30 * (k / 1.9) ** 0.3));
  }

  // The glyphs shown as tiles now.
  * shownTiles() {
    const edge = this.tileEdge;
    if (edge === 0) return;
    const { affine, width, height } = this.view;
    const finest = this.levels.finest((edge + 5) / affine.scale);
    const { x, y } = this.map.points;
    for (let level = 0; level <= finest; level += 1) {
      for (const i of this.levels.members[level]) {
        const screenX = x[i] * affine.scale + affine.left;
        const screenY = affine.top - y[i] * affine.scale;
        if (screenX > -edge && screenY > -edge && screenX < width + edge && screenY < height + edge) yield [i, screenX, screenY];
      }
    }
  }

  paintGlyphs() {
    const edge = this.tileEdge;
    const { base } = this;
    const count = this.map.points.count;
    const opacity = count > 400 ? Math.min(1, (this.view.transform.k - 1.9) / 0.5) : 1;
    const shown = [...this.shownTiles()];
    for (const [i] of shown) this.atlas.ready(i);
    for (const [i, x, y] of shown) {
      base.globalAlpha = opacity * (this.foreground[i] ? 1 : 0.25);
      this.paintTile(base, this.atlas, i, x, y, edge, colouring.css[i]);
    }
    base.globalAlpha = 1;
  }

  // A glyph on a slip of paper, underlined in a colour. On whole pixels, or its strokes would blur.
  paintTile(context, atlas, tile, x, y, edge, colour) {
    const left = Math.round((x - edge / 2) * this.ratio) / this.ratio;
    const top = Math.round((y - edge / 2) * this.ratio) / this.ratio;
    context.fillStyle = theme.raised;
    context.fillRect(left, top, edge, edge);
    const drawn = atlas.draw(context, tile, left + 3, top + 2, edge - 6);
    context.fillStyle = colour;
    if (drawn) context.fillRect(left, top + edge - 2.5, edge, 2.5);
    else context.fillRect(left + edge / 2 - 2, top + edge / 2 - 2, 4, 4);
  }

  paintLabels() {
    const { base, view } = this;
    base.font = `italic 15px ${getComputedStyle(document.documentElement).getPropertyValue("--serif")}`;
    base.textAlign = "center";
    base.lineJoin = "round";
    base.lineWidth = 5;
    base.globalAlpha = Math.max(0, Math.min(1, 2.6 - view.transform.k)); // they name regions, not what is seen close up
    for (const { x, y, text } of this.map.lobes) {
      const place = view.screenOf(x, y);
      base.strokeStyle = theme.paper;
      base.strokeText(text, ...place);
      base.fillStyle = theme.ink;
      base.fillText(text, ...place);
    }
    base.globalAlpha = 1;
  }

  paintOver() {
    const { over, ratio } = this;
    over.setTransform(ratio, 0, 0, ratio, 0, 0);
    over.clearRect(0, 0, this.view.width, this.view.height);
    if (state.layer === "distances") return;
    this.ring(state.found, 5.5, theme.accent, 1.5);
    this.ring(state.pins, 8, theme.accent, 2.5);
    if (state.hovered?.index !== undefined) this.ring([state.hovered.index], 7, theme.ink, 2);
    if (state.hovered?.marker) this.paintOrigin(state.hovered.marker);
    signals.call("lasso", this, over);
  }

  // Rings around glyphs. Where glyphs are shown as tiles these are too, even if the map alone has no room for them.
  ring(indices, radius, colour, width) {
    if (indices.length === 0) return;
    const { over, view } = this;
    const { x, y } = this.places;
    const { scale, left, top } = view.affine;
    const edge = state.show[state.layer].glyphs ? this.tileEdge : 0;
    const rings = new Path2D();
    const dots = this.dotRadius;
    for (const i of indices) {
      const screenX = x[i] * scale + left;
      const screenY = top - y[i] * scale;
      if (screenX < -50 || screenY < -50 || screenX > view.width + 50 || screenY > view.height + 50) continue;
      if (edge) {
        this.paintTile(over, this.atlas, i, screenX, screenY, edge, colouring.css[i]);
        rings.rect(screenX - edge / 2 - 1, screenY - edge / 2 - 1, edge + 2, edge + 2);
      } else {
        rings.moveTo(screenX + dots + radius - 1, screenY);
        rings.arc(screenX, screenY, dots + radius - 1, 0, 2 * Math.PI);
      }
    }
    over.strokeStyle = colour;
    over.lineWidth = width;
    over.stroke(rings);
  }

  // From a noised glyph to the place of the glyph it was.
  paintOrigin(marker) {
    const { over, view } = this;
    const [x, y] = view.screenOf(marker.x, marker.y);
    over.strokeStyle = theme.ink;
    over.lineWidth = 2;
    over.stroke(disc(x, y, 9));
    if (marker.kind !== "noised") return;
    const [homeX, homeY] = view.screenOf(this.map.points.x[marker.source], this.map.points.y[marker.source]);
    over.setLineDash([4, 4]);
    over.lineWidth = 1.3;
    over.beginPath();
    over.moveTo(x, y);
    over.lineTo(homeX, homeY);
    over.stroke();
    over.setLineDash([]);
    over.stroke(disc(homeX, homeY, 5));
  }
}
