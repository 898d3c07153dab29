/* People offered while one types @ in a text: arrows choose, Enter or Tab takes, Escape closes. Without it one types
   the first part of an e-mail address. */
(() => {
  "use strict";
  const TYPED = /(?:^|[\s(\[,.;:!?，。；：、！？（])@([^\s@]{0,40})$/u;
  const WAIT = 120;

  function setUp(list) {
    const form = list.closest("form");
    const field = form.querySelector("textarea");
    const status = form.querySelector("[data-mention-status]");
    if (field.getAttribute("aria-controls") === list.id) return; // by an earlier load
    let timer = 0;
    let asked = 0;

    field.after(list);
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-controls", list.id);
    const options = () => Array.from(list.querySelectorAll("[role=option]:not([aria-disabled=true])"));
    const chosen = () => list.querySelector("[aria-selected=true]");

    function typed() {
      const found = TYPED.exec(field.value.slice(0, field.selectionStart));
      return found && field.selectionStart === field.selectionEnd ? found[1] : null;
    }
    function close() {
      asked += 1;
      clearTimeout(timer);
      list.hidden = true;
      list.replaceChildren();
      status.textContent = "";
      field.removeAttribute("aria-activedescendant");
    }
    function choose(option) {
      chosen()?.setAttribute("aria-selected", "false");
      if (!option) return field.removeAttribute("aria-activedescendant");
      option.setAttribute("aria-selected", "true");
      field.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    }
    function take(option) {
      const end = field.selectionStart;
      const start = end - typed().length;
      field.setRangeText(`${option.dataset.typed} `, start, end, "end");
      close();
      field.focus();
    }
    async function ask(words) {
      const mine = (asked += 1);
      const url = `${list.dataset.mentionList}&q=${encodeURIComponent(words)}`;
      const answer = await fetch(url, { headers: { "X-Requested-With": "fetch" } }).catch(() => null);
      if (!answer?.ok || mine !== asked) return;
      const drawn = await answer.text();
      if (mine !== asked || typed() === null) return;
      list.innerHTML = drawn;
      list.hidden = !list.children.length;
      status.textContent = list.children.length
        ? `${status.dataset.found} ${options().length}`
        : status.dataset.none;
      choose(options()[0]);
    }
    function look(event) {
      if (event.isComposing) return;
      const words = typed();
      clearTimeout(timer);
      if (words === null) return list.hidden || close();
      timer = setTimeout(ask, WAIT, words);
    }

    field.addEventListener("input", look);
    field.addEventListener("compositionend", () => look({}));
    field.addEventListener("blur", () => setTimeout(close, WAIT));
    field.addEventListener("keydown", (event) => {
      if (list.hidden || event.isComposing) return;
      const all = options();
      const here = all.indexOf(chosen());
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step && all.length) choose(all[(here + step + all.length) % all.length]);
      else if ((event.key === "Enter" || event.key === "Tab") && all[here] && !event.ctrlKey && !event.metaKey) {
        take(all[here]);
      } else if (event.key === "Escape") close();
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    list.addEventListener("pointerdown", (event) => {
      const option = event.target.closest("[role=option]");
      event.preventDefault();
      if (option && option.getAttribute("aria-disabled") !== "true") take(option);
    });
  }
  const all = () => document.querySelectorAll("form [data-mention-list]").forEach(setUp);
  document.addEventListener("htmx:load", all);
  all();
})();
