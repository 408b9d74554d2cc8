// Checks that need a page of their own: other screens, other addresses, other data.
import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { open, picture, placeOf, stateOf } from "./page_browser.mjs";
import { readPage, writeAltered } from "./page_data.mjs";

// Of a page and some of its glyphs; each takes a browser. Altered pages are put into the folder.
export function openingsOf(pagePath, lonely, folder) {
  const { data, points } = readPage(pagePath);
  const url = pathToFileURL(pagePath).href;
  const openAltered = (browser, change) => {
    const altered = join(folder, "altered.html");
    writeAltered(pagePath, altered, change);
    return open(browser, pathToFileURL(altered).href);
  };

  return {
    async "a link restores pins, zoom and place, also later"(browser) {
      const [a, b] = lonely;
      const page = await open(browser, url, {}, `#u=${points.code[a].toString(16).toUpperCase()}&z=6`);
      const { width, height } = await page.locator("#over").boundingBox();
      const centred = async (i) => {
        const [x, y] = await placeOf(page, i);
        assert.ok(Math.hypot(x - width / 2, y - height / 2) < 2, "the glyph is not in the middle");
      };
      assert.deepEqual((await stateOf(page)).pins, [a]);
      assert.ok(Math.abs((await stateOf(page)).zoom - 6) < 1e-6);
      await centred(a);
      await page.evaluate((hash) => { location.hash = hash; }, `#i=${b}&z=3`);
      await page.waitForFunction((i) => window.openedMap.state.pins[0] === i, b);
      assert.ok(Math.abs((await stateOf(page)).zoom - 3) < 1e-6);
      await centred(b);
      await page.evaluate(() => { location.hash = "#u=,zz,110000&z=-1&at=x&v=nothing&t=x"; });
      await page.waitForFunction(() => window.openedMap.state.pins.length === 0);
    },

    async "two fingers zoom, a tap pins, and 375 pixels are enough"(browser) {
      const page = await open(browser, url, { viewport: { width: 375, height: 700 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 });
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 375, "wider than the screen");
      await page.touchscreen.tap(...await placeOf(page, lonely[0]));
      assert.deepEqual((await stateOf(page)).pins, [lonely[0]]);
      const session = await page.context().newCDPSession(page);
      const touch = (type, distance) => session.send("Input.dispatchTouchEvent", {
        type, touchPoints: type === "touchEnd" ? [] : [{ x: 180 - distance, y: 200, id: 0 }, { x: 180 + distance, y: 200, id: 1 }],
      });
      await touch("touchStart", 20);
      for (const distance of [30, 40, 50, 60]) await touch("touchMove", distance);
      await touch("touchEnd");
      const { zoom } = await stateOf(page);
      assert.ok(zoom > 2.5 && zoom < 3.5, `zoom ${zoom} after three times the distance`);
    },

    async "who sees all of the map does so in a window of another size"(browser) {
      const page = await open(browser, url);
      const resized = async (width, height) => {
        await page.setViewportSize({ width, height });
        await page.waitForFunction(() => window.openedMap.view.height === document.getElementById("stage").clientHeight);
        return page.evaluate(async () => (({ view }) => view.isAt(view.home))(await window.glyphMap));
      };
      assert.ok(await resized(1000, 620), "not at home");
      if (data.plane.frames.length > 0) {
        await page.locator('[name="layer"][value="plane"]').check({ force: true });
        assert.ok(await resized(1200, 760), "not at home in the plane");
        await page.locator('[name="layer"][value="map"]').check({ force: true });
        assert.equal((await stateOf(page)).zoom, 1);
      }
      await page.waitForTimeout(400); // the address is written
      assert.doesNotMatch(await page.evaluate(() => location.hash), /z=/);
    },

    async "a view left while it moves is found at the end of the move"(browser) {
      const last = data.plane.frames.length - 1;
      if (last < 1) return;
      const page = await open(browser, url, { reducedMotion: "no-preference" });
      const time = await page.evaluate(async (frame) => {
        const { state } = await window.glyphMap;
        const show = (layer) => document.querySelector(`#layers [value="${layer}"]`).click();
        show("plane");
        const slider = document.getElementById("frame");
        slider.value = frame;
        slider.dispatchEvent(new Event("input"));
        show("map");
        show("plane");
        return state.time;
      }, last);
      assert.equal(time, last);
      assert.equal(await page.locator("#frame").inputValue(), String(last));
    },

    async "what other data sets hold is shown too"(browser) {
      const [i, j] = lonely;
      const page = await openAltered(browser, (other) => {
        other.plane.frames = other.plane.frames.filter(({ t }) => t > 0);
        other.metrics.k = 7;
        other.points.captions.push("Большой мост", "黄金の café");
        other.points.caption[i] = other.points.captions.length - 2;
        other.points.caption[j] = other.points.captions.length - 1;
        other.points.layouts = Array.from({ length: 300 }, (_, k) => `layout ${k}`);
        other.points.layout[i] = 299;
      });
      // None of the frames is the map's own.
      assert.equal(await page.locator('[name="contours"]').count(), 0);
      const map = await picture(page);
      await page.evaluate(async () => { (await window.glyphMap).state.show.map.contours = true; });
      await page.keyboard.press("t");
      await page.keyboard.press("t");
      assert.equal(await picture(page), map, "contours of noised places lie on the map");
      assert.match(await page.locator("#figures").innerText(), /Of a glyph’s 7 nearest neighbours/);
      for (const [query, wanted] of [["МОСТ", i], ["黄金", j], ["fé", j]]) {
        await page.fill("#query", query);
        await page.waitForFunction((index) => window.openedMap.state.found.includes(index), wanted);
        await page.press("#query", "Escape");
      }
      await page.mouse.move(...await placeOf(page, i));
      await page.locator("#hover").waitFor({ state: "visible" });
      assert.match(await page.locator("#hover").innerText(), /layout 299/);
      if (data.plane.frames.length < 2) return;
      await page.locator('[name="layer"][value="plane"]').check({ force: true });
      assert.equal(await page.locator('[name="contours"]').count(), 1);
      await page.mouse.move(2, 790);
      await page.mouse.move(...await placeOf(page, i));
      assert.match(await page.locator("#hover").innerText(), /coordinates were noised/);
    },

    async "dark systems get a dark page"(browser) {
      const page = await open(browser, url, { colorScheme: "dark" });
      assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
    },
  };
}
