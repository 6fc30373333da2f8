import assert from "node:assert/strict";
import { fillSignIn } from "../stage.mjs";

async function signedIn(stage, person) {
  const page = await stage.page();
  await page.goto(stage.url("/sessions"));
  await fillSignIn(page, person);
  await page.getByRole("heading", { name: "Your sessions" }).waitFor();
  return page;
}

export default {
  "a person sees and ends their own sessions": async ({ stage, api }) => {
    const person = await api.person("Sessions", null);
    const pages = [];
    for (let count = 0; count < 4; count += 1) pages.push(await signedIn(stage, person));
    const [first, ...others] = pages;
    await first.reload();
    assert.equal(await first.locator(".sessions li").count(), 4);
    assert.match(await first.locator(".sessions li").first().innerText(), /This session/);
    await first.getByRole("button", { name: /^End session of/ }).first().click();
    await first.getByText("One session was ended.").waitFor();
    assert.equal(await first.locator(".sessions li").count(), 3);
    await first.getByRole("button", { name: "End all other sessions" }).click();
    await first.getByText("2 sessions were ended.").waitFor();
    for (const other of others) {
      await other.reload();
      await other.getByRole("heading", { name: "Sign in" }).waitFor();
    }
  },
};
