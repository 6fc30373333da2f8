import assert from "node:assert/strict";
import { fillSignIn } from "../stage.mjs";

const ROLES = 2000;
const MILLISECONDS = 50;
const ROUNDS = 12;

/** The picker as it came and as a long one is marked, its rows repeated until there are `ROLES`. */
async function manyRoles(page) {
  await page.route("**/app/amazon_aws/*", async (route) => {
    const answer = await route.fetch();
    let html = await answer.text();
    const sections = html.match(/<section class="account"[\s\S]*?<\/section>/g) ?? [];
    const rows = sections.join("").match(/<li[\s>][\s\S]*?<\/li>/g) ?? [];
    const copies = Math.ceil(ROLES / Math.max(rows.length, 1));
    const many = Array.from({ length: copies }, (_, copy) =>
      sections.map((one) => one.replace(/(<h2[^>]*id="a)(\d+)("[^>]*>)/, `$1${copy}-$2$3Unit ${copy} `)
        .replace(/aria-labelledby="a/, `aria-labelledby="a${copy}-`)).join("\n"));
    for (const one of sections.slice(1)) html = html.replace(one, "");
    html = html.replace(sections[0], () => many.join("\n")).replace("data-roles", 'data-roles class="many"');
    await route.fulfill({ response: answer, body: html });
  });
}

export default {
  "2,000 roles are searched within 50 ms of every keystroke": async ({ stage, api }) => {
    const roles = (await api.roles()).filter((role) => role.verdict.trust === "ALLOWED").map((role) => role.arn);
    const person = await api.person("Many", roles);
    const page = await stage.page();
    await page.goto(stage.picker());
    await fillSignIn(page, person);
    await page.waitForURL(stage.picker());
    // Only now: what follows a redirect is not offered to `route`.
    await manyRoles(page);
    await page.reload();
    await page.getByRole("searchbox").waitFor();
    const shown = await page.locator(".account li").count();
    assert.ok(shown >= ROLES, `${shown} roles`);
    const times = await page.evaluate(async ([rounds, enough]) => {
      const field = document.querySelector("[data-search]");
      const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
      const typed = "unit 17 readonly";
      const states = [...typed].map((_, index) => typed.slice(0, index + 1));
      const all = [...states, ...states.toReversed(), ""];
      const best = all.map(() => Infinity);
      // Whatever else the machine does is not our time: the best of several counts. Three, and more only while needed.
      for (let round = 0; round < 3 || (round < rounds && Math.max(...best) >= enough); round += 1) {
        for (const [index, value] of all.entries()) {
          await frame();
          const start = performance.now();
          field.value = value;
          field.dispatchEvent(new Event("input", { bubbles: true }));
          // Style and layout of what is seen are part of the answer.
          document.body.getBoundingClientRect();
          best[index] = Math.min(best[index], performance.now() - start);
        }
      }
      return best.sort((a, b) => a - b);
    }, [ROUNDS, MILLISECONDS]);
    const [median, worst] = [times[Math.floor(times.length / 2)], times.at(-1)];
    console.log(`     ${shown} roles, ${times.length} keystrokes: median ${median.toFixed(1)} ms, worst ${worst.toFixed(1)} ms`);
    assert.ok(worst < MILLISECONDS, `within ${MILLISECONDS} ms: ${times.map(Math.round)}`);
  },
};
