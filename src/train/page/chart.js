// One panel: a title, what the curves read at the cursor, and the curves.
//
// lines: [{ source, key, label, tone (a CSS colour), raw? }]; scale: "log" or "linear" to begin with; zero: whether a
// linear axis begins at 0.
const edge = { left: 54, right: 10, top: 8, bottom: 34 };

class Chart {
  constructor(section, { title, unit, lines, scale = "linear", zero = false, many = false, nothing }) {
    Object.assign(this, { section, title, zero, id: section.id, first: scale });
    this.lines = lines.filter(({ source, key }) => column(source, key).some(isNumber));
    section.classList.toggle("many", many);
    const head = element("div", { class: "title" }, element("div", {}, element("h2", {}, title), " ", element("span", { class: "unit" }, unit)));
    section.append(head);
    if (this.lines.length === 0) {
      const recorded = lines.some(({ source, key }) => column(source, key).length > 0);
      section.append(element("p", { class: "empty" }, recorded ? "Recorded, but never a finite number" : nothing));
      return;
    }
    this.toggle = element("button", { type: "button", "aria-label": `Logarithmic scale of ${title.toLowerCase()}` }, "log");
    this.toggle.addEventListener("click", () => {
      settings.scales[this.id] = this.isLog ? "linear" : "log";
      this.draw();
    });
    head.append(this.toggle);
    this.readings = element("ul", { class: "readings" });
    for (const line of this.lines) {
      line.value = element("b", {});
      this.readings.append(element("li", { class: line.raw ? "raw" : "", style: `--tone: ${line.tone}` }, element("i"), element("span", {}, line.label), line.value));
      line.steps = column(line.source, "step");
      line.values = column(line.source, line.key);
    }
    this.frame = element("div", { class: "chart", tabindex: "0", role: "img" });
    section.append(this.readings, this.frame);
    this.listen();
    for (const signal of ["axis", "preview"]) signals.on(`${signal}.${this.id}`, () => this.draw());
    signals.on(`cursor.${this.id}`, () => this.drawCursor());
    new ResizeObserver(() => this.draw()).observe(this.frame);
  }

  get isLog() { return (settings.scales[this.id] ?? this.first) === "log"; }

