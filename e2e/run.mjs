// Browser tests. Starts a demo instance on a free port, drives it with Chromium, stops both.
//
//   ROLEGATE_BIN=…/rolegate node run.mjs [part of a test's name]
//
// Ends with `N passed, N failed`; the exit code is 1 when something failed.
import { Api } from "./api.mjs";
import { startDemo } from "./demo.mjs";
import { Stage, launchBrowser } from "./stage.mjs";

const FILES = ["signin", "launch", "keyboard", "sessions", "accessibility", "many_roles"];
const only = process.argv[2] ?? "";

async function tests() {
  const all = [];
  for (const file of FILES) {
    const { default: found } = await import(`./tests/${file}.mjs`);
    for (const [name, run] of Object.entries(found)) all.push({ name: `${file}: ${name}`, run });
  }
  return all.filter((test) => test.name.includes(only));
}

async function people(demo, api) {
  const alice = demo.users.find((user) => user.login.startsWith("alice"));
  const roles = (await api.roles()).map((role) => role.arn);
  const unread = "arn:aws:iam::444455556666:role/Admin";
  return {
    alice,
    // What alice sees, for tests that sign in often: sign-ins of one login are limited by the minute.
    twin: await api.person("Twin", await api.entitlements(alice.login)),
    robin: await api.person("Robin", [...roles, unread]),
    nobody: await api.person("Nobody", null),
  };
}

async function main() {
  const started = performance.now();
  const chosen = await tests();
  const demo = await startDemo();
  let browser;
  let failed = 0;
  try {
    browser = await launchBrowser();
    const api = new Api(demo);
    const known = await people(demo, api);
    for (const { name, run } of chosen) {
      const stage = new Stage(browser, demo);
      try {
        try {
          await run({ stage, api, ...known });
        } finally {
          await stage.close();
        }
        console.log(`ok   ${name}`);
      } catch (error) {
        failed += 1;
        console.log(`FAIL ${name}\n     ${String(error.stack ?? error).replaceAll("\n", "\n     ")}`);
      }
    }
  } finally {
    await browser?.close();
    await demo.stop();
  }
  if (failed) console.log(`log of the demo:\n${demo.log().slice(-4000)}`);
  console.log(`took ${((performance.now() - started) / 1000).toFixed(0)} s`);
  console.log(`${chosen.length - failed} passed, ${failed} failed`);
  return failed === 0 && chosen.length > 0 ? 0 : 1;
}

process.exitCode = await main();
