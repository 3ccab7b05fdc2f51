// What the theme makes without a name gets one, for readers who hear the page: sections of the menu, copy buttons, wide tables.
function nameParts() {
  for (const nav of document.querySelectorAll("nav.md-nav[aria-labelledby]")) {
    const label = document.getElementById(nav.getAttribute("aria-labelledby"));
    const link = nav.parentElement.querySelector("a .md-ellipsis, a");
    if (label && link && !label.textContent.trim()) {
      nav.removeAttribute("aria-labelledby");
      nav.setAttribute("aria-label", link.textContent.trim());
    }
  }
  document.querySelectorAll("nav.md-code__nav:not([aria-label])").forEach((nav) => {
    const place = [...document.querySelectorAll("nav.md-code__nav")].indexOf(nav) + 1;
    nav.setAttribute("aria-label", `Example ${place}`);
  });
  document.querySelectorAll(".md-typeset__scrollwrap:not([tabindex])").forEach((table) => {
    table.setAttribute("tabindex", "0");
  });
}
nameParts();
new MutationObserver(nameParts).observe(document.body, { childList: true, subtree: true });
