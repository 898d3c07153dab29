/* Editing a cell in place: by a double click, by its pencil, or by E on the selected row. Enter or leaving it saves,
   Escape gives up. A cell names its fields (`data-edit`), what holds it the address (`data-cells`, with a 0 for the
   record where its row names that). On a phone, and without scripts, the record's form does it. */
(() => {
  "use strict";
  const $ = (selector, from = document) => from.querySelector(selector);
  const $$ = (selector, from = document) => Array.from(from.querySelectorAll(selector));
  const said = $("#cell-said");
  const pencil = $("#cell-pencil");
  if (!said || !pencil) return;
  const desk = matchMedia("(min-width: 900px)");
  const FIELDS = "input:not([type=hidden]), select, textarea";
  /* The open editor: its cell, what stood there, what it held at first, and whether another wrote meanwhile. */
  let open = null;

  const holder = (cell) => cell.closest("[data-cells]");
  const address = (cell) =>
    holder(cell).dataset.cells.replace("/0/", `/${cell.closest("[data-id]")?.dataset.id ?? 0}/`);
  function asked(cell) {
    const sent = new URLSearchParams({ field: cell.dataset.edit });
    const columns = new URLSearchParams(location.search).get("columns");
    if (holder(cell).dataset.list) sent.set("list", holder(cell).dataset.list);
    if (columns) sent.set("columns", columns);
    return sent;
  }
  function tell(words) {
    said.textContent = "";
    setTimeout(() => (said.textContent = words), 50);
  }
  const toast = (text) => window.salesflow.toast({ text, kind: "error" });
  async function send(url, options = {}) {
    const token = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
    try {
      const answer = await fetch(url, { headers: { "HX-Request": "true", "X-CSRFToken": token }, ...options });
      const html = await answer.text();
      const told = answer.headers.get("HX-Trigger");
      if (told?.includes("toast")) {
        document.body.dispatchEvent(new CustomEvent("toast", { detail: JSON.parse(told).toast }));
      } else if (!answer.ok && !html.includes("data-editor")) toast(document.body.dataset.failed);
      return { status: answer.status, html, ok: answer.ok, again: html.includes("data-editor") };
    } catch {
      toast(document.body.dataset.offline);
      return { status: 0, html: "", ok: false, again: false };
    }
  }

  /* ---- pencils: on the row one is at, and beside every fact ---- */
  function label(cell) {
    const table = cell.closest("table");
    const name = table ? table.tHead.rows[0].cells[cell.cellIndex] : cell.previousElementSibling;
    return `${said.dataset.edit}: ${name?.textContent.trim() ?? ""}`;
  }
  function arm(cells) {
    if (!desk.matches) return;
    for (const cell of cells) {
      if (!holder(cell) || $(".cell-pencil, [data-editor]", cell)) continue;
      const button = pencil.content.firstElementChild.cloneNode(true);
      button.setAttribute("aria-label", label(cell));
      cell.append(button);
    }
  }
  let armed = null;
  function at(row) {
    if (row === armed || !row?.closest("[data-cells]")) return;
    for (const button of $$(".cell-pencil", armed || document.createElement("p"))) button.remove();
    armed = row;
    arm($$("[data-edit]", row));
  }
  const facts = () => arm($$("dl[data-cells] [data-edit]"));
  for (const name of ["pointerover", "focusin"]) {
    document.addEventListener(name, (event) => at(event.target.closest?.("tr[data-id]")));
  }

  /* ---- the editor ---- */
  async function edit(cell) {
    if (!desk.matches || open?.cell === cell) return;
    const [row, name] = [cell.closest("[data-id]")?.dataset.id, cell.dataset.edit];
    if (open && !(await save())) return;
    if (!cell.isConnected) cell = $(`${row ? `[data-id="${row}"] ` : "dl "}[data-edit="${name}"]`);
    if (!cell) return;
    const answer = await send(`${address(cell)}?${asked(cell)}`);
    if (!answer.ok || !answer.again || !cell.isConnected) return;
    open = { cell, stood: Array.from(cell.childNodes), stale: false };
    show(answer.html);
    open.first = String(typed());
  }
  function show(html) {
    open.cell.innerHTML = html;
    const wrong = $("[aria-invalid=true]", open.cell) || $(FIELDS, open.cell);
    wrong?.focus();
    if (wrong?.matches("input:not([type=checkbox])")) wrong.select();
  }
  function typed() {
    const sent = asked(open.cell);
    for (const field of $$("input, select, textarea", open.cell)) {
      if (field.type !== "checkbox" || field.checked) sent.append(field.name, field.value);
    }
    return sent;
  }
  async function close() {
    const { cell, stood, stale } = open;
    open = null;
    cell.replaceChildren(...stood);
    if (stale) await redraw(cell);
    else if (document.activeElement === document.body) $(".cell-pencil", cell)?.focus();
  }
  /* Gives true when nothing is left to save; `stay` keeps the keyboard on the cell. */
  function save(stay = false) {
    return (open.saving ||= saved(stay).finally(() => open && (open.saving = null)));
  }
  async function saved(stay) {
    const { cell } = open;
    const sent = typed();
    if (String(sent) === open.first && !open.stale) {
      await close();
      return true;
    }
    cell.setAttribute("aria-busy", "true");
    const answer = await send(address(cell), { method: "POST", body: sent });
    cell.removeAttribute("aria-busy");
    if (answer.ok) {
      open = null;
      tell(said.dataset.saved);
      if (answer.status === 204) await anew(cell);
      else redrawn(cell, answer.html, stay);
      return true;
    }
    if (answer.again) {
      open.stale ||= answer.status === 409;
      show(answer.html);
    }
    tell(`${said.dataset.failed} ${$$(".field-error", cell).map((node) => node.textContent.trim()).join(" ")}`);
    return false;
  }

  /* ---- what stands there afterwards ---- */
  async function redraw(cell) {
    if (!cell.closest("tr")) return anew(cell);
    const answer = await send(`${address(cell)}?${asked(cell)}&row=1`);
    if (answer.ok) redrawn(cell, answer.html, true);
  }
  function redrawn(cell, html, stay) {
    const row = cell.closest("tr");
    const there = row.contains(document.activeElement) && document.activeElement.closest("[data-edit]");
    const name = (stay ? cell : there || null)?.dataset.edit;
    const made = document.createElement("template");
    made.innerHTML = html.trim();
    const fresh = made.content.firstElementChild;
    if (!fresh) return row.remove();
    fresh.classList.toggle("is-here", row.classList.contains("is-here"));
    const box = $(".pick-cell input", fresh);
    if (box) box.checked = $(".pick-cell input", row).checked;
    row.replaceWith(fresh);
    at(fresh);
    if (name) $(`[data-edit="${name}"] .cell-pencil`, fresh)?.focus();
  }
  /* The parts of the record's page that say what was edited; what is being written elsewhere stays. */
  async function anew(cell) {
    const answer = await fetch(location.href).catch(() => null);
    if (!answer?.ok) return location.reload();
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const node of $$("[data-anew]")) {
      const fresh = $(`[data-anew="${node.dataset.anew}"]`, page);
      if (!fresh) continue;
      node.replaceWith(fresh);
      window.htmx?.process(fresh);
    }
    document.title = page.title;
    facts();
    $(`[data-edit="${cell.dataset.edit}"] .cell-pencil`)?.focus();
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.(".cell-pencil");
    if (button) edit(button.closest("[data-edit]"));
  });
  document.addEventListener("dblclick", (event) => {
    const cell = event.target.closest?.("[data-cells] [data-edit]");
    if (cell && !event.target.closest("a, button, [data-editor]")) edit(cell);
  });
  document.addEventListener(
    "keydown",
    (event) => {
      if (!open || !event.target.closest?.("[data-editor]") || event.isComposing) return;
      const writes = event.target.matches("textarea") && !event.ctrlKey && !event.metaKey;
      if (event.key === "Escape") close();
      else if (event.key === "Enter" && !writes) save(true);
      else return;
      event.preventDefault();
      event.stopPropagation();
    },
    true,
  );
  document.addEventListener("focusout", (event) => {
    if (!open || open.saving || !event.target.closest?.("[data-editor]") || !document.hasFocus()) return;
    if (event.relatedTarget?.closest?.("[data-edit]") !== open.cell) save();
  });
  document.addEventListener("htmx:afterSettle", facts);
  facts();

  /* E: the first cell of the row one is at. */
  window.salesflow.edit = (row) => {
    const cell = row && $("[data-edit]", row);
    if (cell && holder(cell)) edit(cell);
    return Boolean(cell);
  };
})();
