// A page in a browser without a network, and a list of checks run on it.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");

// What a page may not do: requests, errors on its console, exceptions.
export const complaints = [];

// The browser of the system, null if there is none.
export const chromium = process.env.PATH.split(delimiter).map((folder) => join(folder, "chromium")).find(existsSync) ?? null;

// Where playwright-core lies; ends the test as skipped (77) where it or the browser is missing.
export function requireBrowser(folder) {
  const playwright = resolve(folder ?? join(root, ".deps/playwright-core"));
  if (existsSync(playwright) && chromium) return playwright;
  console.log(`skipped: no ${chromium ? playwright : "chromium"}; scripts/setup --tests installs both`);
  process.exit(77);
}

export function launch(playwright) {
  return createRequire(import.meta.url)(playwright).chromium.launch({
    executablePath: chromium,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync"],
  });
}

// With `clock` the time of the page can be moved on by page.clock.
export async function openPage(browser, url, { clock = false, ...options } = {}, hash = "") {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: "reduce", ...options });
  await context.setOffline(true);
  const page = await context.newPage();
  page.on("request", (request) => {
    if (!/^(data|blob):/.test(request.url()) && request.url().split("#")[0] !== url) complaints.push(`request of ${request.url()}`);
  });
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.setDefaultTimeout(10000);
  if (clock) await page.clock.install();
  await page.goto(url + hash);
  return page;
}

// Runs `checks`, functions by their names, each with the argument, and says how they went; the number that failed.
export async function runChecks(checks, argument) {
  let failed = 0;
  for (const [name, check] of Object.entries(checks)) {
    let problem = null;
    try {
      await check(argument);
    } catch (error) {
      problem = error.message;
    }
    problem ??= complaints.length > 0 ? complaints.join("; ") : null;
    complaints.length = 0;
    console.log(problem ? `FAILED  ${name}: ${problem}` : `ok      ${name}`);
    if (problem) failed += 1;
  }
  return failed;
}

// Controls that say nothing of themselves.
export const namelessControls = (page) => page.locator("button, input, select, [tabindex], [role=application]").evaluateAll((controls) => controls
  .filter((control) => !(control.getAttribute("aria-label") || control.textContent.trim() || control.labels?.[0]?.textContent.trim()))
  .map((control) => control.outerHTML));
