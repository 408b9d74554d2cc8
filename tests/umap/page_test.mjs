// Drives an exported map as a reader would, in a real browser without a network, and compares what it shows with what
// the page holds.
//
// usage: node tests/umap/page_test.mjs PAGE.html [PLAYWRIGHT_CORE_FOLDER]
//
// The page may be any with at least some dozen characters. Exits with 77 (skipped) where there is no browser.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { launch, namelessControls, requireBrowser, runChecks } from "../support/browser.mjs";
import { likeness, open, picture, placeOf, stateOf } from "./page_browser.mjs";
import { codeText, insidePolygon, loneliest, meaningOf, parseCsv, readPage, wordOfSome } from "./page_data.mjs";
import { openingsOf } from "./page_openings.mjs";

const pagePath = resolve(process.argv[2] ?? "umap.html");
const playwright = requireBrowser(process.argv[3]);
const url = pathToFileURL(pagePath).href;
const { data, points, block } = readPage(pagePath);
const lonely = loneliest(data, 3);
assert.ok(lonely.length === 3, "the page holds fewer than three characters with meanings");
const checks = {
  async "hover shows the glyph, its code point and what is known of it"(page) {
    const [i] = lonely;
    await page.mouse.move(...await placeOf(page, i));
    const card = page.locator("#hover");
    await card.waitFor({ state: "visible" });
    const text = await card.innerText();
    assert.ok(text.includes(codeText(points.code[i])) && text.includes(String.fromCodePoint(points.code[i])), text);
    assert.ok(text.includes(meaningOf(points, i)), text);
    if (points.radical[i]) assert.match(text, new RegExp(`radical ${points.radical[i]}\\b`));
    if (points.strokes[i]) assert.match(text, new RegExp(`\\b${points.strokes[i]} stroke`));
    if (new Set(points.split).size > 1) assert.ok(text.includes(points.split[i] ? "held out" : "training"), text);
    const { size, per_row: perRow, per_page: perPage } = data.tile;
    const at = i % perPage;
    await page.waitForTimeout(500); // its tiles are decoded
    const same = await likeness(page, "#hover canvas", block(`tiles-${Math.floor(i / perPage)}`),
      (at % perRow) * size, Math.floor(at / perRow) * size, size);
    assert.ok(same > 0.85, `the picture is not the glyph's tile: likeness ${same}`);
    await page.mouse.move(2, 790);
    await card.waitFor({ state: "hidden" });
  },

  async "search finds characters, code points and words, and rings them"(page) {
    const [i] = lonely;
    const code = points.code[i];
    const hex = code.toString(16);
    for (const query of [String.fromCodePoint(code), codeText(code), `u+${hex}`, hex]) {
      await page.fill("#query", "");
      await page.waitForFunction(() => !document.querySelector("#results li"));
      await page.fill("#query", query);
      await page.waitForFunction((wanted) => document.querySelector("#results button")?.dataset.index === String(wanted), i);
    }
    const before = await picture(page, "over");
    const { word, indices } = wordOfSome(data);
    await page.fill("#query", word);
    await page.waitForFunction((wanted) => document.querySelector("#found").innerText.match(/\d+/)?.[0] >= wanted, indices.length);
    const { found } = await stateOf(page);
    assert.deepEqual(indices.filter((each) => !found.includes(each)), [], `“${word}” misses some glyphs`);
    for (const each of found) assert.ok(meaningOf(points, each).toLowerCase().includes(word), `“${word}” finds too much`);
    assert.equal(await page.locator("#results li").count(), Math.min(100, found.length));
    assert.notEqual(await picture(page, "over"), before, "nothing is highlighted");
    await page.fill("#query", "zzxqj");
    await page.waitForFunction(() => document.querySelector("#found").innerText.includes("nothing"));
    await page.press("#query", "Escape");
    await page.waitForFunction(() => !document.querySelector("#results li"));
  },

  async "Enter pins the first glyph found and goes there"(page) {
    const [, i] = lonely;
    await page.keyboard.press("/");
    await page.keyboard.type(codeText(points.code[i]));
    await page.keyboard.press("Enter");
    await page.locator(`#pins [data-index="${i}"]`).waitFor();
    const [x, y] = await placeOf(page, i);
    const { width, height } = await page.locator("#over").boundingBox();
    assert.ok(Math.hypot(x - width / 2, y - height / 2) < 2, "the glyph is not in the middle");
    assert.ok((await stateOf(page)).zoom > 1);
    await page.keyboard.press("Escape"); // clears the search and leaves its field
    await page.keyboard.press("Escape");
    assert.deepEqual((await stateOf(page)).pins, []);
    await page.keyboard.press("0");
    assert.equal((await stateOf(page)).zoom, 1);
  },

  async "keys of an input method that composes neither choose nor clear"(page) {
    const query = codeText(points.code[lonely[0]]);
    const compose = (key) => page.evaluate((each) => {
      document.getElementById("query").dispatchEvent(new KeyboardEvent("keydown", { key: each, bubbles: true, isComposing: true }));
    }, key);
    await page.fill("#query", query);
    await page.locator("#results button").first().waitFor();
    await compose("Enter");
    assert.deepEqual((await stateOf(page)).pins, []);
    await compose("Escape");
    assert.equal(await page.inputValue("#query"), query);
    await page.press("#query", "Escape");
    assert.equal(await page.inputValue("#query"), "");
  },

  async "clicks pin several cards, and unpin them"(page) {
    for (const i of lonely) await page.mouse.click(...await placeOf(page, i));
    assert.deepEqual((await stateOf(page)).pins, lonely);
    for (const i of lonely) {
      const text = await page.locator(`#pins [data-index="${i}"]`).innerText();
      assert.ok(text.includes(codeText(points.code[i])) && text.includes(meaningOf(points, i)), text);
    }
    await page.waitForFunction((hash) => location.hash.startsWith(hash), `#u=${lonely.map((i) => points.code[i].toString(16).toUpperCase()).join(",")}`);
    await page.locator("#pins .close").first().click();
    assert.deepEqual((await stateOf(page)).pins, lonely.slice(1));
    await page.keyboard.press("Escape");
    assert.equal(await page.locator("#pins .card").count(), 0);
  },

  async "dragging moves the map with the pointer, the wheel zooms around it"(page) {
    const [x, y] = await placeOf(page, 0);
    await page.mouse.move(400, 600);
    await page.mouse.down();
    await page.mouse.move(460, 570, { steps: 4 });
    await page.mouse.up();
    const [movedX, movedY] = await placeOf(page, 0);
    assert.ok(Math.hypot(movedX - x - 60, movedY - y + 30) < 1, "not moved by what was dragged");
    assert.deepEqual((await stateOf(page)).pins, [], "the end of a drag is no click");
    await page.mouse.wheel(0, -400);
    await page.waitForFunction(() => window.openedMap.view.transform.k > 1.2);
    await page.keyboard.press("0");
  },

  async "glyphs take the place of dots as one zooms in"(page) {
    const tiles = () => page.evaluate(async () => [...(await window.glyphMap).scene.shownTiles()].length);
    const [i] = lonely;
    if (data.count > 400) assert.equal(await tiles(), 0);
    await page.evaluate(async (index) => {
      const { view, map } = await window.glyphMap;
      view.jump([map.points.x[index], map.points.y[index]], 10);
    }, i);
    assert.ok(await tiles() > 0);
    await page.waitForTimeout(1500); // pages are decoded
    const on = await picture(page);
    await page.locator('[name="glyphs"]').uncheck();
    assert.notEqual(await picture(page), on);
    await page.locator('[name="glyphs"]').check();
    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press("0");
  },

  async "a lasso selects what it surrounds, and saves it as CSV"(page) {
    const { width, height } = await page.locator("#over").boundingBox();
    const corners = [[0.2, 0.3], [0.75, 0.25], [0.6, 0.6], [0.7, 0.85], [0.25, 0.8]].map(([x, y]) => [x * width, y * height]);
    await page.locator("#lasso").click();
    await page.mouse.move(...corners[0]);
    await page.mouse.down();
    for (const corner of corners.slice(1)) await page.mouse.move(...corner, { steps: 30 });
    await page.mouse.up();
    const { scale, left, top } = await page.evaluate(async () => ({ ...(await window.glyphMap).view.affine }));
    // The page holds coordinates as 32-bit floats and the pointer is sampled: leave out what lies on the line itself.
    const sure = (i) => {
      const at = [points.x[i] * scale + left, top - points.y[i] * scale];
      const around = [[-4, 0], [4, 0], [0, -4], [0, 4]].map(([dx, dy]) => insidePolygon(corners, [at[0] + dx, at[1] + dy]));
      return around.every(Boolean) ? 1 : around.some(Boolean) ? 0 : -1;
    };
    const { selection } = await stateOf(page);
    const chosen = new Set(selection);
    for (let i = 0; i < data.count; i += 1) {
      if (sure(i) !== 0) assert.equal(chosen.has(i), sure(i) > 0, `glyph ${i} is wrongly ${chosen.has(i) ? "in" : "out"}`);
    }
    assert.ok(selection.length > 0);
    assert.ok((await page.locator("#selection").innerText()).includes(selection.length.toLocaleString("en")));

    const [download] = await Promise.all([page.waitForEvent("download"), page.locator("#download").click()]);
    const rows = parseCsv(readFileSync(await download.path(), "utf8"));
    assert.equal(rows.length, selection.length);
    rows.forEach((row, k) => {
      const i = selection[k];
      assert.equal(row.codepoint, points.code[i] ? codeText(points.code[i]) : "");
      assert.equal(row.definition, meaningOf(points, i));
      assert.ok(Math.abs(row.x - points.x[i]) < 2e-4 && Math.abs(row.y - points.y[i]) < 2e-4);
      assert.equal(row.split, points.split[i] ? "held out" : "training");
    });
    await page.keyboard.press("Escape");
    assert.deepEqual((await stateOf(page)).selection, []);
  },

  async "colours follow the property, only those that differ are offered"(page) {
    const columns = { radical: points.radical, layout: points.layout, strokes: points.strokes, split: points.split, block: points.block };
    const useful = Object.keys(columns).filter((key) => new Set(columns[key]).size > 1);
    const offered = await page.locator("#colour-by option").evaluateAll((options) => options.map(({ value }) => value));
    assert.deepEqual(offered.filter(Boolean), useful);
    const seen = new Set();
    for (const key of useful) {
      await page.selectOption("#colour-by", key);
      assert.equal(await page.locator("#legend li").count(), new Set(columns[key]).size);
      seen.add(await picture(page));
      const before = await picture(page);
      await page.locator("#legend button").first().click();
      assert.notEqual(await picture(page), before, "the legend narrows nothing");
      await page.locator("#legend button").first().click();
      assert.equal(await picture(page), before);
    }
    assert.equal(seen.size, useful.length, "two properties look the same");
  },

  async "the slider diffuses map coordinates, labelled as an illustration"(page) {
    const { frames, mean, std } = data.plane;
    if (frames.length === 0) return;
    const base = await picture(page);
    await page.locator('[name="layer"][value="plane"]').check({ force: true });
    assert.match(await page.locator("#notice").innerText(), /illustration/i);
    const last = frames.length - 1;
    await page.locator("#frame").fill(String(last));
    await page.waitForFunction((time) => window.openedMap.state.time === time, last);
    assert.ok((await page.locator("#layer-settings output").innerText()).includes(`t = ${frames[last].t}`));
    // Standardised coordinates keep variance 1 under signal² + noise² = 1.
    const spread = await page.evaluate(async ([centre, width]) => {
      const { plane } = await window.glyphMap;
      return plane.x.reduce((sum, x) => sum + ((x - centre) / width) ** 2, 0) / plane.x.length;
    }, [mean[0], std[0]]);
    const expected = frames[last].signal ** 2 * variance(points.x, mean[0], std[0]) + frames[last].noise ** 2;
    const error = 6 * Math.sqrt(2 / data.count);
    assert.ok(Math.abs(spread - expected) < error, `variance ${spread} instead of ${expected}`);
    for (const name of ["contours", "arrows", "points"]) {
      const before = await picture(page);
      await page.locator(`[name="${name}"]`).click();
      assert.notEqual(await picture(page), before, `the switch of ${name} does nothing`);
    }
    await page.locator('[name="points"]').click();
    await page.locator('[name="layer"][value="map"]').check({ force: true });
    assert.equal(await page.locator("#notice").isVisible(), false);
    assert.equal(await picture(page), base, "the map is not as it was");
  },

  async "placed pictures are labelled, switched and moved by their sliders"(page) {
    const levels = { noised: data.transform?.noised ?? [], samples: data.transform?.samples ?? [] };
    for (const [key, list] of Object.entries(levels)) {
      if (list.length === 0) continue;
      await page.locator('[name="layer"][value="placed"]').check({ force: true });
      assert.match(await page.locator("#notice").innerText(), /never lie outside the data/);
      const before = await picture(page);
      await page.locator(`[data-key="${key}"]`).fill(String(list.length - 1));
      if (list.length > 1) assert.notEqual(await picture(page), before);
      const shown = await picture(page);
      await page.locator(`[name="${key}"]`).uncheck();
      assert.notEqual(await picture(page), shown);
      await page.locator(`[name="${key}"]`).check();
    }
    await page.locator('[name="layer"][value="map"]').check({ force: true });
  },

  async "a sample's prompt is that of its place in the file, prompt after prompt"(page) {
    const prompts = await page.evaluate(async () => {
      const Placed = (await window.glyphMap).scene.placed.constructor;
      const placed = new Placed({ prompts: ["gold", "water"] });
      return [0, 1, 2, 3].map((k) => placed.promptOf({ points: [0, 0, 0, 0] }, k));
    });
    assert.deepEqual(prompts, ["gold", "gold", "water", "water"]);
  },

  async "distances are drawn and told"(page) {
    const rows = data.distances?.rows;
    if (!rows) return;
    await page.locator('[name="layer"][value="distances"]').check({ force: true });
    assert.equal(await page.locator("#distances .row").count(), 2 * rows.length);
    const label = await page.locator("#distances svg").first().getAttribute("aria-label");
    for (const row of rows) assert.ok(label.includes(`${row.name}, median ${row.to_mean[2].toFixed(2)}`), label);
    await page.locator('[name="layer"][value="map"]').check({ force: true });
  },

  async "the map says what it does not show"(page) {
    const text = await page.locator("#figures").innerText();
    for (const key of ["trustworthiness", "neighbours_kept", "triplet_order"]) {
      if (Number.isFinite(data.metrics[key])) assert.ok(text.includes(data.metrics[key].toFixed(3)), `${key} is missing`);
    }
    assert.ok(text.includes(`Of a glyph’s ${data.metrics.k} nearest neighbours`), text);
    await page.locator("#figures summary").click();
    const made = await page.locator("#figures dl").innerText();
    assert.ok(made.includes(data.metrics.features) && !/^time$/m.test(made), made);
    await page.locator("#figures summary").click();
  },

  async "keys move, zoom, help and switch the theme"(page) {
    await page.locator("#over").focus();
    await page.keyboard.press("+");
    assert.ok((await stateOf(page)).zoom > 1.4);
    const [x] = await placeOf(page, 0);
    await page.keyboard.press("ArrowLeft");
    assert.ok((await placeOf(page, 0))[0] > x + 50);
    await page.keyboard.press("0");
    await page.keyboard.press("?");
    assert.ok(await page.locator("#help").isVisible());
    await page.keyboard.press("Escape");
    assert.equal(await page.locator("#help").isVisible(), false);
    const paper = () => page.evaluate(() => getComputedStyle(document.getElementById("stage")).backgroundColor);
    const [light, map] = [await paper(), await picture(page)];
    await page.keyboard.press("t");
    assert.notEqual(await paper(), light);
    assert.notEqual(await picture(page), map, "the canvas keeps the old theme");
    await page.keyboard.press("t");
    assert.equal(await picture(page), map);
  },

  async "after a click on a view, keys do what they do elsewhere, but for those that move a radio or slider"(page) {
    if (data.plane.frames.length < 2) return;
    const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
    const first = await theme();
    await page.locator('#layers label:has([value="plane"])').click();
    assert.equal((await stateOf(page)).layer, "plane");
    await page.keyboard.press("t");
    assert.notEqual(await theme(), first, "the radio takes T");
    await page.locator("#frame").fill("0");
    await page.locator("#frame").focus();
    await page.keyboard.press("t");
    assert.equal(await theme(), first, "the slider takes T");
    const place = await placeOf(page, 0);
    await page.keyboard.press("End");
    assert.equal(await page.locator("#frame").inputValue(), String(data.plane.frames.length - 1));
    await page.locator("#frame").fill("0");
    await page.waitForFunction(() => window.openedMap.state.time === 0);
    await page.locator("#frame").focus();
    await page.keyboard.press("ArrowLeft");
    assert.deepEqual(await placeOf(page, 0), place, "the slider's arrows move the map");
    await page.keyboard.press("1");
    assert.equal((await stateOf(page)).layer, "map");
  },

  async "every control has a name"(page) {
    assert.deepEqual(await namelessControls(page), []);
  },
};

function variance(values, mean, std) {
  return values.reduce((sum, value) => sum + ((value - mean) / std) ** 2, 0) / values.length;
}

const browser = await launch(playwright);
const folder = mkdtempSync(join(tmpdir(), "glyffuser-map-"));
let failed = 0;
try {
  failed += await runChecks(checks, await open(browser, url));
  failed += await runChecks(openingsOf(pagePath, lonely, folder), browser);
} finally {
  await browser.close();
  rmSync(folder, { recursive: true });
}
console.log(failed ? `${failed} failed` : "all passed");
process.exitCode = failed ? 1 : 0;
