import assert from "node:assert/strict";
import { fillSignIn, focusOn } from "../stage.mjs";

export default {
  "a wrong password and an unknown person get the same answer": async ({ stage, alice }) => {
    const page = await stage.page();
    const said = [];
    for (const person of [{ ...alice, password: "not it at all" }, { login: "nobody@example.com", password: "x" }]) {
      await page.goto(stage.url("/signin"));
      await fillSignIn(page, person);
      said.push(await page.getByRole("alert").innerText());
      assert.equal(await page.getByLabel("Username").inputValue(), person.login);
      assert.equal(await page.getByLabel("Password").inputValue(), "");
      assert.match(await page.title(), /^Error: Sign in/);
      await focusOn(page, "password");
    }
    assert.deepEqual(said, ["Invalid username or password.", "Invalid username or password."]);
  },

  "signing out ends the session, and going back shows nothing": async ({ stage, alice }) => {
    const page = await stage.page();
    await page.goto(stage.picker());
    await fillSignIn(page, alice);
    await page.waitForURL(stage.picker());
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByText("You are signed out.").waitFor();
    await page.goBack();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    const cookies = await page.context().cookies();
    assert.ok(!cookies.some((cookie) => cookie.name === "sid" || cookie.name === "__Host-sid"));
  },

  "a link that signs out asks first": async ({ stage, alice }) => {
    const page = await stage.page();
    await page.goto(stage.url("/signin"));
    await fillSignIn(page, alice);
    await page.getByRole("heading", { name: "Your apps" }).waitFor();
    await page.goto(stage.url("/signout"));
    await page.getByRole("link", { name: "Stay signed in" }).click();
    await page.getByRole("heading", { name: "Your apps" }).waitFor();
  },

  "a sign-in never leads to another site": async ({ stage, alice }) => {
    const page = await stage.page();
    await page.goto(stage.url(`/signin?fromURI=${encodeURIComponent("https://evil.example/")}`));
    await fillSignIn(page, alice);
    await page.getByRole("heading", { name: "Your apps" }).waitFor();
    assert.equal(page.url(), stage.url("/"));
  },
};
