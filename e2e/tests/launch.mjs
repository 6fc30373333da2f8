import assert from "node:assert/strict";
import { fillSignIn } from "../stage.mjs";

// The second of the person's accounts, as the picker shows them.
const ARN = /^arn:aws:sts::111122223333:assumed-role\/ReadOnly\//;
const link = "launch?account=111122223333&role=ReadOnly";

async function landed(page, stage) {
  await page.waitForURL((url) => url.href.startsWith(stage.demo.aws_endpoint));
  return page.locator("#arn").innerText();
}

export default {
  "sign in, search, pick a role in the second account, stand in AWS": async ({ stage, alice }) => {
    const page = await stage.page();
    await page.goto(stage.url("/"));
    await fillSignIn(page, alice);
    await page.getByRole("link", { name: "AWS (emulated console)" }).click();
    const second = page.locator("section.account").nth(1);
    await page.getByRole("searchbox").fill("1111-2222-3333 readonly");
    await page.getByText("1 role in 1 account").waitFor();
    assert.equal(await page.getByRole("button", { name: "ReadOnly", exact: true }).count(), 1);
    await second.getByRole("button", { name: "ReadOnly", exact: true }).click();
    assert.match(await landed(page, stage), ARN);
    await page.goBack();
    await page.waitForURL(`${stage.picker()}*`);
    await page.getByRole("searchbox").waitFor();
  },

  "the same without JavaScript": async ({ stage, alice }) => {
    const page = await stage.page({ javaScriptEnabled: false });
    await page.goto(stage.picker());
    await fillSignIn(page, alice);
    await page.getByRole("searchbox").fill("production readonly");
    await page.getByRole("button", { name: "Search" }).click();
    await page.getByText("1 role in 1 account").waitFor();
    assert.equal(await page.getByRole("button", { name: "Deploy", exact: true }).count(), 0);
    assert.equal(await page.locator(".copy:visible").count(), 0);
    await page.getByRole("button", { name: "ReadOnly", exact: true }).click();
    await page.getByRole("button", { name: "Continue to AWS" }).click();
    assert.match(await landed(page, stage), ARN);
  },

  "a deep link survives signing in": async ({ stage, alice }) => {
    const page = await stage.page();
    await page.goto(`${stage.picker()}/${link}`);
    await page.getByText("You will go on to AWS.").waitFor();
    await fillSignIn(page, { ...alice, password: "mistyped at first" });
    await fillSignIn(page, alice);
    assert.match(await landed(page, stage), ARN);
  },

  "a copied link is the deep link of the role": async ({ stage, alice }) => {
    const page = await stage.page({ permissions: ["clipboard-read", "clipboard-write"] });
    await page.goto(stage.picker());
    await fillSignIn(page, alice);
    await page.getByRole("button", { name: "Copy link to ReadOnly" }).click();
    await page.getByText("Link copied").waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    assert.equal(copied, `${stage.picker()}/${link}`);
  },

  "a role opens in a new tab": async ({ stage, alice }) => {
    const page = await stage.page();
    await page.goto(stage.picker());
    await fillSignIn(page, alice);
    const opened = page.context().waitForEvent("page");
    await page.getByRole("link", { name: "Open ReadOnly in a new tab" }).click();
    assert.match(await landed(await opened, stage), ARN);
    assert.equal(page.url(), stage.picker());
  },

  "a link to a role that one has not offers the nearest ones": async ({ stage, alice }) => {
    const page = await stage.page();
    await page.goto(`${stage.picker()}/launch?account=111122223333&role=readonlyy`);
    await fillSignIn(page, alice);
    await page.getByRole("heading", { name: "You do not have this role" }).waitFor();
    await page.getByText("role_not_assigned").waitFor();
    await page.getByRole("link", { name: "[example-production] - ReadOnly" }).click();
    assert.match(await landed(page, stage), ARN);
  },

  "a picker left open over a sign-out leads on to its role": async ({ stage, alice }) => {
    const page = await stage.page();
    await page.goto(stage.picker());
    await fillSignIn(page, alice);
    await page.waitForURL(stage.picker());
    const other = await page.context().newPage();
    await other.goto(stage.url("/signout"));
    await other.getByRole("main").getByRole("button", { name: "Sign out" }).click();
    await other.getByText("You are signed out.").waitFor();
    await page.getByRole("button", { name: "ReadOnly", exact: true }).click();
    await fillSignIn(page, alice);
    assert.match(await landed(page, stage), ARN);
  },

  "the embed link shows the sign-in page, then AWS with all roles": async ({ stage, alice }) => {
    const page = await stage.page();
    const answer = await page.goto(stage.url(`/home/amazon_aws/${stage.demo.browser_app_id}/272`));
    assert.equal(answer.status(), 200);
    assert.match(await answer.text(), /var stateToken = '[A-Za-z0-9_-]{1,50}';/);
    assert.match(await page.evaluate(() => globalThis.stateToken), /^00s/);
    await fillSignIn(page, alice);
    await page.waitForURL((url) => url.href.startsWith(stage.demo.aws_endpoint));
    assert.equal(await page.locator("input[name=roleIndex]").count(), 6);
  },
};
