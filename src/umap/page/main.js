// Puts the parts together. `glyphMap` is the page's face to the outside: the test of the page asks it where things are.
function describeMap(map) {
  const { points } = map;
  document.title = map.title ? `${map.title} – map of glyphs` : "Map of glyphs";
  document.getElementById("title").textContent = map.title || "Map of glyphs";
  const what = points.hasCodes ? "glyphs" : "pictures";
  document.getElementById("subtitle").textContent = `UMAP of ${points.count.toLocaleString("en")} ${what}`;
}

async function start() {
  applyTheme();
  const map = await readData();
  map.differs = usefulProperties(map);
  const told = () => signals.call("tiles");
  map.tiles = new TileStore(map.tile, (page) => `tiles-${page}`, told);
  map.sampleTiles = map.transform?.sample_tile && new TileStore(map.transform.sample_tile, () => "sample-tiles", told);
  describeMap(map);

  const stage = document.getElementById("stage");
  const view = new View(document.getElementById("over"), map.points);
  const plane = new Plane(map.plane ?? { frames: [], mean: [0, 0], std: [1, 1] }, map.points);
  const placed = new Placed(map.transform);
  startColours(map);
  const scene = new Scene(map, view, plane, placed);
  const resize = () => stage.clientWidth > 0 && stage.clientHeight > 0 && scene.resize(stage.clientWidth, stage.clientHeight);
  resize();
  const pointing = new Pointing(map, view, scene, placed);
  const lasso = new Lasso(map, view, scene);
  startPins(map, view);
  startSearch(map, view);
  startDistances(map);
  startFigures(map);
  startKeyboard(view, lasso, pointing);

  signals.on("view.scene", () => {
    if (state.layer === "plane") plane.move(state.time);
    scene.repaint("base");
  });
  let before = state.layer;
  signals.on("layer.scene", () => {
    pointing.hover(null);
    // Whoever sees the whole map goes on to see all of it.
    if (view.isAt(view.homeOf(before)) && !view.isAt(view.home)) view.reset();
    before = state.layer;
    if (state.layer === "plane") plane.move(state.time);
    scene.repaint("base");
  });
  signals.on("theme.scene", () => {
    scene.clearAtlases();
    scene.repaint("base");
  });
  for (const name of ["colour", "selection"]) {
    signals.on(`${name}.scene`, () => {
      scene.sortDots();
      scene.repaint("base");
    });
  }
  signals.on("tiles.scene", () => scene.repaint("base"));
  for (const name of ["pins", "found"]) signals.on(`${name}.scene`, () => scene.repaint("over"));

  const available = startLayers(map, plane, placed);
  startLink(map, view, plane, available);
  new ResizeObserver(resize).observe(stage);
  document.getElementById("loading").remove();
  return { map, view, scene, plane, placed, state };
}

window.glyphMap = start();
window.glyphMap.catch((error) => {
  document.getElementById("loading").textContent = typeof DecompressionStream === "undefined"
    ? "This browser is too old to unpack the map; any of 2023 or later can." : `The map could not be opened: ${error.message}`;
  console.error(error);
});
