// Pages of one browser, watched: what the browser complains about, and what is loaded from elsewhere, fails the test.
import fs from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const AXE = fs.readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SCREENSHOTS = new URL("./screenshots/", import.meta.url);
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
// How long the slowest machine may take for one step. Whoever passes never waits for it.
const PATIENCE_MILLISECONDS = 60_000;

export async function launchBrowser() {
  if (!fs.existsSync(CHROMIUM)) throw new Error(`no browser at ${CHROMIUM}; set CHROMIUM to one`);
  fs.mkdirSync(SCREENSHOTS, { recursive: true });
  const args = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"];
  return chromium.launch({ executablePath: CHROMIUM, args });
}

export class Stage {
  constructor(browser, demo) {
    this.browser = browser;
    this.demo = demo;
    this.contexts = [];
    this.complaints = [];
    this.answered = new Set();
  }

  /** A page in a profile of its own. */
  async page(options = {}) {
    const context = await this.browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    context.setDefaultTimeout(PATIENCE_MILLISECONDS);
    this.contexts.push(context);
    const page = await context.newPage();
    this.watch(page);
    context.on("page", (other) => other !== page && this.watch(other));
    return page;
  }

  watch(page) {
    const own = [this.demo.url, this.demo.aws_endpoint];
    const complain = (what, about) => this.complaints.push({ what, about });
    page.on("pageerror", (error) => complain(`error in a script: ${error}`));
    page.on("response", (response) => {
      if (response.request().isNavigationRequest()) this.answered.add(response.url());
    });
    page.on("console", (message) => {
      if (message.type() !== "error") return;
      const isStatus = message.text().startsWith("Failed to load resource");
      complain(`console: ${message.text()}`, isStatus ? message.location().url : undefined);
    });
    page.on("request", (request) => {
      const isOwn = own.some((origin) => request.url().startsWith(`${origin}/`)) || request.url().startsWith("data:");
      if (!isOwn) complain(`loaded from elsewhere: ${request.url()}`);
    });
  }

  /** Ends every page; fails when something was complained about. */
  async close() {
    for (const context of this.contexts) await context.close();
    // A page that answers 403 or 404 is what some tests ask for. Asked only now: which of the two the browser tells
    // first, the status or the answer, is not settled.
    const left = this.complaints.filter(({ about }) => !this.answered.has(about));
    if (left.length) throw new Error(left.map(({ what }) => what).join("\n"));
  }

  url(path) {
    return this.demo.url + path;
  }

  picker() {
    return this.url(`/app/amazon_aws/${this.demo.browser_app_id}`);
  }
}

/** Fills in the sign-in page that is shown, and waits for the page that answers: the next step never meets this one. */
export async function fillSignIn(page, person) {
  await page.getByLabel("Username").fill(person.login);
  await page.getByLabel("Password").fill(person.password);
  await leaving(page, () => page.getByRole("button", { name: "Sign in" }).click());
}

/** Types login and password where the page has put the focus, and sends them with Enter. */
export async function typeSignIn(page, person) {
  await focusOn(page, "username");
  await page.keyboard.type(person.login);
  await page.keyboard.press("Tab");
  await focusOn(page, "password");
  await page.keyboard.type(person.password);
  await leaving(page, () => page.keyboard.press("Enter"));
}

/** Does what leads to another page, and waits until that page has begun. */
export async function leaving(page, step) {
  const begun = page.waitForEvent("framenavigated", (frame) => frame === page.mainFrame());
  await Promise.all([begun, step()]);
}

/** Waits until the element with this id has the focus. Keys that are typed before go nowhere. */
export async function focusOn(page, id) {
  await page.locator(`#${id}:focus`).waitFor();
}

export async function screenshot(page, name) {
  const file = new URL(`${name}.png`, SCREENSHOTS);
  await page.screenshot({ path: file.pathname, fullPage: true });
}

/** What axe finds wrong with the whole page, one line each. */
export async function axe(page) {
  await page.waitForLoadState();
  await page.evaluate(AXE);
  const found = await page.evaluate(() =>
    globalThis.axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }),
  );
  return found.violations.map((one) => `${one.id}: ${one.help}: ${one.nodes.map((node) => node.target).join(" | ")}`);
}
