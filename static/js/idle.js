// Covers a staff page that nobody used for a while; the password opens it again with what was typed.
// Without this file the server does the same at the next request.
(() => {
  "use strict";
  const place = document.querySelector("[data-idle-minutes]");
  if (!place) return;
  const wait = Number(place.dataset.idleMinutes) * 60000;
  const cover = document.getElementById("idle-cover");
  let last = Date.now();
  ["keydown", "pointerdown", "scroll", "touchstart"].forEach((name) => {
    document.addEventListener(name, () => { if (cover.hidden) last = Date.now(); }, { passive: true, capture: true });
  });
  const hide = () => {
    cover.hidden = false;
    document.querySelectorAll("body > :not(#idle-cover)").forEach((part) => { part.inert = true; });
    cover.querySelector("input[type=password]").focus();
  };
  const show = () => {
    cover.hidden = true;
    document.querySelectorAll("body > :not(#idle-cover)").forEach((part) => { part.inert = false; });
    last = Date.now();
  };
  setInterval(() => { if (cover.hidden && Date.now() - last > wait) hide(); }, 5000);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && cover.hidden && Date.now() - last > wait) hide();
  });
  cover.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = event.target;
    const line = cover.querySelector("[role=alert]");
    const field = form.querySelector("input[type=password]");
    try {
      const answer = await fetch(form.action, { method: "POST", body: new FormData(form), redirect: "manual" });
      const said = await answer.json();
      field.value = "";
      if (said.open) { line.textContent = ""; show(); } else { line.textContent = said.error; field.focus(); }
    } catch {
      line.textContent = "You are logged out. Copy what you typed, then log in again in a new tab.";
    }
  });
})();
