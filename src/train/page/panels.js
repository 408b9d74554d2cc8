// The curves of a run.
function startPanels() {
  const panel = (id, definition) => new Chart(document.getElementById(id), definition);
  panel("loss", {
    title: "Loss", unit: "training, mean per record", scale: "log", nothing: "No record yet",
    lines: [
      { source: "train", key: "loss", label: "each record", tone: "var(--main)", raw: true },
      { source: "train", key: "loss_smoothed", label: "smoothed", tone: "var(--main)" },
    ],
  });
  panel("validation", {
    title: "Validation loss", unit: "held-out glyphs, averaged weights", scale: "log", nothing: "No validation yet",
    lines: [
      { source: "validation", key: "loss", label: "own captions", tone: "var(--main)" },
      { source: "validation", key: "shuffled_loss", label: "captions of others", tone: "var(--second)" },
    ],
  });
  panel("bins", {
    title: "Validation loss by time step", unit: "tenths, from clean to noise", scale: "log", many: true, nothing: "No validation yet",
    lines: d3.range(10).map((bin) => ({
      source: "validation", key: `loss_t${bin}`, label: `${bin * 10}–${bin * 10 + 10} %`,
      tone: `color-mix(in oklch, var(--noisy) ${Math.round((bin * 100) / 9)}%, var(--clean))`,
    })),
  });
  panel("grad-norm", {
    title: "Gradient norm", unit: "before clipping", scale: "log", nothing: "No record yet",
    lines: [{ source: "train", key: "grad_norm", label: "2-norm", tone: "var(--second)" }],
  });
  panel("learning-rate", {
    title: "Learning rate", unit: "AdamW", zero: true, nothing: "No record yet",
    lines: [{ source: "train", key: "learning_rate", label: "rate", tone: "var(--second)" }],
  });
  panel("speed", {
    title: "Speed", unit: "samples per second", zero: true, nothing: "No record yet",
    lines: [{ source: "train", key: "samples_per_second", label: "samples/s", tone: "var(--second)" }],
  });
}
