// A page of a run that goes on loads itself anew from time to time, and what the reader chose stays as it was.
const reloadAfter = 30000;
const memoryKey = `report ${location.pathname}`;

function recall() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(memoryKey) ?? "{}");
    for (const key of Object.keys(settings)) if (key in kept) settings[key] = kept[key];
    return kept;
  } catch {
    return {}; // a browser that keeps nothing for local files shows the page as new
  }
}

function remember() {
  settings.open = [...document.querySelectorAll("details[open]")].map(({ id }) => id);
  try {
    sessionStorage.setItem(memoryKey, JSON.stringify({ ...settings, scroll: scrollY, focus: document.activeElement?.id }));
  } catch {
    // likewise
  }
}

function startMemory(kept) {
  for (const id of settings.open) document.getElementById(id)?.setAttribute("open", "");
  if (kept.scroll) scrollTo({ top: kept.scroll, behavior: "instant" });
  if (kept.focus) document.getElementById(kept.focus)?.focus({ preventScroll: true });
  addEventListener("pagehide", remember);
  if (run.state !== "running") return;
  const label = document.getElementById("following");
  const box = label.querySelector("input");
  label.hidden = false;
  box.checked = settings.reload;
  box.addEventListener("change", () => { settings.reload = box.checked; });
  let ripe = false;
  const reload = () => {
    const isBusy = playing.timer || document.querySelector(":active") || reading.step !== null;
    if (!ripe || !settings.reload || document.hidden || isBusy) return;
    location.reload();
  };
  setTimeout(() => { ripe = true; }, reloadAfter);
  setInterval(reload, 1000);
}
