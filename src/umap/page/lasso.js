// A line drawn around points selects them; the selection can be saved as CSV.
class Lasso {
  constructor(map, view, scene) {
    Object.assign(this, { map, view, scene });
    this.line = []; // on the screen, while it is drawn
    this.armed = false;
    this.over = document.getElementById("over");
    this.button = document.getElementById("lasso");
    this.button.addEventListener("click", () => this.arm(!this.armed));
    this.over.addEventListener("pointerdown", (event) => this.begin(event));
    this.over.addEventListener("pointermove", (event) => this.extend(event));
    this.over.addEventListener("pointerup", () => this.end());
    this.over.addEventListener("pointercancel", () => this.end());
    // A drawn line is no click on what lies under its end.
    this.over.addEventListener("click", (event) => this.drew && event.preventDefault(), { capture: true });
    const { allows } = view;
    view.allows = (event) => allows(event) && (event.type === "wheel" || !this.wants(event));
    signals.on("lasso", (context) => this.draw(context));
    signals.on("selection.bar", () => this.report());
  }

  wants(event) {
    return state.layer !== "distances" && (this.armed || event.shiftKey);
  }

  arm(on) {
    this.armed = on;
    this.button.setAttribute("aria-pressed", String(on));
    this.over.classList.toggle("lasso", on);
  }

  begin(event) {
    this.drew = false;
    if (!this.wants(event) || event.button !== 0 || !event.isPrimary) return;
    this.over.setPointerCapture(event.pointerId);
    this.line = [d3.pointer(event, this.over)];
  }

  extend(event) {
    if (this.line.length === 0) return;
    const [x, y] = d3.pointer(event, this.over);
    const [lastX, lastY] = this.line[this.line.length - 1];
    if (Math.hypot(x - lastX, y - lastY) < 3) return;
    this.line.push([x, y]);
    this.scene.repaint("over");
  }

  end() {
    if (this.line.length > 2) {
      this.drew = true;
      state.selection = this.inside(this.line.map(([x, y]) => this.view.mapOf(x, y)));
      this.arm(false);
      signals.call("selection");
    }
    this.line = [];
    this.scene.repaint("over");
  }

  inside(polygon) {
    const { x, y } = this.scene.places;
    const [left, right] = d3.extent(polygon, (corner) => corner[0]);
    const [bottom, top] = d3.extent(polygon, (corner) => corner[1]);
    return d3.range(this.map.points.count).filter((i) => isWanted(this.map, i) &&
      x[i] >= left && x[i] <= right && y[i] >= bottom && y[i] <= top && d3.polygonContains(polygon, [x[i], y[i]]));
  }

  draw(context) {
    if (this.line.length < 2) return;
    context.beginPath();
    this.line.forEach(([x, y], k) => context[k ? "lineTo" : "moveTo"](x, y));
    context.closePath();
    context.fillStyle = theme.accent;
    context.globalAlpha = 0.1;
    context.fill();
    context.globalAlpha = 1;
    context.strokeStyle = theme.accent;
    context.lineWidth = 1.5;
    context.stroke();
  }

  report() {
    const { length } = state.selection;
    const bar = document.getElementById("selection");
    bar.hidden = length === 0;
    const clear = () => { state.selection = []; signals.call("selection"); };
    bar.replaceChildren(
      element("span", { class: "number" }, `${length.toLocaleString("en")} ${length === 1 ? "glyph" : "glyphs"} selected`),
      element("button", { type: "button", id: "download", onclick: () => saveCsv(this.map, state.selection) }, "Save CSV"),
      element("button", { type: "button", class: "quiet", "aria-label": "Clear the selection", onclick: clear }, "×"));
  }
}

// Always the map's own coordinates, also when the points were selected in the plane.
function csvOf(map, indices) {
  const { points } = map;
  const columns = {
    index: (i) => i,
    codepoint: points.hasCodes && points.codePoint,
    character: points.hasCodes && points.character,
    name: points.name && ((i) => points.name[i]),
    x: (i) => points.x[i].toFixed(4),
    y: (i) => points.y[i].toFixed(4),
    radical: points.hasCodes && ((i) => points.radical[i] || ""),
    strokes: points.hasCodes && ((i) => points.strokes[i] || ""),
    layout: points.hasCodes && ((i) => (points.layout[i] ? map.layouts[points.layout[i]] : "")),
    block: points.hasCodes && ((i) => map.blocks[points.block[i]]),
    split: (i) => (points.split[i] ? "held out" : "training"),
    definition: points.meaning,
  };
  const used = Object.entries(columns).filter(([, value]) => value);
  const quoted = (value) => (/[",\n\r]/.test(value) ? `"${String(value).replaceAll('"', '""')}"` : String(value));
  const rows = indices.map((i) => used.map(([, value]) => quoted(value(i))).join(","));
  return [used.map(([name]) => name).join(","), ...rows, ""].join("\r\n");
}

function saveCsv(map, indices) {
  const url = URL.createObjectURL(new Blob([csvOf(map, indices)], { type: "text/csv;charset=utf-8" }));
  element("a", { href: url, download: `glyphs-${indices.length}.csv` }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}
