// The page's own switches: language, light and dark, and what printing needs.
// The charts listen to "perennial:draw".
(function () {
  "use strict";
  var root = document.documentElement;
  var media = window.matchMedia("(prefers-color-scheme: dark)");
  var asked = null; // a theme that the reader chose

  function draw() {
    document.dispatchEvent(new CustomEvent("perennial:draw"));
  }

  function show() {
    root.dataset.theme = asked || (media.matches ? "dark" : "light");
    root.lang = root.dataset.lang === "en" ? "en" : "zh-CN";
    document.querySelectorAll("[data-set-lang]").forEach(function (b) {
      b.setAttribute("aria-pressed", String(b.dataset.setLang === root.dataset.lang));
    });
    document.querySelectorAll("[data-set-theme]").forEach(function (b) {
      b.setAttribute("aria-pressed", String(b.dataset.setTheme === root.dataset.theme));
    });
    draw();
  }

  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-set-lang], [data-set-theme]");
    if (!button) return;
    if (button.dataset.setLang) root.dataset.lang = button.dataset.setLang;
    if (button.dataset.setTheme) asked = button.dataset.setTheme;
    show();
  });
  media.addEventListener("change", show);

  // Paper is light, and narrower than a screen.
  window.addEventListener("beforeprint", function () {
    root.dataset.theme = "light";
    root.dataset.print = "yes";
    draw();
  });
  window.addEventListener("afterprint", function () {
    delete root.dataset.print;
    show();
  });

  var hash = window.location.hash.slice(1).split("&");
  if (hash.indexOf("en") >= 0) root.dataset.lang = "en";
  if (hash.indexOf("zh") >= 0) root.dataset.lang = "zh";
  if (hash.indexOf("dark") >= 0) asked = "dark";
  if (hash.indexOf("light") >= 0) asked = "light";
  show();

  // Without charts the tables stand open in their place.
  if (!document.querySelector("[data-chart]")) return;
  window.addEventListener("load", function () {
    if (root.dataset.charts) return;
    document.querySelectorAll("details.behind").forEach(function (d) {
      d.open = true;
    });
  });
})();
