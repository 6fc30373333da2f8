// Pages of one browser, watched: what the browser complains about, and what is loaded from elsewhere, fails the test.
import fs from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const AXE = fs.readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SCREENSHOTS = new URL("./screenshots/", import.meta.url);
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";

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
  }

  /** A page in a profile of its own. */
  async page(options = {}) {
    const context = await this.browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    context.setDefaultTimeout(10_000);
    this.contexts.push(context);
    const page = await context.newPage();
    this.watch(page);
    context.on("page", (other) => other !== page && this.watch(other));
    return page;
  }

  watch(page) {
    const own = [this.demo.url, this.demo.aws_endpoint];
    page.on("pageerror", (error) => this.complaints.push(`error in a script: ${error}`));
    page.on("console", (message) => {
      // A page that answers 403 or 404 is what some tests ask for.
      const isStatus = message.text().startsWith("Failed to load resource") && message.location().url === page.url();
      if (message.type() === "error" && !isStatus) this.complaints.push(`console: ${message.text()}`);
    });
    page.on("request", (request) => {
      const isOwn = own.some((origin) => request.url().startsWith(`${origin}/`)) || request.url().startsWith("data:");
      if (!isOwn) this.complaints.push(`loaded from elsewhere: ${request.url()}`);
    });
  }

  /** Ends every page; fails when something was complained about. */
  async close() {
    for (const context of this.contexts) await context.close();
    if (this.complaints.length) throw new Error(this.complaints.join("\n"));
  }

  url(path) {
    return this.demo.url + path;
  }

  picker() {
    return this.url(`/app/amazon_aws/${this.demo.browser_app_id}`);
  }
}

/** Fills in the sign-in page that is shown. */
export async function fillSignIn(page, person) {
  await page.getByLabel("Username").fill(person.login);
  await page.getByLabel("Password").fill(person.password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

export async function screenshot(page, name) {
  const file = new URL(`${name}.png`, SCREENSHOTS);
  await page.screenshot({ path: file.pathname, fullPage: true });
}

/** What axe finds wrong, one line each. */
export async function axe(page) {
  await page.evaluate(AXE);
  const found = await page.evaluate(() =>
    globalThis.axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }),
  );
  return found.violations.map((one) => `${one.id}: ${one.help}: ${one.nodes.map((node) => node.target).join(" | ")}`);
}
