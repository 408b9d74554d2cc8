// The address keeps what is seen: #u=660E,6728&z=4.2&at=1.5,-2.25&v=plane&t=225. u are pinned code points (i: indices,
// for pictures that are no characters), z the zoom, at the middle of the view, v the view, t the plane's time step.
function startLink(map, view, plane, available) {
  const { points } = map;
  let pause = 0;

  function write() {
    const parts = [];
    if (state.pins.length > 0) {
      parts.push(state.pins.every((i) => points.code[i])
        ? `u=${state.pins.map((i) => points.code[i].toString(16).toUpperCase()).join(",")}` : `i=${state.pins.join(",")}`);
    }
    const { k } = view.transform;
    if (!view.isAt(view.home)) {
      const middle = view.mapOf(view.width / 2, view.height / 2);
      parts.push(`z=${Number(k.toPrecision(4))}`, `at=${middle.map((value) => Number(value.toFixed(3))).join(",")}`);
    }
    if (state.layer !== "map") parts.push(`v=${state.layer}`);
    if (state.layer === "plane") parts.push(`t=${plane.frames[Math.round(state.time)].t}`);
    try {
      history.replaceState(null, "", `#${parts.join("&")}`);
    } catch {
      // A page inside another one may not be allowed to; it works all the same.
    }
  }

  function read() {
    clearTimeout(pause);
    const query = new URLSearchParams(location.hash.slice(1));
    const list = (name) => (query.get(name) ?? "").split(",").filter(Boolean);
    const indices = [
      ...list("u").map((hex) => points.indexOfCode.get(parseInt(hex.replace(/^u\+/i, ""), 16))),
      ...list("i").map(Number),
    ].filter((i) => Number.isInteger(i) && i >= 0 && i < points.count);
    state.pins = [...new Set(indices)];
    settleTime();
    state.layer = available[query.get("v")] ? query.get("v") : "map";
    const frame = plane.frames.findIndex(({ t }) => String(t) === query.get("t"));
    state.time = Math.max(0, frame);
    signals.call("layer");
    signals.call("pins");

    const at = list("at").map(Number);
    const place = at.length === 2 && at.every(Number.isFinite) ? at
      : state.pins.length > 0 ? [points.x[state.pins[0]], points.y[state.pins[0]]] : null;
    const wanted = Number(query.get("z"));
    const [least, most] = view.zoom.scaleExtent();
    const zoom = wanted > 0 ? Math.max(least, Math.min(most, wanted)) : state.pins.length > 0 ? view.closeUp : 1;
    if (place) view.jump(place, zoom);
    else if (wanted > 0) view.jump(view.mapOf(view.width / 2, view.height / 2), zoom);
    else view.glide(view.home, 0);
    clearTimeout(pause); // what was read needs no writing
  }

  read();
  addEventListener("hashchange", read);
  for (const name of ["view", "pins", "layer"]) {
    signals.on(`${name}.link`, () => {
      clearTimeout(pause);
      pause = setTimeout(write, 250);
    });
  }
}
