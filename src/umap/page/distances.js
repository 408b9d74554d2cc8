// What the plane cannot show: how far pictures are from the mean glyph and from the nearest real one, measured in all
// pixels. Each row is an interval plot of five quantiles.
const quantileText = ([low, lower, middle, upper, high]) =>
  `median ${middle.toFixed(2)}; half of them ${lower.toFixed(2)} to ${upper.toFixed(2)}, nine in ten ${low.toFixed(2)} to ${high.toFixed(2)}`;

const groupTones = { real: "ink", noised: "placed", generated: "accent" };

function drawFacet(rows, key, title) {
  const width = 380;
  const rowHeight = 25;
  const left = 112;
  const bottom = rows.length * rowHeight + 8;
  const highest = d3.max(rows, (row) => row[key][4]);
  const x = d3.scaleLinear([0, highest || 1], [left, width - 8]).nice(4);
  const svg = d3.create("svg").attr("viewBox", `0 0 ${width} ${bottom + 24}`).attr("role", "img")
    .attr("aria-label", `${title}: ${rows.map((row) => `${row.name}, ${quantileText(row[key])}`).join(". ")}`);

  const axis = svg.append("g").attr("class", "axis");
  for (const tick of x.ticks(5)) {
    axis.append("line").attr("x1", x(tick)).attr("x2", x(tick)).attr("y1", 0).attr("y2", bottom);
    axis.append("text").attr("x", x(tick)).attr("y", bottom + 16).attr("text-anchor", "middle").text(tick);
  }
  // Where half of the real glyphs lie, behind all rows.
  const real = rows.find((row) => row.group === "real");
  if (real) {
    svg.append("rect").attr("x", x(real[key][1])).attr("width", Math.max(1, x(real[key][3]) - x(real[key][1])))
      .attr("y", 0).attr("height", bottom).attr("fill", theme.ink).attr("opacity", 0.08);
  }
  const row = svg.selectAll("g.row").data(rows).join("g").attr("class", "row")
    .attr("transform", (_, k) => `translate(0 ${k * rowHeight + rowHeight / 2 + 4})`)
    .attr("stroke", ({ group }) => theme[groupTones[group] ?? "ink"]);
  row.append("title").text((each) => `${each.name}: ${quantileText(each[key])}`);
  row.append("text").attr("x", left - 12).attr("dy", "0.35em").attr("text-anchor", "end").attr("stroke", "none").text(({ name }) => name);
  const bar = (from, to, thickness) => row.append("line").attr("stroke-width", thickness).attr("stroke-linecap", "round")
    .attr("x1", (each) => x(each[key][from])).attr("x2", (each) => x(each[key][to]));
  bar(0, 4, 1.5);
  bar(1, 3, 7).attr("opacity", 0.55);
  row.append("circle").attr("cx", (each) => x(each[key][2])).attr("r", 4.5).attr("fill", theme.panel).attr("stroke-width", 2.5);
  return element("div", {}, element("h3", {}, title), svg.node());
}

// The claim that the map's plane cannot carry, in the figures of this data set.
function distanceClaim(rows) {
  const generated = rows.filter(({ group }) => group === "generated");
  const real = rows.find(({ group }) => group === "real");
  if (generated.length < 2 || !real) return "";
  const [first, last] = [generated[0], generated[generated.length - 1]];
  const median = (row, key) => row[key][2].toFixed(1);
  return `After ${first.name} a generated picture lies ${median(first, "to_mean")} from the mean glyph, after ${last.name} ` +
    `${median(last, "to_mean")}, a real glyph ${median(real, "to_mean")}. To the nearest training glyph it is ` +
    `${median(first, "to_nearest")}, then ${median(last, "to_nearest")}, and ${median(real, "to_nearest")} for real ones (medians).`;
}

function startDistances(map) {
  if (!map.distances) return;
  const section = document.getElementById("distances");
  function draw() {
    const { rows } = map.distances;
    section.replaceChildren(element("div", {},
      element("h2", { id: "distances-title" }, "Distances in full pixel space"),
      element("p", { class: "claim" }, distanceClaim(rows)),
      element("div", { class: "facets" },
        drawFacet(rows, "to_mean", "to the mean of the training glyphs"),
        drawFacet(rows, "to_nearest", "to the nearest training glyph")),
      element("p", { class: "muted" }, "Unit: the median distance from a real glyph to its nearest neighbour with another picture. Ring: median; " +
        "bar: half of the pictures; line: nine in ten; shaded: half of the real glyphs. No map is involved, so nothing is lost.")));
  }
  signals.on("theme.distances", draw);
  draw();
}
