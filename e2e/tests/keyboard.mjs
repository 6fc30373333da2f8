import assert from "node:assert/strict";

const focused = (page) => page.evaluate(() => document.activeElement.textContent || document.activeElement.id);

export default {
  "from sign-in to AWS without touching the mouse": async ({ stage, alice }) => {
    const page = await stage.page();
    await page.goto(stage.picker());
    await page.keyboard.type(alice.login);
    await page.keyboard.press("Tab");
    await page.keyboard.type(alice.password);
    await page.keyboard.press("Enter");
    await page.waitForURL(stage.picker());
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
    await page.keyboard.type(alice.login);
    await page.keyboard.press("Tab");
    await page.keyboard.type(alice.password);
    await page.keyboard.press("Enter");
    await page.waitForURL(stage.picker());
    await page.keyboard.press("Enter");
    assert.ok(page.url().startsWith(stage.picker()), "an empty search opens nothing");
    await page.keyboard.type("analyst");
    await page.keyboard.press("Enter");
    await page.waitForURL((url) => url.href.startsWith(stage.demo.aws_endpoint));
    assert.match(await page.locator("#arn").innerText(), /:assumed-role\/Analyst\//);
  },

  "slash searches, Escape clears, the skip link skips": async ({ stage, alice }) => {
    const page = await stage.page();
    await page.goto(stage.picker());
    await page.getByLabel("Username").fill(alice.login);
    await page.getByLabel("Password").fill(alice.password);
    await page.keyboard.press("Enter");
    await page.waitForURL(stage.picker());
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
