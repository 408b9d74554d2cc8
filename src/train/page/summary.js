// The run in figures, and all that is known of it.
const ageText = (seconds) => (seconds < 5 ? "just now" : `${duration(seconds)} ago`);
const stale = () => run.state === "running" && Date.now() / 1000 - run.written > 300;

function describeState() {
  const age = Math.max(0, Date.now() / 1000 - run.written);
  const state = document.getElementById("state");
  state.className = stale() ? "" : run.state;
  state.textContent = stale() ? "no news" : run.state;
  document.getElementById("written").textContent = `written ${ageText(age)}`;
}

function figures() {
  const last = (key) => column("train", key).at(-1);
  const total = run.total_steps;
  const list = [["Step", count(run.step), total ? `of ${count(total)}` : ""]];
  if (isNumber(last("epoch"))) list.push(["Epoch", placeOn("epoch", run.step).toFixed(1), ""]);
  if (isNumber(last("seconds"))) list.push([run.state === "running" ? "Running for" : "Ran for", duration(placeOn("time", run.step)), ""]);
  if (run.state === "running" && isNumber(run.seconds_left)) list.push(["Left", duration(run.seconds_left), ""]);
  if (isNumber(last("loss_smoothed"))) list.push(["Loss", figure(last("loss_smoothed")), "smoothed"]);
  const held = column("validation", "loss").at(-1);
  if (isNumber(held)) list.push(["Validation loss", figure(held), ""]);
  if (isNumber(last("samples_per_second"))) list.push(["Speed", figure(last("samples_per_second")), "samples/s"]);
  if (isNumber(last("peak_memory"))) list.push(["Peak memory", bytes(last("peak_memory")), ""]);
  if (isNumber(last("device_peak_memory"))) list.push(["On the device", bytes(last("device_peak_memory")), ""]);
  if (last("skipped_steps")) list.push(["Skipped steps", count(last("skipped_steps")), ""]);
  return list;
}

function facts() {
  const about = run.run;
  const known = (key, text) => (isNumber(about[key]) && about[key] !== "" ? text(about[key]) : null);
  return Object.entries({
    Device: known("device_name", (name) => `${name} (${about.device})`),
    Threads: known("threads", count),
    "Memory of the machine": known("memory", bytes),
    Precision: known("precision", String),
    Parameters: known("parameters", count),
    "Samples a step": known("batch_size", count),
    "Glyphs to train on": known("training_glyphs", (glyphs) => `${count(glyphs)}, ${count(about.held_out_glyphs)} held out, ${count(about.captions)} captions`),
    glyffuser: known("glyffuser", (version) => `${version}, revision ${about.revision}, ${about.compiler}`),
    LibTorch: known("torch", String),
    "Configuration's SHA-256": known("config_sha256", String),
    "Last process began": known("started", (time) => time.replace("T", " ").replace(/([+-]\d\d)(\d\d)$/, " $1:$2")),
    "Last process began at step": known("step", count),
  }).filter(([, text]) => text !== null);
}

function startSummary() {
  document.title = `${run.name} – training run`;
  document.getElementById("name").textContent = run.name;
  const bar = document.getElementById("progress");
  bar.hidden = !run.total_steps;
  bar.setAttribute("aria-valuemax", run.total_steps);
  bar.setAttribute("aria-valuenow", run.step);
  bar.firstElementChild.style.width = `${(100 * run.step) / (run.total_steps || 1)}%`;
  document.getElementById("figures").append(...figures().map(([name, value, aside]) => element("div", {},
    element("dt", {}, name), element("dd", {}, value, aside ? " " : "", aside ? element("small", {}, aside) : ""))));
  const about = document.querySelector("#about");
  about.hidden = facts().length === 0;
  about.querySelector("dl").append(...facts().flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]));
  const warnings = document.getElementById("warnings");
  warnings.hidden = run.warnings.length === 0;
  warnings.querySelector("summary").textContent = run.warnings.length === 1 ? "1 warning" : `${run.warnings.length} warnings`;
  warnings.querySelector("ol").append(...run.warnings.map((line) => element("li", {}, line)));
  const config = document.getElementById("config");
  config.hidden = !run.config;
  config.querySelector("pre").textContent = run.config;
  describeState();
  setInterval(describeState, 1000);
}
