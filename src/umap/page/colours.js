// Colours: those of the theme, which page.css defines, and those of a property of the glyphs.
const themeNames = ["paper", "panel", "raised", "ink", "muted", "line", "accent", "plane", "placed", "faint"];
const theme = { dark: false };

function readTheme() {
  theme.dark = document.documentElement.dataset.theme === "dark";
  const style = getComputedStyle(document.documentElement);
  for (const name of themeNames) theme[name] = style.getPropertyValue(`--${name}`).trim();
}

// A CSS colour as the little-endian pixel of a canvas, opaque.
function pixelOf(colour) {
  const { r, g, b } = d3.rgb(colour);
  return (0xff000000 | (Math.round(b) << 16) | (Math.round(g) << 8) | Math.round(r)) >>> 0;
}

// Eight colours of like weight for few values; for many, hues by the golden angle in CIE LCh, so that values of
// neighbouring rank lie far apart, in three lightnesses.
const fewColours = ["#2f6f95", "#c2543f", "#5d8a3a", "#8759a3", "#c08a1e", "#2f9488", "#b3557e", "#5a6a78"];

function categoryColour(rank, values) {
  if (values <= fewColours.length) {
    const colour = d3.hcl(fewColours[rank]);
    return theme.dark ? d3.hcl(colour.h, colour.c * 0.9, colour.l + 20).formatHex() : fewColours[rank];
  }
  const lightness = (theme.dark ? [70, 62, 78] : [50, 43, 58])[rank % 3];
  return d3.hcl((25 + rank * 137.508) % 360, theme.dark ? 46 : 52, lightness).formatHex();
}

// From few to many: towards the colour that stands out most from the paper.
const rampOf = (dark) => d3.interpolateRgbBasis(
  dark ? ["#4f4a9c", "#a0478f", "#e2705c", "#f4d58b"] : ["#d9a63c", "#cc6b42", "#923464", "#352a66"]);

const properties = {
  radical: {
    title: "radical",
    values: (map) => map.points.radical,
    name: (map, value) => map.radicals[value] ?? `radical ${value}`,
    byCount: true,
  },
  layout: { title: "layout", values: (map) => map.points.layout, name: (map, value) => map.layouts[value], byCount: true },
  strokes: { title: "strokes", values: (map) => map.points.strokes, name: (map, value) => String(value), ramp: true },
  split: {
    title: "training or held out",
    values: (map) => map.points.split,
    name: (map, value) => (value ? "held out" : "training"),
    known: 0,
  },
  block: { title: "Unicode block", values: (map) => map.points.block, name: (map, value) => map.blocks[value], known: 0 },
};

// What `values` holds, most frequent first or in its own order, each value with its colour. 0 means unknown but where
// `known` says that it is a value like others.
function legendOf(map, key) {
  const property = properties[key];
  if (!property) return [];
  const counts = d3.rollup(property.values(map), (group) => group.length, (value) => value);
  const entries = Array.from(counts, ([value, count]) => ({ value, count, unknown: value === 0 && property.known !== 0 }));
  entries.sort((a, b) => a.unknown - b.unknown || (property.byCount && b.count - a.count) || a.value - b.value);
  const known = entries.filter((entry) => !entry.unknown);
  const ramp = rampOf(theme.dark);
  known.forEach((entry, rank) => {
    entry.name = property.name(map, entry.value);
    entry.colour = property.ramp ? ramp(Math.min(1, rank / Math.max(1, Math.min(known.length - 1, 24)))) : categoryColour(rank, known.length);
  });
  entries.filter((entry) => entry.unknown).forEach((entry) => Object.assign(entry, { name: "unknown", colour: theme.faint }));
  return entries;
}

// Properties in which the glyphs differ at all.
function usefulProperties(map) {
  return Object.keys(properties).filter((key) => {
    const values = properties[key].values(map);
    return values.some((value) => value !== values[0]);
  });
}

const colouring = { key: "", legend: [], pixels: null, css: [] };

// Sets colouring.pixels (for the dots) and colouring.css (for all else) of every glyph.
function colourPoints(map, key) {
  const { count } = map.points;
  colouring.key = key;
  colouring.legend = legendOf(map, key);
  const single = theme.dark ? "#8fb4d8" : "#3f6a92";
  const byValue = new Map(colouring.legend.map((entry) => [entry.value, entry.colour]));
  const values = properties[key]?.values(map);
  const colour = (i) => (values ? byValue.get(values[i]) : single);
  const pixels = new Map([...byValue.values(), single].map((text) => [text, pixelOf(text)]));
  colouring.css = Array.from({ length: count }, (_, i) => colour(i));
  colouring.pixels = Uint32Array.from(colouring.css, (text) => pixels.get(text));
}

// Whether the legend leaves a glyph on the map.
function isWanted(map, i) {
  return state.narrowed.size === 0 || state.narrowed.has(properties[colouring.key].values(map)[i]);
}

// For every glyph 1 if neither the legend nor a selection puts it into the background.
function foregroundOf(map) {
  const selected = new Uint8Array(map.points.count).fill(state.selection.length > 0 ? 0 : 1);
  for (const i of state.selection) selected[i] = 1;
  return selected.map((one, i) => (one && isWanted(map, i) ? 1 : 0));
}
