// The previews as a timeline: slider, keys, playing.
const playing = { timer: 0 };
const shownIndex = () => Math.min(settings.preview ?? previews.length - 1, previews.length - 1);
const shownPreview = () => previews[shownIndex()];

function showPreview(index) {
  const bounded = Math.min(Math.max(index, 0), previews.length - 1);
  settings.preview = bounded === previews.length - 1 ? null : bounded; // whoever looks at the newest will see newer ones
  drawPreview();
  signals.call("preview");
}

function drawPreview() {
  const { step, url } = shownPreview();
  const image = document.getElementById("preview");
  image.src = url;
  image.alt = `Preview at step ${count(step)}: a row for each prompt, a column for each seed`;
  const moment = document.getElementById("moment");
  moment.value = shownIndex();
  moment.setAttribute("aria-valuetext", `step ${count(step)}`);
  document.getElementById("preview-place").textContent = placeText(step);
}

function play(on) {
  clearInterval(playing.timer);
  playing.timer = on ? setInterval(() => {
    if (shownIndex() === previews.length - 1) play(false);
    else showPreview(shownIndex() + 1);
  }, 500) : 0;
  const button = document.getElementById("play");
  button.setAttribute("aria-label", on ? "Pause" : "Play");
  button.innerHTML = `<svg viewBox="0 0 12 12" aria-hidden="true"><path d="${on ? "M2 1h3v10H2zM7 1h3v10H7z" : "M2.5 0.8 11 6 2.5 11.2z"}"/></svg>`;
}

function startPreviews() {
  if (previews.length === 0) return;
  document.getElementById("previews").hidden = false;
  const moment = document.getElementById("moment");
  moment.max = previews.length - 1;
  document.querySelector("#previews .time").hidden = previews.length === 1;
  const stop = (then) => () => {
    play(false);
    then();
  };
  moment.addEventListener("input", stop(() => showPreview(Number(moment.value))));
  document.getElementById("before").addEventListener("click", stop(() => showPreview(shownIndex() - 1)));
  document.getElementById("after").addEventListener("click", stop(() => showPreview(shownIndex() + 1)));
  document.getElementById("play").addEventListener("click", () => {
    if (!playing.timer && shownIndex() === previews.length - 1) showPreview(0);
    play(!playing.timer);
  });
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.matches("input, .chart")) return;
    const move = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (move) stop(() => showPreview(shownIndex() + move))();
  });
  play(false);
  drawPreview();
}
