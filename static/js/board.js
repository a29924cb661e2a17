// Puts fresh rows into the board of a day. A row that somebody works in (focus, typed text, an open "More")
// stays as it is until they leave it. Without this file the page shows the day as it was when it was opened.
(() => {
  "use strict";
  const board = document.querySelector("[hx-get][hx-trigger]");
  if (!board) return;

  const bare = (row) => {
    const copy = row.cloneNode(true);
    copy.querySelectorAll("input[name=csrfmiddlewaretoken]").forEach((field) => field.remove());
    copy.classList.remove("desk-here");
    return copy.outerHTML;
  };
  const isTyped = (field) =>
    field.type !== "hidden" && (field.value !== field.defaultValue || (field.checked ?? false) !== (field.defaultChecked ?? false));
  const isBusy = (row) =>
    row.contains(document.activeElement) || row.querySelector("details[open]") || [...row.querySelectorAll("input, textarea")].some(isTyped);

  const merge = (fresh) => {
    const body = document.getElementById("board-rows");
    const wanted = [...fresh.querySelectorAll("#board-rows > tr")];
    const ids = new Set(wanted.map((row) => row.id));
    [...body.children].forEach((row) => { if (!ids.has(row.id) && !isBusy(row)) row.remove(); });
    let place = null;
    wanted.forEach((row) => {
      const standing = document.getElementById(row.id);
      let shown = row;
      if (standing && (isBusy(standing) || bare(standing) === bare(row))) shown = standing;
      else if (standing) standing.replaceWith(row);
      const next = place ? place.nextElementSibling : body.firstElementChild;
      if (shown !== next && !(shown === standing && isBusy(shown))) body.insertBefore(shown, next);
      place = shown;
    });
    document.getElementById("board-counts").replaceWith(fresh.querySelector("#board-counts"));
    const empty = document.getElementById("board-empty");
    if (empty && wanted.length) empty.remove();
  };

  const say = () => {
    const place = document.getElementById("board-stale");
    if (place) place.textContent = ", not fresh: open the page again";
  };
  board.addEventListener("htmx:beforeSwap", (event) => {
    event.detail.shouldSwap = false;
    const fresh = new DOMParser().parseFromString(event.detail.serverResponse, "text/html");
    if (event.detail.xhr.status === 200 && fresh.querySelector("[data-board]")) merge(fresh);
    else say();
  });
  ["htmx:responseError", "htmx:sendError", "htmx:timeout"].forEach((name) => board.addEventListener(name, say));
})();
