import assert from "node:assert/strict";
import { axe, fillSignIn, screenshot } from "../stage.mjs";

// Each opens one page in the state that is looked at.
const PAGES = {
  signin: async ({ page, stage }) => page.goto(stage.url("/signin")),
  "signin-wrong": async ({ page, stage }) => {
    await page.goto(stage.url("/signin"));
    await fillSignIn(page, { login: "nobody@example.com", password: "x" });
    await page.getByRole("alert").waitFor();
  },
  embed: async ({ page, stage }) => page.goto(stage.url(`/home/amazon_aws/${stage.demo.app_id}/272`)),
  portal: async ({ page, stage, twin }) => enter(page, stage.url("/"), twin),
  "portal-empty": async ({ page, stage, nobody }) => enter(page, stage.url("/"), nobody),
  picker: async ({ page, stage, twin }) => enter(page, stage.picker(), twin),
  "picker-search": async ({ page, stage, twin }) => {
    await enter(page, stage.picker(), twin);
    await page.getByRole("searchbox").fill("deploy");
    await page.getByText("2 roles in 2 accounts").waitFor();
  },
  "picker-nothing-fits": async ({ page, stage, twin }) => {
    await enter(page, stage.picker(), twin);
    await page.getByRole("searchbox").fill("zzz");
    await page.getByText("Nothing fits.").waitFor();
  },
  "picker-everything": async ({ page, stage, robin }) => {
    await enter(page, stage.picker(), robin);
    await page.locator("summary").evaluateAll((all) => all.forEach((one) => one.click()));
  },
  "picker-empty": async ({ page, stage, nobody }) => enter(page, stage.picker(), nobody),
  "to-aws": async ({ page, stage, twin }) => {
    await page.route("**/static/*.js", (route) => route.fulfill({ body: "", contentType: "text/javascript" }));
    await enter(page, `${stage.picker()}/launch?account=111122223333&role=ReadOnly`, twin);
  },
  refusal: async ({ page, stage, twin }) =>
    enter(page, `${stage.picker()}/launch?account=111122223333&role=readonlyy`, twin),
  "refusal-app": async ({ page, stage, nobody }) =>
    enter(page, stage.url(`/app/amazon_aws/${stage.demo.app_id}/sso/saml`), nobody),
  sessions: async ({ page, stage, twin }) => enter(page, stage.url("/sessions"), twin),
  signout: async ({ page, stage, twin }) => enter(page, stage.url("/signout"), twin),
  "not-found": async ({ page, stage }) => page.goto(stage.url("/nowhere")),
};

async function enter(page, url, person) {
  await page.goto(url);
  await fillSignIn(page, person);
  await page.waitForLoadState();
  assert.equal(await page.locator("#password").count(), 0, "signed in");
}

const tests = {};
for (const [name, open] of Object.entries(PAGES)) {
  tests[`${name}: axe finds nothing, in light and dark, wide and narrow`] = async ({ stage, ...people }) => {
    const found = [];
    for (const width of [1280, 375]) {
      const page = await stage.page({ viewport: { width, height: width === 375 ? 720 : 800 } });
      await open({ page, stage, ...people });
      for (const colorScheme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme });
        found.push(...(await axe(page)).map((line) => `${colorScheme} ${width}: ${line}`));
        await screenshot(page, `${name}-${colorScheme}-${width}`);
      }
      if (width === 375) found.push(...(await tooWide(page)));
      assert.equal(await page.locator("h1").count(), 1, "one h1");
    }
    assert.deepEqual(found, []);
  };
}

/** Nothing is cut off and nothing scrolls sideways at 320 px, which is 1280 px at 400 % (WCAG 1.4.10). */
async function tooWide(page) {
  await page.setViewportSize({ width: 320, height: 640 });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  return wide > 0 ? [`${wide} px too wide at 320 px`] : [];
}

export default tests;
