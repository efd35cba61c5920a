// Small helpers of every page. Each works on attributes; without scripts every page still does its work.
import { menus, navigation } from "./menus.js";
import { tables, selections } from "./tables.js";

function searchKey(event) {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const field = document.querySelector("[data-search-key]");
  if (!field) return;
  event.preventDefault();
  field.focus();
  field.select();
}

function say(text) {
  const live = document.getElementById("live");
  if (live) live.textContent = text;
}

async function copy(button) {
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    say(button.dataset.done);
    const before = button.textContent;
    button.textContent = button.dataset.done;
    setTimeout(() => { button.textContent = before; }, 2000);
  } catch {
    // The clipboard is refused (plain http, or by policy): select the text so that the keyboard can copy it.
    const range = document.createRange();
    range.selectNodeContents(button.previousElementSibling);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
  }
}

function prepare(root) {
  if (navigator.clipboard) root.querySelectorAll("[data-copy]").forEach((button) => { button.hidden = false; });
  const summary = root.querySelector("[data-error-summary]");
  if (summary) summary.focus();
  root.querySelectorAll("dialog[data-open]").forEach((dialog) => { if (!dialog.open) dialog.showModal(); });
  tables(root);
  selections(root);
}

document.addEventListener("keydown", searchKey);
document.addEventListener("click", (event) => {
  const copied = event.target.closest("[data-copy]");
  if (copied) copy(copied);
  const opens = event.target.closest("[data-dialog]");
  if (opens) {
    const dialog = document.getElementById(opens.dataset.dialog);
    if (dialog) { event.preventDefault(); dialog.showModal(); }
  }
  const closes = event.target.closest("[data-dialog-close]");
  if (closes) { event.preventDefault(); closes.closest("dialog").close(); }
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
});
document.addEventListener("submit", (event) => {
  // A second click on a slow connection must not send the form twice.
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "1";
  setTimeout(() => { delete form.dataset.sent; }, 4000);
});
document.addEventListener("htmx:afterSwap", (event) => prepare(event.target));
document.addEventListener("htmx:afterSwap", (event) => {
  // The mark in a table whose panel is open stays marked.
  const link = event.detail.requestConfig && event.detail.requestConfig.elt;
  const table = link && link.closest("table[data-keys]");
  if (!table || !event.target.closest(".panel")) return;
  table.querySelectorAll("a[aria-current]").forEach((old) => old.removeAttribute("aria-current"));
  link.setAttribute("aria-current", "true");
});
document.addEventListener("htmx:afterRequest", (event) => {
  const told = event.detail.xhr && event.detail.xhr.getResponseHeader("X-Sekisho-Say");
  if (told) say(decodeURIComponent(told));
});
menus();
navigation();
prepare(document);
