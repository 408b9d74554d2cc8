// Pinned glyphs, side by side below the map.
function togglePin(index) {
  state.pins = state.pins.includes(index) ? state.pins.filter((i) => i !== index) : [...state.pins, index];
  signals.call("pins");
}

function startPins(map, view) {
  const list = document.getElementById("pins");
  const cards = new Map(); // index -> item, so that the other cards stay as they are

  function cardOf(index) {
    const label = map.points.label(index);
    const go = () => view.fly([map.points.x[index], map.points.y[index]], view.closeUp);
    return element("li", { class: "card", "data-index": index },
      element("button", { type: "button", class: "show", "aria-label": `Show ${label} on the map`, title: "Show on the map", onclick: go },
        glyphCanvas(map.tiles, index, label)),
      ...glyphCard(map, index),
      element("button", { type: "button", class: "close quiet", "aria-label": `Unpin ${label}`, onclick: () => togglePin(index) }, "×"));
  }

  signals.on("pins.list", () => {
    for (const [index, card] of cards) {
      if (!state.pins.includes(index)) {
        card.remove();
        cards.delete(index);
      }
    }
    for (const index of state.pins) {
      if (cards.has(index)) continue;
      cards.set(index, cardOf(index));
      list.append(cards.get(index));
      list.scrollLeft = list.scrollWidth;
    }
    document.getElementById("stage").classList.toggle("pinned", state.pins.length > 0);
  });
}
