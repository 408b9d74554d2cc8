// A glyph in words and large: under the pointer, and pinned.
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== false && value !== null) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== ""));
  return made;
}

// A canvas with a glyph; filled later if its tile has to be decoded first, and drawn anew in another theme.
const awaitedGlyphs = new Set();

function glyphCanvas(store, tile, label) {
  const canvas = element("canvas", { class: "glyph", role: "img", "aria-label": label });
  canvas.draw = () => drawLargeGlyph(canvas, store, tile, pixelOf(theme.ink)) && awaitedGlyphs.delete(canvas);
  if (!canvas.draw()) awaitedGlyphs.add(canvas);
  return canvas;
}

signals.on("tiles.cards", () => awaitedGlyphs.forEach((canvas) => canvas.draw()));
signals.on("theme.cards", () => document.querySelectorAll("canvas.glyph").forEach((canvas) => canvas.draw()));

function radicalText(map, i) {
  const number = map.points.radical[i];
  return number ? `radical ${number}${map.radicals[number] ? ` ${map.radicals[number]}` : ""}` : "";
}

function factsOf(map, i) {
  const { points } = map;
  const layout = map.layouts[points.layout[i]];
  return [
    radicalText(map, i),
    points.strokes[i] ? `${points.strokes[i]} ${points.strokes[i] === 1 ? "stroke" : "strokes"}` : "",
    points.layout[i] ? layout : "",
    map.differs.includes("split") ? (points.split[i] ? "held out" : "training") : "",
  ].filter(Boolean).join(" · ");
}

function glyphCard(map, i, aside = "") {
  const { points } = map;
  const character = points.character(i);
  return [
    element("div", { class: "name" }, character && element("b", { lang: "zh" }, character), element("span", {}, points.label(i))),
    element("p", { class: "meaning", title: points.meaning(i) }, points.meaning(i)),
    element("p", { class: "facts" }, factsOf(map, i)),
    aside && element("p", { class: "aside" }, aside),
  ].filter((part) => part && part.textContent);
}

// What a marker of the placed pictures is; a noised glyph shows the glyph that it was.
function markerCard(map, placed, marker) {
  const off = marker.off ? " Hollow: farther from every training glyph than 99 % of these are from each other." : "";
  if (marker.kind === "noised") {
    const aside = `Noised to t = ${marker.t}, placed where its nearest glyphs are; the line leads to its own place.${off}`;
    return [glyphCanvas(map.tiles, marker.source, map.points.label(marker.source)), ...glyphCard(map, marker.source, aside)];
  }
  const steps = `${marker.steps} ${marker.steps === 1 ? "step" : "steps"}`;
  return [
    placed.tile ? glyphCanvas(map.sampleTiles, marker.tile, `generated in ${steps}`) : "",
    element("div", { class: "name" }, marker.prompt ? `“${marker.prompt}”` : "generated"),
    element("p", { class: "facts" }, `generated in ${steps}; no glyph of the data`),
    element("p", { class: "aside" }, `Placed where its nearest glyphs are.${off}`),
  ].filter(Boolean);
}
