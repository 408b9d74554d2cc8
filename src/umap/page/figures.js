// How good the map is, in figures and in words that follow from them.
const countWords = ["", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

function shareWords(share) {
  if (share > 0.95) return "nearly all are";
  if (share >= 0.4) return `about ${countWords[Math.round(share * 10)]} in ten are`;
  if (share < 0.01) return "hardly one is";
  const parts = Math.round(1 / share);
  return `about one in ${countWords[parts] ?? parts} is`;
}

function claimsOf(map) {
  const { metrics } = map;
  const claims = [];
  if (Number.isFinite(metrics.neighbours_kept)) {
    claims.push(`Of a glyph’s ${metrics.k} nearest neighbours ${shareWords(metrics.neighbours_kept)} still near it here.`);
  }
  if (Number.isFinite(metrics.triplet_order)) {
    const right = Math.round(metrics.triplet_order * 100);
    const worth = right < 60 ? "mean almost nothing" : right < 75 ? "mean little" : "are only roughly right";
    claims.push(`Distances between far groups ${worth}: asked which of two glyphs is closer to a third, the map is right ` +
      `${right} times in 100; a coin, 50.`);
  }
  if (metrics.components > 1) {
    claims.push(`The graph of neighbours falls into ${metrics.components} parts; how these lie to each other is arbitrary.`);
  }
  return claims;
}

function metricBar(name, value, chance, hint) {
  if (!Number.isFinite(value)) return [];
  const percent = (share) => `${Math.max(0, Math.min(1, share)) * 100}%`;
  const bar = element("span", { class: "bar", title: hint }, element("i", { style: `width: ${percent(value)}` }));
  if (chance !== null) bar.append(element("u", { style: `left: ${percent(chance)}`, title: "what chance would give" }));
  return [element("span", { title: hint }, name), bar, element("span", { class: "number" }, value.toFixed(3))];
}

function startFigures(map) {
  const { metrics, points } = map;
  const text = (value) => (value && typeof value === "object"
    ? Object.entries(value).map(([name, inner]) => `${name} ${inner}`).join(", ") : String(value));
  const details = {
    features: metrics.features, neighbours: metrics.n_neighbors, "smallest distance": metrics.min_dist,
    initialisation: metrics.initialisation, "parts of the graph": metrics.components, epochs: metrics.epochs, seed: metrics.seed,
    "measured on": metrics.queries && `${metrics.queries.toLocaleString("en")} glyphs`, versions: metrics.versions,
  };
  const rows = Object.entries(details).filter(([, value]) => value !== undefined && value !== null);
  document.getElementById("figures").replaceChildren(
    element("h2", {}, "What this map does not show"),
    ...claimsOf(map).map((claim) => element("p", { class: "claim" }, claim)),
    element("div", { class: "bars" },
      ...metricBar("trustworthiness", metrics.trustworthiness, null, "1: whoever is near on the map is near in the pictures"),
      ...metricBar("neighbours kept", metrics.neighbours_kept, metrics.k / (points.count - 1), "share of the nearest neighbours that are among the nearest here"),
      ...metricBar("order of distances", metrics.triplet_order, 0.5, "share of random triplets in the right order")),
    element("details", {}, element("summary", {}, "How it was made"),
      element("dl", {}, ...rows.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, text(value))]))));
}
