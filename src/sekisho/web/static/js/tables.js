// Movement in dense tables: arrow keys, Home, End, Page keys go from cell to cell (roving tabindex); Enter follows the cell's link.
function cellsOf(row) {
  return [...row.children];
}

function focusable(cell) {
  return cell.querySelector("a, button, input") || cell;
}

function move(table, cell, key) {
  const row = cell.parentElement;
  const rows = [...table.tBodies].flatMap((body) => [...body.rows]);
  const column = cellsOf(row).indexOf(cell);
  const line = rows.indexOf(row);
  const last = cellsOf(row).length - 1;
  const target = {
    ArrowRight: [line, Math.min(column + 1, last)],
    ArrowLeft: [line, Math.max(column - 1, 0)],
    ArrowDown: [Math.min(line + 1, rows.length - 1), column],
    ArrowUp: [Math.max(line - 1, 0), column],
    PageDown: [Math.min(line + 10, rows.length - 1), column],
    PageUp: [Math.max(line - 10, 0), column],
    Home: [line, 0],
    End: [line, last],
  }[key];
  if (!target) return null;
  return cellsOf(rows[target[0]])[target[1]] || null;
}

function take(table, cell, focus) {
  table.querySelectorAll("[data-here]").forEach((old) => {
    old.removeAttribute("data-here");
    old.tabIndex = -1;
  });
  const target = focusable(cell);
  target.setAttribute("data-here", "");
  target.tabIndex = 0;
  if (focus) {
    target.focus();
    target.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
}

function ready(table) {
  table.querySelectorAll("tbody a, tbody button, tbody input").forEach((one) => { one.tabIndex = -1; });
  const first = table.querySelector("tbody tr > *");
  const current = table.querySelector("tbody [aria-current]");
  if (current) take(table, current.closest("td, th"), false);
  else if (first) take(table, first, false);
}

export function tables(root) {
  root.querySelectorAll("table[data-keys]").forEach((table) => {
    if (table.dataset.ready) return;
    table.dataset.ready = "1";
    ready(table);
    table.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target.matches("input:not([type=checkbox]), select, textarea")) return;
      const cell = event.target.closest("tbody td, tbody th");
      const next = cell && move(table, cell, event.key);
      if (!next) return;
      event.preventDefault();
      take(table, next, true);
    });
    table.addEventListener("focusin", (event) => {
      const cell = event.target.closest("tbody td, tbody th");
      if (cell && !event.target.hasAttribute("data-here")) take(table, cell, false);
    });
  });
}

// A checkbox in the head checks all rows of its table, and a counter says how many.
export function selections(root) {
  root.querySelectorAll("[data-check-all]").forEach((all) => {
    const table = all.closest("table");
    const boxes = () => [...table.querySelectorAll("tbody input[type=checkbox]")];
    const count = document.querySelector(all.dataset.checkAll);
    const tell = () => {
      const on = boxes().filter((box) => box.checked).length;
      if (count) count.textContent = String(on);
      all.checked = on > 0 && on === boxes().length;
      all.indeterminate = on > 0 && on < boxes().length;
    };
    all.hidden = false;
    all.addEventListener("change", () => { boxes().forEach((box) => { box.checked = all.checked; }); tell(); });
    table.addEventListener("change", tell);
    tell();
  });
}
