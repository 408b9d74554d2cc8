// Which property colours the map, and what its colours mean. An entry of the legend narrows the map to what it names.
function startColours(map) {
  const choice = document.getElementById("colour-by");
  const legend = document.getElementById("legend");
  for (const key of map.differs) choice.append(element("option", { value: key }, properties[key].title));
  choice.append(element("option", { value: "" }, "one colour"));

  function entryOf({ value, name, colour, count }) {
    const toggle = () => {
      if (!state.narrowed.delete(value)) state.narrowed.add(value);
      showNarrowed();
      signals.call("colour");
    };
    return element("li", {}, element("button", {
      type: "button", "data-value": value, "aria-pressed": "false", style: `--swatch: ${colour}`, onclick: toggle,
      title: `${properties[colouring.key].title} ${name}: ${count.toLocaleString("en")}`,
    }, element("i"), name, colouring.legend.length <= 16 ? element("small", { class: "number" }, count.toLocaleString("en")) : ""));
  }

  function showNarrowed() {
    legend.classList.toggle("narrowed", state.narrowed.size > 0);
    for (const button of legend.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(state.narrowed.has(Number(button.dataset.value))));
    }
  }

  function apply() {
    colourPoints(map, choice.value);
    legend.replaceChildren(...colouring.legend.map(entryOf));
    showNarrowed();
    signals.call("colour");
  }

  choice.addEventListener("change", () => {
    state.narrowed.clear();
    apply();
  });
  signals.on("theme.colours", apply);
  apply();
}
