/* The keyboard: palette, tables, two-key shortcuts. Single keys can be switched off in the help sheet. */
(() => {
  "use strict";
  const $ = (selector, from = document) => from.querySelector(selector);
  const $$ = (selector, from = document) => Array.from(from.querySelectorAll(selector));
  const palette = $("#palette");
  const help = $("#help");

  /* ---- palette ---- */
  const field = palette && $(".palette-search", palette);
  const shown = () => $$("[role='option']", palette).filter((item) => !item.hidden);
  function choose(item) {
    for (const other of $$("[aria-selected='true']", palette)) other.setAttribute("aria-selected", "false");
    if (!item) return field.removeAttribute("aria-activedescendant");
    item.setAttribute("aria-selected", "true");
    item.id ||= `option-${Math.random().toString(36).slice(2)}`;
    field.setAttribute("aria-activedescendant", item.id);
    item.scrollIntoView({ block: "nearest" });
  }
  function narrow() {
    const wanted = field.value.trim().toLowerCase();
    for (const group of $$("[data-local]", palette)) {
      let some = false;
      for (const item of $$("[role='option']", group)) {
        item.hidden = !item.textContent.toLowerCase().includes(wanted);
        some ||= !item.hidden;
      }
      group.hidden = !some;
    }
    choose(shown()[0]);
  }
  function openPalette() {
    if (palette.open) return palette.close();
    for (const dialog of $$("dialog[open]")) dialog.close();
    field.value = "";
    narrow();
    palette.showModal();
    field.focus();
    field.dispatchEvent(new CustomEvent("recent"));
  }
  if (palette) {
    document.addEventListener("click", (event) => {
      if (!event.target.closest("[data-palette]")) return;
      event.preventDefault();
      openPalette();
    });
    field.addEventListener("input", narrow);
    palette.addEventListener("htmx:afterSettle", () => choose(shown()[0]));
    palette.addEventListener("pointermove", (event) => {
      const item = event.target.closest("[role='option']");
      if (item && item.getAttribute("aria-selected") !== "true") choose(item);
    });
    palette.addEventListener("keydown", (event) => {
      const items = shown();
      const here = items.findIndex((item) => item.getAttribute("aria-selected") === "true");
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step && items.length) {
        event.preventDefault();
        choose(items[(here + step + items.length) % items.length]);
      } else if (event.key === "Enter" && !event.isComposing) {
        event.preventDefault();
        if (items[here]) {
          palette.close();
          items[here].click();
        } else if (field.value.trim()) {
          $("form", palette).submit();
        }
      }
    });
    palette.addEventListener("click", (event) => event.target.closest("[role='option']") && palette.close());
  }

  /* ---- tables ---- */
  const rows = () => $$("#main .table tbody tr[data-href], #main .table tbody tr:has(.row-link)");
  const current = () => $("#main .table tr.is-here");
  function move(step) {
    const all = rows();
    if (!all.length) return;
    const at = all.indexOf(current());
    const next = all[Math.min(all.length - 1, Math.max(0, at < 0 ? 0 : at + step))];
    current()?.classList.remove("is-here");
    next.classList.add("is-here");
    next.scrollIntoView({ block: "nearest" });
    $(".row-link", next)?.focus({ preventScroll: true });
  }
  function picked() {
    const boxes = $$("#main .table tbody .pick-cell input[type=checkbox]");
    const count = boxes.filter((box) => box.checked).length;
    const all = $("#main .table [data-check-all]");
    if (all) {
      all.checked = count > 0 && count === boxes.length;
      all.indeterminate = count > 0 && count < boxes.length;
    }
    const bar = $("[data-bulk]");
    if (bar) {
      bar.classList.toggle("is-on", count > 0);
      const words = $("[data-bulk-count]", bar);
      if (words) words.textContent = String(count);
    }
  }
  function pick() {
    const box = $(".pick-cell input", current() || document.createElement("p"));
    if (!box) return;
    box.checked = !box.checked;
    box.dispatchEvent(new Event("change", { bubbles: true }));
  }
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-check-all]")) {
      for (const box of $$("#main .table tbody .pick-cell input")) box.checked = event.target.checked;
    }
    if (event.target.closest(".pick-cell")) picked();
  });
  /* A cell that a double click edits opens its record when none comes. */
  const DOUBLE = 300;
  let opening = 0;
  document.addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-href]");
    if (!row || event.target.closest("a, button, input, label, select, summary, [data-editor]")) return;
    clearTimeout(opening);
    if (String(getSelection())) return;
    if (event.ctrlKey || event.metaKey) window.open(row.dataset.href, "_blank", "noopener");
    else if (!event.target.closest("[data-edit]")) location.assign(row.dataset.href);
    else if (event.detail < 2) opening = setTimeout(() => location.assign(row.dataset.href), DOUBLE);
  });
  document.addEventListener("htmx:afterSettle", picked);
  picked();

  /* ---- shortcuts ---- */
  const OFF = "shortcuts=off";
  const enabled = () => !document.cookie.split("; ").includes(OFF);
  const toggle = $("[data-shortcuts]");
  if (toggle) {
    toggle.checked = enabled();
    toggle.addEventListener("change", () => {
      document.cookie = toggle.checked ? "shortcuts=;path=/;max-age=0" : `${OFF};path=/;max-age=31536000;samesite=lax`;
    });
  }
  /* A field of a dialog that was just closed keeps the cursor until the next frame: it is no longer written in. */
  const writing = (node) =>
    node
      .closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]")
      ?.checkVisibility();
  let first = "";
  let forget = 0;

  function single(key) {
    if (key === "?") return help?.showModal(), true;
    if (key === "j" || key === "k") return move(key === "j" ? 1 : -1), true;
    if (key === "x") return pick(), true;
    if (key === "e" && window.salesflow.edit?.(current())) return true;
    if (key === "n") return window.salesflow.write();
    const link = $(`#main [data-key="${CSS.escape(key)}"]`);
    link?.click();
    return Boolean(link);
  }
  function pair(key) {
    const link = $$("[data-keys]").find((node) => node.dataset.keys.toLowerCase() === `${first} ${key}`);
    link?.click();
    return Boolean(link);
  }
  document.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const key = event.key.toLowerCase();
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
      if (key === "k" && palette) {
        event.preventDefault();
        openPalette();
      } else if (key === ".") {
        event.preventDefault();
        window.salesflow.toggleTheme();
      }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || writing(event.target)) return;
    if (!enabled() || $("dialog[open]")) return;
    const done = first ? pair(key) : false;
    first = "";
    clearTimeout(forget);
    if (done || single(key)) return event.preventDefault();
    if (key === "g" || key === "c") {
      first = key;
      forget = setTimeout(() => (first = ""), 1200);
    }
  });
})();
