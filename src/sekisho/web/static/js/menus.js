// Menus are <details>: they open without scripts. Here: close on Escape, on a click elsewhere, and when the focus leaves.
export function menus() {
  const all = () => document.querySelectorAll("[data-menu][open]");
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    all().forEach((menu) => {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  });
  document.addEventListener("click", (event) => {
    all().forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  });
  document.addEventListener("focusin", (event) => {
    all().forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  });
  document.querySelectorAll("[data-menu]").forEach((menu) => {
    menu.addEventListener("toggle", () => {
      const field = menu.open && menu.querySelector("input[type=search]");
      if (field) field.focus();
    });
  });
}

// The navigation is a column on wide screens. Browsers that cannot show a closed <details> by style get it opened here.
export function navigation() {
  const nav = document.querySelector("[data-nav]");
  if (!nav || CSS.supports("selector(::details-content)")) return;
  const wide = matchMedia("(min-width: 64rem)");
  const set = () => { nav.open = wide.matches; };
  wide.addEventListener("change", set);
  set();
}
