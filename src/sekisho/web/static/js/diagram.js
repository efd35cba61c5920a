// The editor of the system overview diagram. It works on the SVG that the server drew: parts are moved by pointer or arrow keys,
// lines follow roughly, and after saving the server's own drawing takes the place of ours. Without scripts the page's forms do the
// same work. Strict CSP: only attributes of SVG elements are set, never a style.
const NS = "http://www.w3.org/2000/svg";
const GRID = 8;
const STEP = 8;
const LEAP = 40;
const LARGEST = 8000;

const snap = (value) => Math.min(LARGEST, Math.max(0, Math.round(value / GRID) * GRID));

function parse(text, fallback) {
  try { return JSON.parse(text) || fallback; } catch { return fallback; }
}

class Editor {
  constructor(root) {
    this.root = root;
    this.words = root.dataset;
    this.version = Number(root.dataset.version || 0);
    this.edits = parse(root.dataset.edits || "{}", {});
    this.edits.moved = this.edits.moved || {};
    this.past = [];
    this.dirty = false;
    this.busy = false;
    this.live = root.querySelector("[data-diagram-live]") || document.getElementById("live");
    this.state = root.querySelector("[data-diagram-state]");
    this.buttons = { save: root.querySelector("[data-diagram-save]"), undo: root.querySelector("[data-diagram-undo]") };
    this.take(root.querySelector("svg"));
    this.listen();
    this.show();
  }

  say(text) { if (this.live && text) this.live.textContent = text; }

  tell(text, kind) {
    if (this.state) {
      this.state.textContent = text || "";
      this.state.dataset.kind = kind || "";
    }
    this.say(text);
  }

  fill(text, values) {
    return (text || "").replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
  }

  // Make the drawing one that can be worked on: its parts are reached by Tab and say what they are.
  take(svg) {
    this.svg = svg;
    if (!svg) return;
    svg.setAttribute("role", "group");
    this.nodes = new Map();
    svg.querySelectorAll("[data-node]").forEach((group) => {
      group.setAttribute("tabindex", "0");
      group.setAttribute("role", "button");
      if (this.words.wordPart) group.setAttribute("aria-roledescription", this.words.wordPart);
      this.nodes.set(group.dataset.node, group);
    });
    this.legs = [...svg.querySelectorAll("[data-a][data-b]")];
    this.labels = new Map();
    svg.querySelectorAll("[data-flow]").forEach((label) => this.labels.set(label.dataset.flow, label));
  }

  listen() {
    this.root.addEventListener("pointerdown", (event) => this.grasp(event));
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.buttons.save?.addEventListener("click", () => this.save());
    this.buttons.undo?.addEventListener("click", () => this.undo());
    addEventListener("beforeunload", (event) => { if (this.dirty) event.preventDefault(); });
    // A form that adds a part or a flow leads away from this page: what was moved is saved first.
    document.querySelectorAll(`form[data-diagram-form="${this.root.id}"]`).forEach((form) => {
      form.addEventListener("submit", async (event) => {
        if (!this.dirty) return;
        event.preventDefault();
        event.stopImmediatePropagation();
        if (!(await this.save())) return;
        const version = form.elements.namedItem("version");
        if (version) version.value = String(this.version);
        form.submit();
      }, { capture: true });
    });
  }

  show() {
    if (this.buttons.save) this.buttons.save.hidden = false;
    if (this.buttons.undo) {
      this.buttons.undo.hidden = false;
      this.buttons.undo.disabled = this.past.length === 0;
    }
    this.root.dataset.dirty = this.dirty ? "1" : "";
  }

  box(group) {
    const { x, y, w, h } = group.dataset;
    return { x: Number(x), y: Number(y), w: Number(w), h: Number(h) };
  }

  name(group) { return group.getAttribute("aria-label") || group.dataset.node; }

  free(group, x, y) {
    const own = this.box(group);
    return [...this.nodes.values()].every((other) => {
      if (other === group) return true;
      const box = this.box(other);
      return x >= box.x + box.w + GRID || box.x >= x + own.w + GRID || y >= box.y + box.h + GRID || box.y >= y + own.h + GRID;
    });
  }

