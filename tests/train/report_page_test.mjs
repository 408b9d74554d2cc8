// Drives a run's report as a reader would, in a real browser without a network, and compares what it shows with what the
// page holds.
//
// usage: node tests/train/report_page_test.mjs REPORT.html [PLAYWRIGHT_CORE_FOLDER]
//
// The report may be of any finished run with some validations and at least three previews. Exits with 77 (skipped) where
// there is no browser.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { launch, namelessControls, openPage, requireBrowser, runChecks } from "../support/browser.mjs";

const path = resolve(process.argv[2] ?? "report.html");
const playwright = requireBrowser(process.argv[3]);
const html = readFileSync(path, "utf8");
const dataBlock = /(<script type="application\/json" id="run-data">)(.*?)(<\/script>)/s;
const data = JSON.parse(html.match(dataBlock)[2]);
const previews = [...html.matchAll(/id="preview-(\d+)">([^<]*)</g)].map(([, step, png]) => ({ step: Number(step), png }));
assert.equal(data.state, "finished");
assert.ok(previews.length >= 3 && data.validation.loss.length >= 2, "the report shows too little to test");

const folder = mkdtempSync(join(tmpdir(), "glyffuser-report-"));
// The same page with other data.
function variant(name, change) {
  const file = join(folder, `${name}.html`);
  const changed = JSON.stringify({ ...data, ...change }).replaceAll("<", "\\u003c");
  writeFileSync(file, html.replace(dataBlock, (_, begin, __, end) => begin + changed + end));
  return pathToFileURL(file).href;
}

const charts = ["loss", "validation", "bins", "grad-norm", "learning-rate", "speed"];
const lines = {
  loss: [["train", "loss"], ["train", "loss_smoothed"]],
  validation: [["validation", "loss"], ["validation", "shuffled_loss"]],
  bins: Array.from({ length: 10 }, (_, bin) => ["validation", `loss_t${bin}`]),
  "grad-norm": [["train", "grad_norm"]], "learning-rate": [["train", "learning_rate"]], speed: [["train", "samples_per_second"]],
};
// A reading as a number again.
const digits = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const parse = (text) => Number(text.replaceAll(",", "").replace(" × 10⁻", "e-").replace(/[⁰¹²³⁴-⁹]/g, (digit) => digits.indexOf(digit)));
const isNear = (a, b) => Math.abs(a - b) <= 6e-3 * Math.abs(b); // three digits at least
const readings = async (page, id) => (await page.locator(`#${id} .readings b`).allInnerTexts()).map(parse);
const path0 = (page, id) => page.locator(`#${id} path.curve`).last().getAttribute("d");
const settings = (page) => page.evaluate(() => ({ ...window.trainingReport.settings, step: window.trainingReport.reading.step }));

async function boxOf(page, id) {
  const chart = page.locator(`#${id} .chart`);
  await chart.scrollIntoViewIfNeeded();
  return chart.boundingBox();
}

async function expectReadings(page, step) {
  for (const id of charts) {
    const shown = await readings(page, id);
    const present = lines[id].filter(([source, key]) => data[source][key]?.some((value) => value !== null));
    assert.equal(shown.length, present.length, id);
    present.forEach(([source, key], k) => {
      const steps = data[source].step;
      const i = steps.reduce((best, each, at) => (Math.abs(each - step) <= Math.abs(steps[best] - step) ? at : best), 0);
      assert.ok(isNear(shown[k], data[source][key][i]), `${id}, ${key}: ${shown[k]} instead of ${data[source][key][i]}`);
    });
  }
}

