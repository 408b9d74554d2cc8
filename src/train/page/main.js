// Puts the parts together. `trainingReport` is the page's face to its test.
const kept = recall();
startSummary();
startAxis();
startPreviews();
startPanels();
startMemory(kept);
addEventListener("keydown", (event) => event.key === "Escape" && settings.range && setRange(null));
signals.call("axis");
window.trainingReport = { run, settings, reading, previews };
