// The views that are never mixed up, each with its notice, its switches and its slider.
const notices = {
  plane: ["Illustration.", "A diffusion of the map's coordinates, as in the article: each dot's place is noised, no glyph is."],
  placed: ["Real pictures, placed by their nearest glyphs.", "Such a place can never lie outside the data: noise gathers on a " +
    "few glyphs instead of spreading. Hollow marks are like no glyph here. Read distances under “Distances”."],
};

const switchNames = {
  points: "points", glyphs: "glyphs", contours: "density contours", labels: "labels", arrows: "score arrows",
  noised: "noised glyphs", samples: "samples",
};

function startLayers(map, plane, placed) {
  const stage = document.getElementById("stage");
  const settings = document.getElementById("layer-settings");
  const notice = document.getElementById("notice");
  const radios = [...document.querySelectorAll('#layers input')];
  const available = { map: true, plane: plane.available, placed: placed.available, distances: Boolean(map.distances) };
  for (const radio of radios) {
    radio.closest("label").hidden = !available[radio.value];
    radio.addEventListener("change", () => {
      settleTime(); // what moves would be left between two frames
      state.layer = radio.value;
      signals.call("layer");
    });
  }
  document.getElementById("layers").hidden = !(available.plane || available.placed || available.distances);

  const missing = {
    arrows: !plane.available, labels: map.lobes.length === 0,
    noised: placed.noised.length === 0, samples: placed.samples.length === 0,
  };

  function switches() {
    const show = state.show[state.layer];
    const plain = state.layer === "plane" || plane.plain >= 0; // contours of noised places would not fit the map
    const names = Object.keys(show).filter((name) => !missing[name] && (name !== "contours" || plain));
    return element("div", { class: "switches" }, ...names.map((name) => {
      const box = element("input", { type: "checkbox", name, onchange: () => { show[name] = box.checked; signals.call("colour"); } });
      box.checked = show[name];
      return element("label", {}, box, switchNames[name]);
    }));
  }

  const sliders = {
    plane: () => [frameSlider(plane), element("p", { class: "note" }, "Arrows: the score, the direction in which the density " +
      "grows, shortened to be drawn. Pale: hardly a dot is there; the true score does not fade far out, it grows.")],
    placed: () => [
      levelSlider("noised", "Noise of the glyphs", placed.noised, (level) => `glyphs noised to t = ${level.t}`),
      levelSlider("samples", "Steps of the samples", placed.samples, (level) => `samples of ${level.steps} ${level.steps === 1 ? "step" : "steps"}`),
    ],
  };

  signals.on("layer.settings", () => {
    const { layer } = state;
    radios.forEach((radio) => { radio.checked = radio.value === layer; });
    settings.dataset.layer = notice.dataset.layer = layer;
    notice.hidden = !notices[layer];
    if (notices[layer]) notice.replaceChildren(element("strong", {}, notices[layer][0]), ` ${notices[layer][1]}`);
    stage.classList.toggle("numbers", layer === "distances");
    document.getElementById("colours").hidden = map.differs.length === 0 || layer === "placed" || layer === "distances";
    document.getElementById("distances").hidden = layer !== "distances";
    settings.replaceChildren(...(layer === "distances" ? [] : [switches(), ...(sliders[layer]?.() ?? [])]));
    signals.call("places");
  });
  signals.call("layer");
  return available;
}

// A slider over the levels of noise or of steps of the placed pictures; none if there is but one.
function levelSlider(key, label, levels, textOf) {
  if (levels.length === 0) return "";
  const output = element("output", {}, textOf(levels[state[key]]));
  const input = element("input", { type: "range", min: 0, max: levels.length - 1, step: 1, value: state[key], "aria-label": label, "data-key": key });
  const describe = () => {
    output.textContent = textOf(levels[state[key]]);
    input.setAttribute("aria-valuetext", output.textContent);
  };
  input.addEventListener("input", () => {
    state[key] = Number(input.value);
    describe();
    signals.call("colour");
  });
  describe();
  return element("div", { class: "time plain" }, input, output);
}

// The time of the plane: a slider that glides from frame to frame, and a button that runs through all of them.
function frameSlider(plane) {
  const last = plane.frames.length - 1;
  const input = element("input", { type: "range", min: 0, max: last, step: 1, value: Math.round(state.time), "aria-label": "Time step", id: "frame" });
  const output = element("output", {});
  const play = element("button", { type: "button", id: "play", "aria-label": "Run through the time steps", title: "Run through the time steps" }, "▶");

  function describe(frame) {
    const { t, signal, noise } = plane.frames[frame];
    output.textContent = `t = ${t} · signal ${signal.toFixed(2)} · noise ${noise.toFixed(2)}`;
    input.setAttribute("aria-valuetext", `t = ${t}`);
  }

  function go(frame, duration) {
    input.value = frame;
    describe(frame);
    return glideTime(frame, duration);
  }

  input.addEventListener("input", () => go(Number(input.value), 500));
  play.addEventListener("click", async () => {
    if (Number(input.value) === last && !(await go(0, 300))) return;
    for (let frame = Number(input.value) + 1; frame <= last; frame += 1) {
      if (!(await go(frame, 900))) return; // the reader moved the slider, or left
    }
  });
  describe(Number(input.value));
  return element("div", { class: "time" }, play, input, output);
}

// Moves state.time to a frame; resolves to whether it got there before it was settled or another move began.
let timeMove = null; // the running one

function glideTime(target, duration) {
  const move = { target };
  timeMove = move;
  const from = state.time;
  const begin = performance.now();
  return new Promise((resolve) => {
    function step(now) {
      if (move !== timeMove) return resolve(false);
      const share = Math.min(1, Math.max(0, (now - begin) / duration));
      const there = share === 1 || reducedMotion; // without motion it jumps, and waits as long
      state.time = there ? target : from + (target - from) * d3.easeCubicInOut(share);
      signals.call("view");
      if (share < 1) return requestAnimationFrame(step);
      timeMove = null;
      return resolve(true);
    }
    requestAnimationFrame(step);
  });
}

// Ends a running move at its frame.
function settleTime() {
  if (timeMove) state.time = timeMove.target;
  timeMove = null;
}
