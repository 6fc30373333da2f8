import assert from "node:assert/strict";
import { fillSignIn, focusOn, typeSignIn } from "../stage.mjs";

const focused = (page) => page.evaluate(() => document.activeElement.textContent || document.activeElement.id);

export default {
  "who types as soon as a page is loaded loses no key": async ({ stage, alice }) => {
    const page = await stage.page();
    // The browser itself gives the focus with its first frame, on a busy machine long after this.
    await page.addInitScript(() =>
      addEventListener("load", () => (globalThis.focusAtLoad = document.activeElement.id)),
    );
    const focusAtLoad = () => page.evaluate(() => globalThis.focusAtLoad);
    await page.goto(stage.picker());
    assert.equal(await focusAtLoad(), "username");
    await typeSignIn(page, alice);
    await page.waitForURL(stage.picker());
    assert.equal(await focusAtLoad(), "q");
  },

  "from sign-in to AWS without touching the mouse": async ({ stage, alice }) => {
    const page = await stage.page();
    await page.goto(stage.picker());
    await typeSignIn(page, alice);
    await page.waitForURL(stage.picker());
    await focusOn(page, "q");
    await page.keyboard.type("deploy");
    await page.getByText("2 roles in 2 accounts").waitFor();
    await page.keyboard.press("ArrowDown");
    assert.equal(await focused(page), "Deploy");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    assert.match(await page.evaluate(() => document.activeElement.value), /222233334444/);
    await page.keyboard.press("Enter");
    await page.waitForURL((url) => url.href.startsWith(stage.demo.aws_endpoint));
    assert.match(await page.locator("#arn").innerText(), /^arn:aws:sts::222233334444:assumed-role\/Deploy\//);
  },

  "Enter in the search opens the first role that fits": async ({ stage, alice }) => {
    const page = await stage.page();
    await page.goto(stage.picker());
    await typeSignIn(page, alice);
    await page.waitForURL(stage.picker());
    await focusOn(page, "q");
    await page.evaluate(() => (globalThis.isSamePage = true));
    await page.keyboard.press("Enter");
    await page.keyboard.type("analyst");
    await page.getByText("1 role in 1 account").waitFor();
    assert.ok(await page.evaluate(() => globalThis.isSamePage), "an empty search opens nothing");
    await page.keyboard.press("Enter");
    await page.waitForURL((url) => url.href.startsWith(stage.demo.aws_endpoint));
    assert.match(await page.locator("#arn").innerText(), /:assumed-role\/Analyst\//);
  },

  "slash searches, Escape clears, the skip link skips": async ({ stage, alice }) => {
    const page = await stage.page();
    await page.goto(stage.picker());
    await fillSignIn(page, alice);
    await page.waitForURL(stage.picker());
    await focusOn(page, "q");
    await page.keyboard.type("nothing like this");
    await page.getByText("No role matches").waitFor();
    await page.getByText("Nothing fits.").waitFor();
    await page.keyboard.press("Escape");
    await page.getByText("6 roles in 3 accounts").waitFor();
    await page.getByRole("link", { name: "Sessions" }).focus();
    await page.keyboard.press("/");
    assert.equal(await focused(page), "q");
    assert.equal(await page.getByRole("searchbox").inputValue(), "");
    await page.goto(stage.url("/sessions"));
    await page.keyboard.press("Tab");
    assert.equal(await focused(page), "Skip to content");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.id), "main");
  },
};