const checks = {
  async "the head tells where the run is"(page) {
    const head = await page.locator("header").innerText();
    for (const part of [data.name, "finished", data.step.toLocaleString("en"), `of ${data.total_steps.toLocaleString("en")}`]) {
      assert.ok(head.includes(part), `${part} is missing in ${head}`);
    }
    assert.equal(await page.locator("#progress").getAttribute("aria-valuenow"), String(data.step));
    assert.match(await page.title(), new RegExp(data.name));
    assert.equal(await page.locator("#following").isVisible(), false, "a finished run needs no reload");
  },

  async "without a pointer the newest values are read"(page) {
    await expectReadings(page, data.step);
  },

  async "pointing at one curve reads all of them at that step"(page) {
    const box = await boxOf(page, "grad-norm");
    await page.mouse.move(box.x + box.width * 0.55, box.y + 60);
    const { step } = await settings(page);
    assert.ok(data.train.step.includes(step) && step > 0.3 * data.step && step < 0.7 * data.step, `step ${step}`);
    await expectReadings(page, step);
    assert.ok((await page.locator("#place").innerText()).startsWith(`step ${step.toLocaleString("en")} · epoch `));
    assert.equal(await page.locator("#loss .cursor circle").count(), 1);
    await page.mouse.move(2, 2);
    assert.equal((await settings(page)).step, null);
    assert.equal(await page.locator(".cursor line").count(), 0);
  },

  async "keys move the reading on a focused curve"(page) {
    await page.locator("#loss .chart").focus();
    await page.keyboard.press("ArrowLeft");
    assert.equal((await settings(page)).step, data.train.step.at(-2));
    await page.keyboard.press("Home");
    assert.equal((await settings(page)).step, data.train.step[0]);
    await expectReadings(page, data.train.step[0]);
    assert.ok((await page.locator("#loss .chart").getAttribute("aria-label")).startsWith(`Loss at step ${data.train.step[0]} · `));
    await page.locator("#play").focus();
    assert.equal((await settings(page)).step, null);
  },

  async "all curves share steps, epochs or time"(page) {
    const title = (id) => page.locator(`#${id} svg > text`).innerHTML();
    const before = await path0(page, "loss");
    for (const [name, text] of [["epoch", /^epoch$/], ["time", /^(seconds|minutes|hours|days)$/]]) {
      await page.locator(`[name="x"][value="${name}"]`).check({ force: true });
      for (const id of charts) assert.match(await title(id), text);
    }
    assert.notEqual(await path0(page, "loss"), before, "steps are not equally long, but the curve is the same");
    await page.locator('[name="x"][value="step"]').check({ force: true });
    assert.equal(await path0(page, "loss"), before);
  },

  async "the logarithm can be switched"(page) {
    for (const id of charts) {
      const button = page.locator(`#${id} .title button`);
      const [pressed, before] = [await button.getAttribute("aria-pressed"), await path0(page, id)];
      await button.click();
      assert.notEqual(await button.getAttribute("aria-pressed"), pressed);
      assert.notEqual(await path0(page, id), before, id);
      await button.click();
      assert.equal(await path0(page, id), before, id);
    }
  },

  async "curves lie where their values are"(page) {
    await page.locator("#loss .title button").click(); // linear
    const points = (await path0(page, "loss")).match(/-?[\d.]+,-?[\d.]+/g).map((pair) => pair.split(",").map(Number));
    const values = data.train.loss_smoothed;
    assert.equal(points.length, values.length);
    const [low, high] = [values.indexOf(Math.min(...values)), values.indexOf(Math.max(...values))];
    values.forEach((value, i) => {
      const share = (value - values[low]) / (values[high] - values[low]);
      const expected = points[low][1] + share * (points[high][1] - points[low][1]);
      assert.ok(Math.abs(points[i][1] - expected) < 0.01, `record ${i} at ${points[i][1]}, expected ${expected}`);
    });
    await page.locator("#loss .title button").click();
  },

  async "dragging shows a part of the run, Escape all of it"(page) {
    const box = await boxOf(page, "speed");
    await page.mouse.move(box.x + box.width * 0.3, box.y + 50);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.8, box.y + 50, { steps: 5 });
    await page.mouse.up();
    const { range } = await settings(page);
    assert.ok(range[0] > 0.1 * data.step && range[1] < 0.95 * data.step, String(range));
    assert.ok(await page.locator("#whole").isVisible());
    await page.keyboard.press("Escape");
    assert.equal((await settings(page)).range, null);
    assert.equal(await page.locator("#whole").isVisible(), false);
  },

  async "the slider and the arrow keys go through the previews"(page) {
    const shows = async (index) => {
      assert.equal(await page.locator("#preview").getAttribute("src"), `data:image/png;base64,${previews[index].png}`);
      assert.ok((await page.locator("#preview-place").innerText()).startsWith(`step ${previews[index].step.toLocaleString("en")}`));
      assert.ok(await page.locator("#preview").evaluate((image) => image.decode().then(() => image.naturalWidth > 100)));
      assert.equal(await page.locator("#moment").inputValue(), String(index));
    };
    const last = previews.length - 1;
    await shows(last);
    await page.locator("#moment").fill("0");
    await shows(0);
    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press("ArrowRight");
    await shows(1);
    await page.locator("#before").click();
    await page.locator("#before").click();
    await shows(0);
    await page.locator("#play").click();
    await page.waitForFunction((newest) => document.getElementById("moment").value === newest, String(last));
    await shows(last);
    assert.equal(await page.locator("#loss line.shown").count(), 1, "the curves do not mark the preview");
  },

  async "what is known of the run is told"(page) {
    for (const id of ["about", "config"]) await page.locator(`#${id} summary`).click();
    const about = await page.locator("#about").innerText();
    for (const key of ["device_name", "revision", "torch", "config_sha256"]) assert.ok(about.includes(data.run[key]), key);
    assert.ok(about.includes(data.run.parameters.toLocaleString("en")));
    assert.equal(await page.locator("#config pre").evaluate((block) => block.textContent), data.config);
    for (const id of ["about", "config"]) await page.locator(`#${id} summary`).click();
  },

  async "every control has a name"(page) {
    assert.deepEqual(await namelessControls(page), []);
  },
};

