// Where the map lies on the screen: its coordinates, y upwards, fitted into the canvas, and on top of that what d3.zoom
// keeps of the reader's moves.
class View {
  constructor(canvas, points) {
    this.canvas = canvas;
    this.points = points;
    this.transform = d3.zoomIdentity;
    this.width = this.height = 1;
    const [left, right] = d3.extent(points.x);
    const [bottom, top] = d3.extent(points.y);
    this.centre = [(left + right) / 2, (bottom + top) / 2];
    // All points in one place, or in one line, still need some size.
    this.size = [right - left || top - bottom || 1, top - bottom || right - left || 1];
    this.zoom = d3.zoom().scaleExtent([0.4, 120]).filter((event) => this.allows(event))
      .on("zoom", (event) => {
        this.transform = event.transform;
        signals.call("view", this, Boolean(event.sourceEvent));
      });
    this.allows = (event) => !event.button && (!event.ctrlKey || event.type === "wheel");
    d3.select(canvas).call(this.zoom).on("dblclick.zoom", null);
  }

  // Whoever sees the whole map goes on to see all of it when the canvas changes its size; else the place in the middle
  // stays there.
  resize(width, height) {
    const first = this.width === 1;
    const wasHome = !first && this.isAt(this.home);
    const middle = first ? null : this.mapOf(this.width / 2, this.height / 2);
    this.width = width;
    this.height = height;
    this.unit = Math.min((width - 72) / this.size[0], (height - 120) / this.size[1]);
    this.zoom.extent([[0, 0], [width, height]]).translateExtent([[-width, -height], [2 * width, 2 * height]]);
    if (wasHome) this.show(this.home);
    else if (!first) this.jump(middle, this.transform.k);
  }

  // Screen from map: x * scale + left, top - y * scale.
  get affine() {
    const { k, x, y } = this.transform;
    const scale = k * this.unit;
    return {
      scale,
      left: k * (this.width / 2) + x - scale * this.centre[0],
      top: k * (this.height / 2 + 12) + y + scale * this.centre[1],
    };
  }

  screenOf(x, y) {
    const { scale, left, top } = this.affine;
    return [x * scale + left, top - y * scale];
  }

  mapOf(screenX, screenY) {
    const { scale, left, top } = this.affine;
    return [(screenX - left) / scale, (top - screenY) / scale];
  }

  // The transform that brings a place of the map into the middle.
  centred([x, y], k) {
    const scale = k * this.unit;
    const left = this.width / 2 - x * scale;
    const top = this.height / 2 + y * scale;
    return d3.zoomIdentity
      .translate(left - k * (this.width / 2) + scale * this.centre[0], top - k * (this.height / 2 + 12) - scale * this.centre[1])
      .scale(k);
  }

  show(transform) {
    d3.select(this.canvas).interrupt().call(this.zoom.transform, transform);
  }

  jump(place, k) {
    this.show(this.centred(place, k));
  }

  fly(place, k) {
    this.glide(this.centred(place, k), 750);
  }

  glide(transform, duration) {
    const canvas = d3.select(this.canvas);
    if (reducedMotion) canvas.call(this.zoom.transform, transform);
    else canvas.transition().duration(duration).call(this.zoom.transform, transform);
  }

  // The whole map. Diffused coordinates spread over its edges, so in the plane it is shown from farther away.
  get home() {
    return this.homeOf(state.layer);
  }

  homeOf(layer) {
    return layer === "plane" ? this.centred(this.centre, 0.68) : d3.zoomIdentity;
  }

  isAt({ k, x, y }) {
    return Math.hypot(k - this.transform.k, (x - this.transform.x) / 1000, (y - this.transform.y) / 1000) < 1e-3;
  }

  reset() {
    this.glide(this.home, 500);
  }

  zoomBy(factor) {
    const canvas = d3.select(this.canvas);
    (reducedMotion ? canvas : canvas.transition().duration(180)).call(this.zoom.scaleBy, factor);
  }

  panBy(x, y) {
    d3.select(this.canvas).interrupt().call(this.zoom.translateBy, x / this.transform.k, y / this.transform.k);
  }

  // At this zoom a glyph's surroundings show as glyphs in most maps.
  get closeUp() {
    return Math.max(this.transform.k, this.points.count > 400 ? 14 : 2);
  }
}
