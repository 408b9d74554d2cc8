// Keys, and the buttons that do the same.

// Whether the control with the focus needs a key itself: what one types into takes all of them, radios and sliders only
// those that move them, for a click on a view leaves the focus on its radio.
function needsKey(control, key) {
  if (control.closest("input:not([type=checkbox], [type=radio], [type=range]), select, textarea")) return true;
  return /^(Arrow|Page|Home$|End$)/.test(key) && Boolean(control.closest("input[type=radio], input[type=range]"));
}

function startKeyboard(view, lasso, pointing) {
  const help = document.getElementById("help");
  const query = document.getElementById("query");
  const layer = (place) => {
    const radios = [...document.querySelectorAll("#layers label:not([hidden]) input")];
    radios[place]?.click();
  };
  const slide = (by) => {
    const slider = document.querySelector('#layer-settings input[type="range"]');
    if (!slider) return;
    slider.value = Number(slider.value) + by;
    slider.dispatchEvent(new Event("input"));
  };

  // Esc undoes one thing at a time, the latest first.
  function back() {
    if (lasso.armed) lasso.arm(false);
    else if (state.hovered) pointing.hover(null);
    else if (query.value) clearSearch();
    else if (state.selection.length > 0) { state.selection = []; signals.call("selection"); }
    else if (state.pins.length > 0) { state.pins = []; signals.call("pins"); }
  }

  const step = 70;
  const keys = {
    "/": () => { query.focus(); query.select(); },
    "?": () => help.showModal(),
    "+": () => view.zoomBy(1.5),
    "=": () => view.zoomBy(1.5),
    "-": () => view.zoomBy(1 / 1.5),
    0: () => view.reset(),
    ArrowLeft: () => view.panBy(step, 0),
    ArrowRight: () => view.panBy(-step, 0),
    ArrowUp: () => view.panBy(0, step),
    ArrowDown: () => view.panBy(0, -step),
    "[": () => slide(-1),
    "]": () => slide(1),
    l: () => lasso.arm(!lasso.armed),
    t: switchTheme,
    Escape: back,
    1: () => layer(0), 2: () => layer(1), 3: () => layer(2), 4: () => layer(3),
  };

  addEventListener("keydown", (event) => {
    if (event.isComposing) return; // the key is the input method's
    if (help.open || event.ctrlKey || event.metaKey || event.altKey) return;
    const { target } = event;
    if (event.key === "Escape" && target === query) {
      clearSearch();
      document.getElementById("over").focus();
      return;
    }
    const arrows = event.key.startsWith("Arrow") && target.closest("#results, #panel, #pins");
    if (needsKey(target, event.key) || arrows) return;
    const action = keys[event.key] ?? keys[event.key.toLowerCase()];
    if (!action) return;
    action();
    event.preventDefault();
  });

  const press = (id, action) => document.getElementById(id).addEventListener("click", action);
  press("zoom-in", keys["+"]);
  press("zoom-out", keys["-"]);
  press("zoom-reset", keys[0]);
  press("theme", switchTheme);
  press("help-open", keys["?"]);
}
