// Open a page in Chromium: node check_in_browser.cjs PAGE CHROMIUM
//
// Prints as JSON when the first picture was shown, what axe-core finds in light and dark, what the
// keys did, and all connections and errors. The packages playwright-core and axe-core come from
// NODE_PATH.
const { readFileSync } = require("node:fs");
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const [file, executablePath] = process.argv.slice(2);
const found = { shown: 0, violations: [], errors: [], requests: [], keys: [], widths: {}, cut: {} };

async function opened(browser, options) {
  // The page's policy forbids axe-core, too. A second context keeps it, and counts what it blocks.
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.on("pageerror", (error) => found.errors.push(error.message));
  page.on("console", (message) => message.type() === "error" && found.errors.push(message.text()));
  page.on("request", (request) => found.requests.push(request.url()));
  await page.goto(`file://${file}`);
  await page.waitForFunction(() => performance.getEntriesByName("shown").length > 0);
  return page;
}

async function checkAccess(page, name) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => axe.run());
  for (const { id, nodes } of violations) {
    found.violations.push(`${name}: ${id} (${nodes.length}): ${nodes[0].html.slice(0, 120)}`);
  }
}

/** Press keys, and note the open number and what has the focus. */
async function press(page, ...keys) {
  for (const key of keys) await page.keyboard.press(key);
  const state = await page.evaluate(() => ({
    unit: explorer.unit,
    picture: explorer.picture,
    focus: document.activeElement.id || document.activeElement.className,
    said: document.getElementById("value").textContent,
  }));
  found.keys.push({ pressed: keys.join(" "), ...state });
}

/** Open a number at the corner of the picture, and press Down in its window; then point at the map. */
async function useWindow(page) {
  await page.evaluate(() => {
    explorer.open({ layer: 2, channel: 0, row: 0, column: 0 });
    document.querySelector("#sum .grid button").focus();
  });
  // The title has the value, too: "0.123456: blue, row 1, ...".
  const focused = () => page.evaluate(() => document.activeElement.title.replace(/^[^:]*: /, ""));
  const before = await focused();
  await page.keyboard.press("ArrowDown");
  const below = await focused();
  await page.locator(".map canvas").hover(); // in its middle
  const line = page.locator(".pointed", { hasText: "Under the mouse" });
  const looked = await line.textContent();
  const said = await page.locator("#value").textContent();
  found.window = { before, below, pointed: await focused(), looked, said };
}

/** In the chart of the scores, press Right and Left; then click on the bar of the first class. */
async function useChart(page) {
  const state = () =>
    page.evaluate(() => ({
      channel: explorer.unit.channel,
      label: document.activeElement.getAttribute("aria-label"),
      said: document.getElementById("value").textContent,
    }));
  await page.evaluate(() => {
    const [layer, stage] = [explorer.page.layers.length - 1, explorer.closeUp.map.stage];
    explorer.open({ layer, channel: 0, row: 0, column: 0 });
    stage.focus();
  });
  const states = [await state()];
  for (const key of ["ArrowRight", "PageDown", "ArrowLeft", "ArrowUp"]) {
    await page.keyboard.press(key);
    states.push(await state());
  }
  await page.locator(".map canvas").click({ position: { x: 3, y: 5 } });
  states.push(await state());
  found.chart = states;
}

/** What the end of the guides says: click on a picture, on numbers of layers, and on a class. */
async function takeTour(page) {
  await page.locator("#pictures label").nth(1).click();
  const tour = { layers: [] };
  const tiles = page.locator("#layers canvas");
  const count = await tiles.count();
  for (let i = 0; i < count; i += Math.ceil(count / 25)) {
    await tiles.nth(i).click({ position: { x: 5, y: 5 } });
    const opened = await page.evaluate(() => ({
      layer: explorer.unit.layer,
      said: document.querySelector("#about").textContent,
      formulas: document.querySelectorAll("#sum :is(.equation, .grid, .terms, pre)").length,
      frames: document.querySelectorAll("figure.picture .frame:not([hidden])").length,
    }));
    tour.layers.push(opened);
  }
  tour.picture = await page.evaluate(() => explorer.picture);
  await page.locator("#scores button").nth(1).click();
  tour.name = await page.locator("#scores [aria-pressed=true] .name").textContent();
  tour.why = await page.locator("#why-title").textContent();
  tour.total = await page.locator("#why .terms tr").last().textContent();
  found.tour = tour;
}

async function main() {
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
  const page = await opened(browser, { viewport: { width: 1280, height: 900 } });
  found.shown = await page.evaluate(() => performance.getEntriesByName("shown")[0].startTime);
  found.check = await page.evaluate(() => document.getElementById("check").textContent);
  await press(page, "Tab", "ArrowRight");
  await press(page, "Tab", "ArrowRight", "ArrowRight", "ArrowRight", "Enter");
  await press(page, "ArrowDown", "ArrowRight", "PageDown");
  await press(page, "Enter");
  await press(page, "Escape");
  await press(page, "Backspace");
  await press(page, "Escape");
  await useWindow(page);
  await useChart(page);
  await takeTour(page);
  for (const colorScheme of ["light", "dark"]) {
    for (const width of [1280, 500, 360]) {
      const options = { colorScheme, viewport: { width, height: 800 }, bypassCSP: true };
      const other = await opened(browser, options);
      await checkAccess(other, `${colorScheme}, ${width}`);
      found.widths[width] = await other.evaluate(() => document.documentElement.scrollWidth);
      found.cut[width] = await other.evaluate(() => {
        const windows = [...document.querySelectorAll(".windows")];
        return windows.filter((each) => each.scrollWidth > each.clientWidth).length / windows.length;
      });
    }
  }
  await browser.close();
  console.log(JSON.stringify(found));
}

main();
