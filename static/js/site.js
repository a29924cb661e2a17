// Small comforts. Every page works without this file.
(() => {
  "use strict";
  const words = document.currentScript.dataset; // in the language of the page: see base.html
  document.querySelector(".error-summary")?.focus();

  document.querySelectorAll(".error-summary a").forEach((link) => {
    link.addEventListener("click", (event) => {
      const field = document.getElementById(link.hash.slice(1));
      if (!field) return;
      event.preventDefault();
      (field.closest(".field") || field).scrollIntoView();
      field.focus({ preventScroll: true });
    });
  });

  document.querySelectorAll("textarea[data-limit]").forEach((area) => {
    const limit = Number(area.dataset.limit);
    const line = document.createElement("p");
    line.className = "hint";
    line.setAttribute("aria-live", "polite");
    area.after(line);
    let later;
    const say = () => {
      const left = limit - Array.from(area.value).length;
      const count = Math.abs(left);
      const [one, many] = left < 0 ? [words.overOne, words.over] : [words.leftOne, words.left];
      line.textContent = (count === 1 ? one : many).replace("{count}", count);
    };
    area.addEventListener("input", () => {
      clearTimeout(later);
      later = setTimeout(say, 400);
    });
    say();
  });
})();