const seconds = () => Math.floor(Date.now() / 1000);
// These need a page of their own.
const openings = {
  async "a run that goes on is loaded anew, and the reader's choices stay"(browser) {
    const running = { state: "running", written: seconds(), seconds_left: 4321, total_steps: 2 * data.step };
    const page = await openPage(browser, variant("running", running), { clock: true });
    const head = await page.locator("header").innerText();
    assert.ok(head.includes("running") && head.includes("1 h 12 min"), head);
    await page.locator('[name="x"][value="epoch"]').check({ force: true });
    await page.locator("#speed .title button").click();
    await page.locator("#moment").fill("1");
    await page.locator("#config summary").click();
    await page.evaluate(() => { scrollTo(0, 200); window.isOld = true; });
    await page.clock.runFor(10000);
    assert.ok(await page.evaluate(() => window.isOld), "loaded anew too soon");
    variant("running", { ...running, step: data.step + 1 });
    await page.clock.runFor(25000).catch(() => {}); // the page goes while its clock runs
    await page.waitForFunction(() => window.trainingReport && !window.isOld);
    const kept = await settings(page);
    assert.equal(await page.evaluate(() => window.trainingReport.run.step), data.step + 1);
    assert.deepEqual([kept.x, kept.scales, kept.preview], ["epoch", { speed: "log" }, 1]);
    assert.equal(await page.locator('[name="x"][value="epoch"]').isChecked(), true);
    assert.equal(await page.locator("#moment").inputValue(), "1");
    assert.ok(await page.locator("#config pre").isVisible());
    assert.equal(await page.evaluate(() => scrollY), 200);
    await page.locator('[name="reload"]').uncheck();
    await page.evaluate(() => { window.isOld = true; });
    await page.clock.runFor(90000);
    assert.ok(await page.evaluate(() => window.isOld), "loaded anew although switched off");
  },

  async "a run that fell silent says so"(browser) {
    const page = await openPage(browser, variant("silent", { state: "running", written: seconds() - 7300 }));
    assert.match(await page.locator("header").innerText(), /no news[^]*written 2 h 01 min ago/);
  },

  async "a run that has only begun has a page"(browser) {
    const page = await openPage(browser, variant("begun", { state: "running", written: seconds(), step: 0, train: {}, validation: {}, records: 0 }));
    assert.equal(await page.locator(".empty").count(), charts.length);
    assert.ok(await page.locator("#preview").isVisible());
  },

  async "validations that gave no number are told from none"(browser) {
    const validation = Object.fromEntries(Object.entries(data.validation).map(([key, values]) => [key, key === "step" ? values : values.map(() => null)]));
    const page = await openPage(browser, variant("no-numbers", { validation }));
    assert.equal(await page.locator("#validation .empty").innerText(), "Recorded, but never a finite number");
  },

  async "warnings are told as they are"(browser) {
    const warnings = ["2026-01-01 10:00:00 warning: </script><img src=x onerror=alert(1)>", "second"];
    const page = await openPage(browser, variant("warnings", { warnings }));
    assert.equal(await page.locator("#warnings summary").innerText(), "2 warnings");
    await page.locator("#warnings summary").click();
    assert.deepEqual(await page.locator("#warnings li").allInnerTexts(), warnings);
  },

  async "375 pixels are enough"(browser) {
    const page = await openPage(browser, pathToFileURL(path).href, { viewport: { width: 375, height: 700 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 });
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 375, "wider than the screen");
    const { width } = await page.locator("#loss .chart").boundingBox();
    assert.ok(width > 280, `the curves are ${width} wide`);
  },

  async "dark systems get a dark page"(browser) {
    const brightness = async (colorScheme) => {
      const page = await openPage(browser, pathToFileURL(path).href, { colorScheme });
      return page.evaluate(() => Number(getComputedStyle(document.body).backgroundColor.match(/\d+/)[0]));
    };
    assert.ok(await brightness("dark") < 60 && await brightness("light") > 200);
  },
};

const browser = await launch(playwright);
let failed = 0;
try {
  failed += await runChecks(checks, await openPage(browser, pathToFileURL(path).href));
  failed += await runChecks(openings, browser);
} finally {
  await browser.close();
  rmSync(folder, { recursive: true });
}
console.log(failed ? `${failed} failed` : "all passed");
process.exitCode = failed ? 1 : 0;
