// The horizontal axis that all curves share: steps, epochs or time. Everything is kept by step; what a step is on the
// other axes follows from the training records, also between them and for records that do not say it themselves.
const axes = {
  step: { column: "step", title: () => "step", text: (step) => `step ${count(Math.round(step))}`, tick: (value) => count(value), unit: 1 },
  epoch: { column: "epoch", title: () => "epoch", text: (epoch) => `epoch ${epoch.toFixed(2)}`, tick: (value) => String(value), unit: 1 },
  time: { column: "seconds", title: (unit) => ({ 1: "seconds", 60: "minutes", 3600: "hours", 86400: "days" })[unit], text: duration, tick: (value) => String(value) },
};
const isOffered = (name) => name === "step" || hasAll("train", axes[name].column);

// Straight lines through the training records, and on beyond the last one.
function between(from, to, value) {
  if (from.length === 0) return 0;
  if (from.length === 1) return from[0] ? (to[0] * value) / from[0] : 0;
  const after = Math.min(Math.max(d3.bisectLeft(from, value), 1), from.length - 1);
  const [x0, x1, y0, y1] = [from[after - 1], from[after], to[after - 1], to[after]];
  if (value < x0) return x0 ? (y0 * value) / x0 : 0; // before the first record: from the beginning of the run
  return x1 === x0 ? y1 : y0 + ((y1 - y0) * (value - x0)) / (x1 - x0);
}
function placeOn(name, step) {
  return name === "step" ? step : between(column("train", "step"), column("train", axes[name].column), step);
}
const placeOf = (step) => placeOn(settings.x, step);
const stepAt = (place) => (settings.x === "step" ? place : between(column("train", axes[settings.x].column), column("train", "step"), place));

const lastStep = Math.max(1, run.step, d3.max(column("train", "step")) ?? 0);
const shownSteps = () => settings.range ?? [0, lastStep];

// One of the units of time that leaves few digits.
function unitOf(extent) {
  if (settings.x !== "time") return 1;
  return [86400 * 2, 3600 * 2, 120].map((least, k) => (extent >= least ? [86400, 3600, 60][k] : 0)).find(Boolean) || 1;
}

// "step 4,020 · epoch 12.76 · 41 min 03 s"
const placeText = (step) => Object.keys(axes).filter(isOffered).map((name) => axes[name].text(placeOn(name, step))).join(" · ");

function startAxis() {
  const field = document.getElementById("axis");
  if (!isOffered(settings.x)) settings.x = "step";
  for (const name of Object.keys(axes)) {
    const input = element("input", { type: "radio", name: "x", value: name });
    input.checked = settings.x === name;
    input.disabled = !isOffered(name);
    input.addEventListener("change", () => {
      settings.x = name;
      signals.call("axis");
    });
    field.append(element("label", {}, input, element("span", {}, name)));
  }
  const whole = document.getElementById("whole");
  whole.addEventListener("click", () => setRange(null));
  signals.on("axis.whole", () => { whole.hidden = !settings.range; });
  signals.on("cursor.place", () => {
    document.getElementById("place").textContent = reading.step === null ? "" : placeText(reading.step);
  });
}

function setRange(range) {
  settings.range = range;
  signals.call("axis");
}

function read(step) {
  if (reading.step === step) return;
  reading.step = step;
  signals.call("cursor");
}
