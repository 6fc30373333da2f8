// Makes pages quicker; none needs it. Sends the form that goes to AWS, filters roles while typing, copies links.
(() => {
  "use strict";

  // The browser gives the focus with the first frame it draws; keys that come before it would be lost.
  const first = document.querySelector("[autofocus]");
  if (first && document.activeElement === document.body) first.focus();

  const toAws = document.querySelector("form[data-send]");
  if (toAws) {
    // Going back from AWS leads to the roles, not into a second sign-in.
    history.replaceState(null, "", toAws.dataset.back);
    toAws.submit();
    return;
  }

  const list = document.querySelector("form[data-roles]");
  const search = document.querySelector("[data-search]");
  if (!list || !search) return;

  const found = document.getElementById("found");
  const none = document.querySelector("[data-none]");
  const accounts = [...list.querySelectorAll("section")].map((section) => {
    const about = section.querySelector("header").innerText || section.querySelector("header").textContent;
    const roles = [...section.querySelectorAll("li")].map((item) => ({
      item,
      button: item.querySelector(".role button"),
      text: `${about}\n${text(item, ".path")}${text(item, ".role button")}\n${text(item, ".about")}`.toLowerCase(),
    }));
    return { section, roles };
  });
  let shown = [];
  let announcement;
  let address;

  function text(item, selector) {
    const part = item.querySelector(selector);
    return part ? part.textContent : "";
  }

  function words(typed) {
    const isId = /^\d{4}-\d{4}-\d{4}$/;
    return typed
      .split(/\s+/)
      .filter(Boolean)
      .slice(0, 12)
      .map((word) => (isId.test(word) ? word.replaceAll("-", "") : word.toLowerCase()));
  }

  function counted(number, noun) {
    return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
  }

  function filter() {
    const wanted = words(search.value);
    let accountsShown = 0;
    shown = [];
    for (const account of accounts) {
      const fit = account.roles.filter((role) => wanted.every((word) => role.text.includes(word)));
      const any = fit.length > 0;
      if (account.section.hidden === any) account.section.hidden = !any;
      if (!any) continue;
      // Roles of a hidden account are left as they are: every change of the page costs time.
      const fits = new Set(fit);
      for (const role of account.roles) {
        if (role.item.hidden === fits.has(role)) role.item.hidden = !fits.has(role);
      }
      shown.push(...fit);
      accountsShown += 1;
    }
    mark(wanted.length > 0);
    if (none) none.hidden = shown.length > 0;
    const said = shown.length
      ? `${counted(shown.length, "role")} in ${counted(accountsShown, "account")}`
      : "No role matches";
    // Screen readers hear the number once typing rests.
    clearTimeout(announcement);
    announcement = setTimeout(say, 150, said);
    clearTimeout(address);
    address = setTimeout(() => {
      const url = new URL(location.href);
      if (search.value) url.searchParams.set("q", search.value);
      else url.searchParams.delete("q");
      history.replaceState(null, "", url);
    }, 400);
  }

  function say(words) {
    clearTimeout(announcement);
    if (found.textContent !== words) found.textContent = words;
  }

  // The first role that fits is what Enter opens.
  function mark(isSearching) {
    const last = list.querySelector("li.first");
    const first = isSearching && shown.length ? shown[0].item : null;
    if (last === first) return;
    if (last) last.classList.remove("first");
    if (first) first.classList.add("first");
  }

  function clear() {
    search.value = "";
    filter();
    search.focus();
  }

  function move(step) {
    const at = shown.findIndex((role) => role.item.contains(document.activeElement));
    const next = at + step;
    if (next < 0) search.focus();
    else if (next < shown.length) shown[next].button.focus();
  }

  search.addEventListener("input", filter);
  search.form.addEventListener("submit", (event) => {
    event.preventDefault();
    filter();
    if (search.value.trim() && shown.length) shown[0].button.click();
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const inList = search === document.activeElement || list.contains(document.activeElement);
    const inField = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName);
    if (event.key === "/" && !inField) {
      search.focus();
      search.select();
    } else if (event.key === "Escape" && inList) {
      clear();
    } else if (event.key === "ArrowDown" && inList) {
      move(1);
    } else if (event.key === "ArrowUp" && inList) {
      move(-1);
    } else {
      return;
    }
    event.preventDefault();
  });

  list.addEventListener("click", async (event) => {
    const button = event.target.closest(".copy");
    if (!button) return;
    const link = button.parentElement.querySelector("a").href;
    try {
      await navigator.clipboard.writeText(link);
      button.classList.add("copied");
      say("Link copied");
    } catch {
      say("The browser did not allow copying; use the context menu of the link beside it");
    }
    setTimeout(() => {
      button.classList.remove("copied");
      filter();
    }, 2500);
  });
  if (none) none.querySelector("[data-clear]").addEventListener("click", clear);

  filter();
})();
