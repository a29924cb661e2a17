// Counts the places of a text message while somebody writes it. The page's own preview does the same without this file.
(() => {
  "use strict";
  const BASIC =
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
  const EXTENDED = "^{}\\[~]|€\f";

  // As the server fits a text: accents that no phone alphabet has go, typographic signs become plain.
  const SIGNS = { "‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "\u00a0": " " };
  const known = (char) => BASIC.includes(char) || EXTENDED.includes(char);
  const fitted = (char) =>
    known(char) ? char : (SIGNS[char] ?? (Array.from(char.normalize("NFKD")).filter(known).join("") || char));

  const size = (typed) => {
    const text = Array.from(typed).map(fitted).join("");
    const chars = Array.from(text);
    const plain = chars.every(known);
    const places = plain ? chars.reduce((sum, char) => sum + (EXTENDED.includes(char) ? 2 : 1), 0) : text.length;
    const [one, several] = plain ? [160, 153] : [70, 67];
    const parts = places <= one ? 1 : Math.ceil(places / several);
    return `${plain ? "GSM-7" : "UCS-2"}, ${places} places, ${parts} part${parts === 1 ? "" : "s"}`;
  };

  document.querySelectorAll("textarea[data-counts]").forEach((area) => {
    const samples = JSON.parse(area.dataset.samples || "{}");
    const line = document.createElement("p");
    line.setAttribute("aria-live", "polite");
    area.after(line);
    let later;
    const say = () => {
      const shown = area.value.replace(/\{([a-z_]+)\}/g, (whole, name) => samples[name] ?? whole);
      line.textContent = size(shown.trim().split(/\s+/).join(" "));
    };
    area.addEventListener("input", () => {
      clearTimeout(later);
      later = setTimeout(say, 300);
    });
    say();
  });
})();
