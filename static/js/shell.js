/* Drawer, toasts, bell, theme: what every page does. Nothing here is needed to reach a page or send a form. */
(() => {
  "use strict";
  const $ = (selector, from = document) => from.querySelector(selector);
  const body = document.body;

  /* ---- toasts ---- */
  const toasts = $("#toasts");
  const LASTS = 7000;

  function raise() {
    if (!toasts.showPopover) return;
    toasts.popover = "manual";
    if (toasts.matches(":popover-open")) toasts.hidePopover();
    if (toasts.childElementCount) toasts.showPopover();
  }
  function arm(node) {
    const close = () => {
      node.remove();
      raise();
    };
    $("[data-toast-close]", node)?.addEventListener("click", close);
    if (node.classList.contains("toast-error")) return;
    let timer = setTimeout(close, LASTS);
    node.addEventListener("pointerenter", () => clearTimeout(timer));
    node.addEventListener("focusin", () => clearTimeout(timer));
    node.addEventListener("pointerleave", () => (timer = setTimeout(close, LASTS)));
  }
  function toast({ text, kind = "info", undo = "" }) {
    const node = $("#toast-template").content.firstElementChild.cloneNode(true);
    node.classList.add(`toast-${kind}`);
    for (const icon of node.querySelectorAll("[data-for]")) if (icon.dataset.for !== kind) icon.remove();
    $(".toast-text", node).textContent = text;
    const form = $("form", node);
    if (undo) form.action = undo;
    else form.remove();
    toasts.append(node);
    arm(node);
    raise();
  }
  if (toasts) {
    for (const node of toasts.children) arm(node);
    raise();
  }
  body.addEventListener("toast", (event) => {
    for (const item of event.detail.items || [event.detail]) toast(item);
  });
  window.salesflow = { toast };

  /* ---- dialogs ---- */
  const drawer = $("#drawer");
  const drawerBody = $("#drawer-body");
  const dirty = new WeakSet();

  function openDrawer(url) {
    const kept = drawerBody.dataset.url === url && $("form", drawerBody) && dirty.has($("form", drawerBody));
    if (!drawer.open) drawer.showModal();
    if (kept) return;
    drawerBody.dataset.url = url;
    drawerBody.replaceChildren($("#drawer-loading").content.cloneNode(true));
    window.htmx.ajax("GET", url, { target: "#drawer-body", swap: "innerHTML" }).catch(() => drawer.close());
  }
  function beside(dialog, event) {
    const box = dialog.getBoundingClientRect();
    const inside = event.clientX >= box.left && event.clientX <= box.right;
    return event.target === dialog && !(inside && event.clientY >= box.top && event.clientY <= box.bottom);
  }
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-drawer]");
    if (link && drawer && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
      event.preventDefault();
      link.closest("details")?.removeAttribute("open");
      openDrawer(link.getAttribute("href"));
      return;
    }
    const opener = event.target.closest("[data-dialog]");
    if (opener) {
      const dialog = document.getElementById(opener.dataset.dialog);
      if (dialog) {
        event.preventDefault();
        opener.closest("details")?.removeAttribute("open");
        dialog.showModal();
      }
      return;
    }
    const closer = event.target.closest("[data-close]");
    const dialog = closer ? closer.closest("dialog") : event.target;
    if (dialog instanceof HTMLDialogElement && (closer || beside(dialog, event))) {
      if (closer) event.preventDefault();
      dialog.close();
    }
  });
  /* A click beside an open menu closes it, Escape too. */
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.removeAttribute("open");
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = event.target.closest?.("details.menu[open]");
    if (menu) {
      menu.removeAttribute("open");
      $("summary", menu).focus();
    }
  });
  document.addEventListener("input", (event) => {
    if (event.target.form) dirty.add(event.target.form);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    const form = event.target.form || $("form", event.target.closest("dialog") || document.createElement("p"));
    if (!form) return;
    event.preventDefault();
    const buttons = Array.from(form.elements).filter((element) => element.type === "submit");
    form.requestSubmit(buttons.find((button) => button.matches(".btn-primary")) || buttons[0]);
  });
  /* Plain forms in the drawer are sent by htmx, so that a wrong field is told without leaving the page. */
  body.addEventListener("htmx:load", (event) => {
    if (!drawerBody?.contains(event.target) || !$("form", event.target)) return;
    for (const form of drawerBody.querySelectorAll("form:not([hx-post], [hx-get])")) {
      const verb = form.method === "post" ? "hx-post" : "hx-get";
      form.setAttribute(verb, form.getAttribute("action") || drawerBody.dataset.url);
      form.setAttribute("hx-target", "#drawer-body");
      form.setAttribute("hx-swap", "innerHTML");
      if (form.enctype === "multipart/form-data") form.setAttribute("hx-encoding", form.enctype);
      window.htmx.process(form);
    }
    const first = ["[aria-invalid='true']", "[autofocus]", "input:not([type=hidden]), select, textarea"];
    first.map((selector) => $(selector, drawerBody)).find(Boolean)?.focus();
  });
  body.addEventListener("drawer:close", () => drawer?.close());

  /* ---- htmx ---- */
  let running = 0;
  body.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.requestConfig.verb === "get" && event.target.closest("[hx-trigger*='every']")) return;
    running += 1;
    body.classList.add("is-busy");
    event.detail.counted = true;
  });
  body.addEventListener("htmx:afterRequest", () => {
    running = Math.max(0, running - 1);
    if (!running) body.classList.remove("is-busy");
  });
  body.addEventListener("htmx:responseError", (event) => {
    if (event.detail.xhr.getResponseHeader("HX-Trigger")?.includes("toast")) return;
    toast({ text: body.dataset.failed, kind: "error" });
    if (event.detail.target === drawerBody && !$("form", drawerBody)) drawer.close();
  });
  body.addEventListener("htmx:sendError", () => toast({ text: body.dataset.offline, kind: "error" }));

  /* ---- bell ---- */
  const EVERY = 30000;
  async function ring() {
    if (document.hidden) return true;
    try {
      const answer = await fetch(body.dataset.bell, {
        headers: { Accept: "application/json" },
        credentials: "same-origin",
        redirect: "error",
      });
      if (answer.status === 404) return false;
      if (!answer.ok) return true;
      const { count } = await answer.json();
      for (const node of document.querySelectorAll("[data-bell-count]")) {
        node.textContent = count > 99 ? "99+" : String(count);
        node.hidden = !count;
      }
    } catch {
      /* away for a moment: the next round asks again */
    }
    return true;
  }
  if (body.dataset.bell) {
    const again = async () => {
      if (await ring()) setTimeout(again, EVERY);
    };
    again();
    document.addEventListener("visibilitychange", () => !document.hidden && ring());
    body.addEventListener("notices", ring);
  }

  /* ---- copying ---- */
  function copiedByHand(node) {
    getSelection().selectAllChildren(node);
    return document.execCommand("copy");
  }
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const node = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(node.textContent.trim());
    } catch {
      /* over plain HTTP, or not allowed: what is selected can still be copied */
      if (!copiedByHand(node)) return;
    }
    toast({ text: button.dataset.copied });
  });

  /* ---- theme ---- */
  function setTheme(theme) {
    const root = document.documentElement;
    if (theme === "system") delete root.dataset.theme;
    else root.dataset.theme = theme;
    document.cookie = `theme=${theme};path=/;max-age=31536000;samesite=lax`;
    for (const button of document.querySelectorAll("[data-theme-set]")) {
      button.setAttribute("aria-pressed", String(button.value === theme));
    }
    document.dispatchEvent(new Event("themechange"));
    const form = $("form[data-theme-form]");
    if (!form) return;
    const data = new FormData(form);
    data.set("theme", theme);
    fetch(form.action, { method: "POST", body: data, headers: { "HX-Request": "true" } }).catch(() => {});
  }
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-set]");
    if (!button) return;
    event.preventDefault();
    setTheme(button.value);
  });
  window.salesflow.toggleTheme = () => {
    const set = document.documentElement.dataset.theme;
    const dark = set ? set === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    setTheme(dark ? "light" : "dark");
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () =>
    document.dispatchEvent(new Event("themechange")),
  );

  /* ---- forms ---- */
  document.addEventListener("change", (event) => {
    const drop = event.target.closest("[data-drop]");
    if (drop) $("[data-drop-name]", drop).textContent = Array.from(event.target.files, (f) => f.name).join(", ");
    const choice = event.target.closest("select[data-submit]");
    choice?.form.requestSubmit();
  });
  document.addEventListener("click", (event) => {
    const filler = event.target.closest("[data-fill]");
    for (const [name, value] of new URLSearchParams(filler?.dataset.fill || "")) {
      const field = $(`input[name="${name}"]`, filler.closest("form") || document);
      if (field) field.value = value;
    }
    if (filler && !filler.closest("form")) $("main form .btn-primary")?.focus();
  });
  /* A page that comes back with something wrong begins there, as the drawer does. */
  $("main form [aria-invalid='true']")?.focus();
  /* The place to write on a record unfolds with the cursor in it. */
  window.salesflow.write = () => {
    const log = $("[data-log]");
    if (!log) return false;
    log.open = true;
    log.scrollIntoView({ block: "nearest" });
    $("textarea", log).focus();
    return true;
  };
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-open-log], [data-log] > summary");
    if (opener && window.salesflow.write()) event.preventDefault();
  });
  for (const [name, over] of [
    ["dragover", true],
    ["dragleave", false],
    ["drop", false],
  ]) {
    document.addEventListener(name, (event) =>
      event.target.closest?.("[data-drop]")?.classList.toggle("is-over", over),
    );
  }
  let typing = 0;
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-auto]");
    if (!form) return;
    clearTimeout(typing);
    typing = setTimeout(() => form.requestSubmit(), event.target.type === "search" ? 300 : 0);
  });
  if (window.Idiomorph) window.Idiomorph.defaults.ignoreActiveValue = true; /* what is being typed stays */
  /* A filter form swaps the panel in place and puts its state into the address. */
  function filters() {
    for (const form of document.querySelectorAll("form[data-auto]:not([hx-get])")) {
      form.setAttribute("hx-get", form.getAttribute("action") || location.pathname);
      form.setAttribute("hx-target", "#main");
      form.setAttribute("hx-select", "#main");
      form.setAttribute("hx-swap", "morph:outerHTML");
      form.setAttribute("hx-push-url", "true");
      window.htmx?.process(form);
    }
  }
  document.addEventListener("htmx:afterSettle", filters);
  body.addEventListener("htmx:configRequest", (event) => {
    if (!event.target.matches?.("form[data-auto]")) return;
    for (const [name, value] of Array.from(event.detail.formData.entries())) {
      if (value === "") event.detail.formData.delete(name);
    }
  });
  filters();
})();
