// Keys of the desk: j and k go down and up a list, Enter opens, c claims, / goes to the filters or the search; n opens
// the phone page from anywhere. Everything they do has a link or a button, too.
(() => {
  "use strict";
  const rows = () => [...document.querySelectorAll(".desk-item")];
  const here = () => rows().findIndex((row) => row.classList.contains("desk-here"));
  const isTyping = (place) => place.closest("input, select, textarea, [contenteditable]") !== null;

  const go = (step) => {
    const all = rows();
    if (!all.length) return;
    const now = here();
    const next = Math.min(Math.max(now + step, 0), all.length - 1);
    all.forEach((row) => row.classList.remove("desk-here"));
    all[next].classList.add("desk-here");
    all[next].focus({ preventScroll: true });
    all[next].scrollIntoView({ block: "nearest" });
  };
  const press = (selector) => {
    const row = rows()[here()];
    const target = row && row.querySelector(selector);
    if (target) target.click();
    return Boolean(target);
  };

  const isTyped = (field) => {
    if (field.type === "hidden") return false;
    if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
    if (field.tagName !== "SELECT") return field.value !== field.defaultValue;
    return field.selectedIndex !== Math.max(0, [...field.options].findIndex((one) => one.defaultSelected));
  };
  const open = (key) => {
    const link = document.querySelector(`.desk-nav [data-key="${key}"]`);
    if (!link) return false;
    // What somebody typed and did not send yet stays: the other page opens beside it.
    const fields = [...document.querySelectorAll("#content input, #content select, #content textarea")];
    if (fields.some(isTyped)) window.open(link.href, "_blank", "noopener");
    else link.click();
    return true;
  };

  // Who speaks to the computer, or hits keys by accident, switches the single letters off (WCAG 2.1.4).
  const KEPT = "desk-keys";
  const areOff = () => localStorage.getItem(KEPT) === "off";
  const strip = document.querySelector(".desk-nav ul");
  if (strip) {
    const button = document.createElement("button");
    const say = () => { button.textContent = areOff() ? "Keys are off" : "Keys are on"; };
    button.type = "button";
    button.className = "desk-switch";
    button.addEventListener("click", () => { localStorage.setItem(KEPT, areOff() ? "on" : "off"); say(); });
    say();
    strip.appendChild(document.createElement("li")).appendChild(button);
  }

  document.addEventListener("keydown", (event) => {
    const cover = document.getElementById("idle-cover");
    if (areOff() || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || (cover && !cover.hidden)) return;
    const acts = {
      j: () => { go(1); return true; },
      k: () => { go(-1); return true; },
      c: () => press("[data-claim]"),
      n: () => open("n"),
      "/": () => {
        const field = document.querySelector(".desk-filters input, .desk-filters select, .desk-search input");
        if (field) field.focus();
        return Boolean(field);
      },
      Enter: () => event.target.classList.contains("desk-item") && press(".desk-open"),
    };
    if (acts[event.key] && acts[event.key]()) event.preventDefault();
  });
})();