  listen() {
    const { frame } = this;
    const placeAt = (event) => this.x.invert(d3.pointer(event, this.frame)[0]);
    frame.addEventListener("pointermove", (event) => {
      if (this.dragged) this.drawDragged(placeAt(event));
      else read(this.nearest(stepAt(placeAt(event))));
    });
    frame.addEventListener("pointerleave", () => this.dragged || read(null));
    frame.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      this.dragged = [placeAt(event), placeAt(event)];
      frame.setPointerCapture(event.pointerId);
    });
    frame.addEventListener("pointerup", () => {
      const places = this.dragged?.map((place) => this.x(place));
      const steps = this.dragged?.map(stepAt).sort(d3.ascending);
      this.endDrag();
      if (steps && Math.abs(places[1] - places[0]) > 8) setRange([Math.max(0, steps[0]), Math.min(lastStep, steps[1])]);
    });
    frame.addEventListener("pointercancel", () => this.endDrag());
    frame.addEventListener("dblclick", () => setRange(null));
    frame.addEventListener("blur", () => read(null));
    frame.addEventListener("keydown", (event) => {
      const { steps } = this.lines[0];
      const at = reading.step === null ? steps.length - 1 : d3.bisectLeft(steps, reading.step);
      const [first, last] = shownSteps();
      const moves = { ArrowLeft: at - 1, ArrowRight: at + 1, PageUp: at - 20, PageDown: at + 20, Home: d3.bisectLeft(steps, first), End: d3.bisectRight(steps, last) - 1 };
      if (!(event.key in moves) || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      event.stopPropagation();
      read(steps[Math.min(Math.max(moves[event.key], 0), steps.length - 1)]);
    });
  }

  nearest(step) {
    const { steps } = this.lines[0];
    return steps[d3.bisectCenter(steps, step)];
  }

  drawDragged(place) {
    this.dragged[1] = place;
    const [from, to] = this.dragged.map((each) => this.x(each)).sort(d3.ascending);
    this.svg.select(".drawn-out").attr("x", from).attr("width", to - from);
  }

  endDrag() {
    this.dragged = null;
    this.svg.select(".drawn-out").attr("width", 0);
  }

  // The scale of what is in view.
  makeY() {
    const [from, to] = shownSteps();
    const seen = this.lines.flatMap(({ steps, values }) => values.filter((value, i) =>
      isNumber(value) && steps[i] >= from && steps[i] <= to && (!this.isLog || value > 0)));
    let [low, high] = seen.length ? d3.extent(seen) : [0.1, 1];
    const range = [this.bottom, edge.top];
    if (this.isLog) {
      const room = Math.max(1.02, (high / low) ** 0.04);
      return d3.scaleLog([low / room, high * room], range);
    }
    if (this.zero) low = Math.min(0, low);
    if (low === high) high = low + (Math.abs(low) || 1);
    return d3.scaleLinear([low, high], range).nice(5);
  }

  draw() {
    const { clientWidth: width, clientHeight: height } = this.frame;
    if (width === 0) return;
    this.bottom = height - edge.bottom;
    const [from, to] = shownSteps().map(placeOf);
    const x = d3.scaleLinear([from, to > from ? to : from + 1], [edge.left, width - edge.right]);
    const y = this.makeY();
    Object.assign(this, { x, y });
    const svg = d3.create("svg").attr("height", height).attr("aria-hidden", "true");
    this.svg = svg;
    svg.append("clipPath").attr("id", `clip-${this.id}`).append("rect").attr("x", edge.left - 2).attr("y", 0)
      .attr("width", width - edge.left - edge.right + 4).attr("height", this.bottom + 4);
    this.drawAxes(width);
    const inside = svg.append("g").attr("clip-path", `url(#clip-${this.id})`);
    this.drawCurves(inside);
    const shown = previews.length > 1 ? shownPreview()?.step : undefined;
    if (shown !== undefined) {
      inside.append("line").attr("class", "shown").attr("x1", x(placeOf(shown))).attr("x2", x(placeOf(shown)))
        .attr("y1", edge.top).attr("y2", this.bottom);
    }
    inside.append("rect").attr("class", "drawn-out").attr("y", edge.top).attr("height", this.bottom - edge.top);
    svg.append("g").attr("class", "cursor");
    this.frame.replaceChildren(svg.node());
    this.toggle.setAttribute("aria-pressed", this.isLog);
    this.drawCursor();
  }

  drawAxes(width) {
    const { x, y, svg, bottom } = this;
    const unit = unitOf(x.domain()[1] - x.domain()[0]);
    const grid = svg.append("g").attr("class", "grid");
    for (const tick of valueTicks(y)) {
      grid.append("line").attr("x1", edge.left).attr("x2", width - edge.right).attr("y1", y(tick)).attr("y2", y(tick));
      grid.append("text").attr("x", edge.left - 8).attr("y", y(tick)).attr("dy", "0.33em").attr("text-anchor", "end").text(tickText(tick));
    }
    const axis = axes[settings.x];
    const ticks = d3.ticks(x.domain()[0] / unit, x.domain()[1] / unit, Math.max(2, Math.floor(width / 110)));
    for (const tick of ticks.filter((each) => settings.x !== "step" || Number.isInteger(each))) {
      const at = x(tick * unit);
      grid.append("line").attr("x1", at).attr("x2", at).attr("y1", bottom).attr("y2", bottom + 4);
      grid.append("text").attr("x", at).attr("y", bottom + 16).attr("text-anchor", at > width - 40 ? "end" : "middle").text(axis.tick(tick));
    }
    svg.append("text").attr("x", width - edge.right).attr("y", bottom + edge.bottom - 3).attr("text-anchor", "end").text(axis.title(unit));
  }

  drawCurves(inside) {
    const { x, y } = this;
    for (const { steps, values, tone, raw } of this.lines) {
      const drawn = (value) => isNumber(value) && (!this.isLog || value > 0);
      const points = values.map((value, i) => [x(placeOf(steps[i])), drawn(value) ? y(value) : null]);
      const path = d3.line().defined(([, height]) => height !== null);
      inside.append("path").attr("class", raw ? "curve raw" : "curve").attr("style", `--tone: ${tone}`).attr("d", path(points));
      if (points.length > 40) continue;
      for (const [left, height] of points.filter(([, each]) => each !== null && !raw)) {
        inside.append("circle").attr("class", "dot").attr("style", `--tone: ${tone}`).attr("cx", left).attr("cy", height).attr("r", 2);
      }
    }
  }

  drawCursor() {
    if (!this.svg) return;
    const group = this.svg.select(".cursor");
    group.selectAll("*").remove();
    const at = reading.step === null ? null : this.x(placeOf(reading.step));
    const isSeen = at !== null && at >= edge.left - 1 && at <= this.x.range()[1] + 1;
    if (isSeen) group.append("line").attr("x1", at).attr("x2", at).attr("y1", edge.top).attr("y2", this.bottom);
    for (const { steps, values, tone, raw, value: output } of this.lines) {
      const i = reading.step === null ? d3.bisectRight(steps, shownSteps()[1]) - 1 : d3.bisectCenter(steps, reading.step);
      output.textContent = figure(values[Math.max(0, i)]);
      if (isSeen && !raw && isNumber(values[i]) && (!this.isLog || values[i] > 0)) {
        group.append("circle").attr("style", `--tone: ${tone}`).attr("cx", this.x(placeOf(steps[i]))).attr("cy", this.y(values[i])).attr("r", 3.2);
      }
    }
    const where = placeText(reading.step ?? this.lines[0].steps.at(-1));
    this.frame.setAttribute("aria-label", `${this.title} at ${where}: ${this.lines.map(({ label, value }) => `${label} ${value.textContent}`).join(", ")}`);
  }
}

// On a logarithmic axis powers of ten with as many steps between as there is room for; within one decade even steps.
function valueTicks(y) {
  const [low, high] = y.domain();
  if (!y.base) return y.ticks(4);
  const decades = Math.log10(high / low);
  if (decades < 0.8) return d3.ticks(low, high, 4);
  const factors = decades < 1.6 ? [1, 2, 3, 5] : decades < 3 ? [1, 3] : [1];
  const powers = d3.range(Math.floor(Math.log10(low)), Math.ceil(Math.log10(high)) + 1);
  const thin = Math.max(1, Math.ceil(decades / 6));
  return powers.filter((power) => power % thin === 0).flatMap((power) => factors.map((factor) => Number(`${factor}e${power}`)))
    .filter((tick) => tick >= low && tick <= high);
}

function tickText(value) {
  const size = Math.abs(value);
  if (value === 0) return "0";
  if (size >= 1e5 || size < 1e-3) {
    const [digits, power] = value.toExponential().split("e");
    return `${Number(Number(digits).toPrecision(3))}e${Number(power)}`;
  }
  return size >= 1000 ? count(value) : String(Number(value.toPrecision(6)));
}
