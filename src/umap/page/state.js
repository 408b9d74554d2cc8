// What the parts of the page share: the state that more than one of them reads, and the signals by which one tells the
// others that it changed. Whoever changes a field calls the signal of its name.
const signals = d3.dispatch("colour", "found", "lasso", "layer", "pins", "places", "selection", "theme", "tiles", "view");

const state = {
  layer: "map", // map, plane, placed or distances
  // Each view has switches of its own, so that what is on in one never shows up in another.
  show: {
    map: { points: true, glyphs: true, contours: false, labels: true },
    plane: { points: true, contours: true, arrows: false },
    placed: { points: true, noised: true, samples: true },
    distances: {},
  },
  time: 0, // place among the frames of the plane; a fraction while it moves
  noised: 0, // which of the noise levels, and which of the step counts of the samples
  samples: 0,
  hovered: null, // {index} or {marker}
  pins: [],
  found: [],
  selection: [],
  narrowed: new Set(), // values of the coloured property to which the legend narrows the map
};

const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)").matches;

// The same number gives the same sequence on every machine.
function seededRandom(seed) {
  let value = seed >>> 0;
  return () => {
    value = (value + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(value ^ (value >>> 15), value | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

// Glyphs in an order that has nothing to do with their code points. Drawn in code point order the last radicals would
// cover all others.
function shuffledOrder(count) {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  d3.shuffler(seededRandom(7))(order);
  return order;
}