  point(event) {
    const matrix = this.svg.getScreenCTM().inverse();
    return new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix);
  }

  grasp(event) {
    const group = event.target.closest?.("[data-node]");
    if (!group || !this.svg?.contains(group) || event.button !== 0 || this.busy) return;
    event.preventDefault();
    group.focus({ preventScroll: true });
    const from = this.box(group);
    const start = this.point(event);
    group.setPointerCapture(event.pointerId);
    group.classList.add("dg-held");
    const move = (moved) => {
      const at = this.point(moved);
      this.place(group, snap(from.x + at.x - start.x), snap(from.y + at.y - start.y));
    };
    const end = (ended) => {
      group.removeEventListener("pointermove", move);
      group.removeEventListener("pointerup", end);
      group.removeEventListener("pointercancel", end);
      group.classList.remove("dg-held");
      const to = this.box(group);
      if (to.x === from.x && to.y === from.y) return;
      if (ended.type === "pointercancel" || !this.free(group, to.x, to.y)) {
        this.place(group, from.x, from.y);
        this.say(this.fill(this.words.wordBlocked, { name: this.name(group) }));
        return;
      }
      this.moved(group, from);
    };
    group.addEventListener("pointermove", move);
    group.addEventListener("pointerup", end);
    group.addEventListener("pointercancel", end);
  }

  key(event) {
    if ((event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "z") {
      if (event.target.closest("input, textarea, select")) return;
      event.preventDefault();
      this.undo();
      return;
    }
    const group = event.target.closest?.("[data-node]");
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!group || !way || event.ctrlKey || event.metaKey || event.altKey || this.busy) return;
    event.preventDefault();
    const from = this.box(group);
    const step = event.shiftKey ? LEAP : STEP;
    let [x, y] = [snap(from.x + way[0] * step), snap(from.y + way[1] * step)];
    // Another part in the way is jumped over.
    while (!this.free(group, x, y)) {
      const next = [snap(x + way[0] * GRID), snap(y + way[1] * GRID)];
      if (next[0] === x && next[1] === y) return;
      [x, y] = next;
    }
    if (x === from.x && y === from.y) return;
    this.place(group, x, y);
    this.moved(group, from);
    group.scrollIntoView({ block: "nearest", inline: "nearest", behavior: this.calm() ? "auto" : "smooth" });
  }

  calm() { return matchMedia("(prefers-reduced-motion: reduce)").matches; }

  moved(group, from) {
    const id = group.dataset.node;
    const to = this.box(group);
    this.past.push({ id, from, before: this.edits.moved[id] });
    this.edits.moved[id] = [to.x, to.y];
    this.dirty = true;
    this.show();
    this.tell(this.words.wordUnsaved, "unsaved");
    this.say(this.fill(this.words.wordMoved, { name: this.name(group), x: to.x, y: to.y }));
  }

  undo() {
    const last = this.past.pop();
    if (!last || this.busy) return;
    if (last.before) this.edits.moved[last.id] = last.before;
    else delete this.edits.moved[last.id];
    const group = this.nodes.get(last.id);
    if (group) this.place(group, last.from.x, last.from.y);
    this.dirty = true;
    this.show();
    this.say(this.fill(this.words.wordUndone, { name: group ? this.name(group) : last.id }));
  }

  place(group, x, y) {
    group.dataset.x = String(x);
    group.dataset.y = String(y);
    group.setAttribute("transform", `translate(${x} ${y})`);
    this.svg.querySelector(".dg-crossings")?.setAttribute("display", "none");
    this.grow(x, y, group);
    const id = group.dataset.node;
    this.legs.filter((leg) => leg.dataset.a === id || leg.dataset.b === id).forEach((leg) => this.draw(leg));
  }

  grow(x, y, group) {
    const view = this.svg.viewBox.baseVal;
    const right = Math.max(view.x + view.width, x + Number(group.dataset.w) + 24);
    const low = Math.max(view.y + view.height, y + Number(group.dataset.h) + 24);
    if (right === view.x + view.width && low === view.y + view.height) return;
    const [wide, high] = [right - view.x, low - view.y];
    this.svg.setAttribute("viewBox", `${view.x} ${view.y} ${wide} ${high}`);
    this.svg.setAttribute("width", String(wide));
    this.svg.setAttribute("height", String(high));
    const ground = this.svg.querySelector(":scope > rect");
    ground?.setAttribute("width", String(wide));
    ground?.setAttribute("height", String(high));
  }

  // A plain line from border to border until the server draws it by the rules.
  draw(leg) {
    const [a, b] = [this.nodes.get(leg.dataset.a), this.nodes.get(leg.dataset.b)];
    if (!a || !b) return;
    const [p, q] = [this.box(a), this.box(b)];
    const from = this.edge(p, q);
    const to = this.edge(q, p);
    leg.querySelectorAll("path").forEach((path) => path.setAttribute("d", `M${from.x} ${from.y}L${to.x} ${to.y}`));
    leg.querySelectorAll(".dg-arrow").forEach((arrow) => arrow.remove());
    if (leg.dataset.arrows?.[0] === "1") leg.append(this.arrow(from, to));
    if (leg.dataset.arrows?.[1] === "1") leg.append(this.arrow(to, from));
    const label = this.labels.get(leg.dataset.label);
    const rect = label?.querySelector("rect");
    if (!rect) return;
    const dx = (from.x + to.x) / 2 - Number(rect.getAttribute("x")) - Number(rect.getAttribute("width")) / 2;
    const dy = (from.y + to.y) / 2 - Number(rect.getAttribute("y")) - Number(rect.getAttribute("height")) / 2;
    label.setAttribute("transform", `translate(${dx} ${dy})`);
  }

  edge(box, other) {
    const [x, y] = [box.x + box.w / 2, box.y + box.h / 2];
    const [dx, dy] = [other.x + other.w / 2 - x, other.y + other.h / 2 - y];
    const share = Math.min(box.w / 2 / Math.max(Math.abs(dx), 0.01), box.h / 2 / Math.max(Math.abs(dy), 0.01));
    return { x: x + dx * share, y: y + dy * share };
  }

  arrow(tip, before) {
    const [dx, dy] = [tip.x - before.x, tip.y - before.y];
    const length = Math.hypot(dx, dy) || 1;
    const [ux, uy] = [dx / length, dy / length];
    const [x, y] = [tip.x - ux * 10, tip.y - uy * 10];
    const head = document.createElementNS(NS, "polygon");
    head.setAttribute("class", "dg-arrow");
    head.setAttribute("fill", "#333333");
    head.setAttribute("points", `${tip.x},${tip.y} ${x - uy * 4.5},${y + ux * 4.5} ${x + uy * 4.5},${y - ux * 4.5}`);
    return head;
  }

  async save() {
    if (this.busy) return false;
    this.busy = true;
    this.tell(this.words.wordSaving, "saving");
    try {
      const answer = await fetch(this.words.saveUrl, {
        method: "POST",
        credentials: "same-origin",
        headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": this.words.csrf || "" },
        body: JSON.stringify({ version: this.version, edits: this.edits }),
      });
      const told = (answer.headers.get("content-type") || "").includes("json") ? await answer.json() : {};
      if (answer.status === 409) {
        this.tell(told.message || this.words.wordConflict, "conflict");
        this.root.querySelector("[data-diagram-conflict]")?.removeAttribute("hidden");
        return false;
      }
      if (!answer.ok) {
        this.tell(told.message || this.words.wordFailed, "failed");
        return false;
      }
      this.saved(told);
      return true;
    } catch {
      this.tell(this.words.wordFailed, "failed");
      return false;
    } finally {
      this.busy = false;
    }
  }

  saved(told) {
    this.version = Number(told.version ?? this.version + 1);
    this.dirty = false;
    this.past = [];
    if (told.svg) this.replace(told.svg);
    this.show();
    this.tell(this.words.wordSaved, "saved");
  }

  replace(text) {
    const drawn = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
    if (drawn.localName !== "svg") return;
    const focused = document.activeElement?.dataset?.node;
    const fresh = document.importNode(drawn, true);
    this.svg.replaceWith(fresh);
    this.take(fresh);
    if (focused) this.nodes.get(focused)?.focus({ preventScroll: true });
  }
}

document.querySelectorAll("[data-diagram]").forEach((root) => { if (root.querySelector("svg")) new Editor(root); });

// The whole picture in the width of the page, or the picture in its own size.
document.querySelectorAll("[data-diagram-size]").forEach((button) => {
  const frame = document.getElementById(button.dataset.diagramSize);
  if (!frame) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    const whole = frame.toggleAttribute("data-fit");
    button.setAttribute("aria-pressed", String(!whole));
  });
});
