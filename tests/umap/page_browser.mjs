// An exported map in a browser without a network, and what the tests ask it.
import { openPage } from "../support/browser.mjs";

export async function open(...where) {
  const page = await openPage(...where);
  // Conditions to wait for may not be asynchronous: a promise counts as true.
  await page.evaluate(async () => { window.openedMap = await window.glyphMap; });
  return page;
}

// Where a glyph lies in the window; what the page keeps of its state.
export const placeOf = (page, i) => page.evaluate(async (index) => {
  const { view, scene } = await window.glyphMap;
  return view.screenOf(scene.places.x[index], scene.places.y[index]);
}, i);
export const stateOf = (page) => page.evaluate(async () => {
  const { state, view } = await window.glyphMap;
  return { pins: state.pins, found: state.found, layer: state.layer, selection: state.selection, zoom: view.transform.k };
});
const frame = (page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

// A canvas in words that change with any pixel.
export async function picture(page, id = "base") {
  await frame(page);
  return page.evaluate((canvas) => document.getElementById(canvas).toDataURL(), id);
}

// Likeness of a canvas and a tile: 1 if the same, about 0 if they have nothing to do with each other.
export async function likeness(page, selector, png, left, top, size) {
  return page.evaluate(async ([wanted, bytes, x, y, edge]) => {
    // Greys on white paper, less their mean.
    const greys = (source, ...where) => {
      const context = new OffscreenCanvas(edge, edge).getContext("2d");
      context.fillStyle = "white";
      context.fillRect(0, 0, edge, edge);
      context.drawImage(source, ...where);
      const values = Array.from(context.getImageData(0, 0, edge, edge).data).filter((_, k) => k % 4 === 0);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      return values.map((value) => value - mean);
    };
    const product = (a, b) => a.reduce((sum, value, k) => sum + value * b[k], 0);
    const sheet = await createImageBitmap(new Blob([Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0))]));
    const tile = greys(sheet, x, y, edge, edge, 0, 0, edge, edge);
    const shown = greys(document.querySelector(wanted), 0, 0, edge, edge);
    return product(tile, shown) / Math.sqrt(product(tile, tile) * product(shown, shown));
  }, [selector, png.toString("base64"), left, top, size]);
}
