/* A board: cards are dragged into another lane, or sent there by their menu. What the server refuses stays where it
   was, with its words in a toast; what a deed must know first is asked in the drawer. */
(() => {
  "use strict";
  const $ = (selector, from = document) => from.querySelector(selector);
  const board = () => $("#board");
  let carried = null;

  const toast = (text) => window.salesflow.toast({ text, kind: "error" });
  const laneOf = (node) => node?.closest?.("[data-lane]");
  const movesOf = (lane) => JSON.parse($("script[type='application/json']", lane)?.textContent || "{}");
  const way = (card, lane) => movesOf(laneOf(card))[lane.dataset.lane];

  /* The board as it is now; the keyboard stays on the card it was on. */
  async function refresh(id) {
    await window.htmx.ajax("GET", location.href, { target: "#board", swap: "outerHTML" });
    if (id) $(`[data-id="${id}"] :is(summary, a)`, board())?.focus();
  }
  function told(answer) {
    const said = answer.headers.get("HX-Trigger");
    if (said?.includes("toast")) {
      document.body.dispatchEvent(new CustomEvent("toast", { detail: JSON.parse(said).toast }));
    } else toast(document.body.dataset.failed);
  }
  async function post(url, id) {
    const token = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
    const headers = { "HX-Request": "true", "X-CSRFToken": token };
    try {
      /* a deed that was done leads on to its record: the board stays, and shows what is said there */
      const answer = await fetch(url, { method: "POST", headers, redirect: "manual" });
      if (answer.type !== "opaqueredirect" && !answer.ok) told(answer);
    } catch {
      return toast(document.body.dataset.offline);
    }
    await refresh(id);
  }
  function go(card, { url, asks }) {
    const address = url.replace("/0/", `/${card.dataset.id}/`);
    if (!asks) return post(address, card.dataset.id);
    const link = document.createElement("a");
    link.href = address;
    link.dataset.drawer = "";
    document.body.append(link);
    link.click();
    link.remove();
  }

  document.addEventListener("dragstart", (event) => {
    carried = event.target.closest?.(".board-card[data-id]") || null;
    if (!carried) return;
    event.dataTransfer.setData("text/plain", carried.dataset.id);
    event.dataTransfer.effectAllowed = "move";
    carried.classList.add("is-carried");
    for (const lane of board().querySelectorAll("[data-lane]")) {
      lane.classList.toggle("is-closed", lane !== laneOf(carried) && !way(carried, lane));
    }
  });
  document.addEventListener("dragend", () => {
    carried?.classList.remove("is-carried");
    carried = null;
    for (const lane of document.querySelectorAll("[data-lane]")) lane.classList.remove("is-over", "is-closed");
  });
  document.addEventListener("dragover", (event) => {
    const lane = laneOf(event.target);
    if (!carried || !lane) return;
    event.preventDefault();
    for (const each of document.querySelectorAll("[data-lane].is-over")) each.classList.remove("is-over");
    if (lane !== laneOf(carried)) lane.classList.add("is-over");
  });
  document.addEventListener("drop", (event) => {
    const lane = laneOf(event.target);
    if (!carried || !lane) return;
    event.preventDefault();
    if (lane === laneOf(carried)) return;
    const found = way(carried, lane);
    if (found) go(carried, found);
    else toast(board().dataset.refused);
  });

  /* The menu of a card does the same. */
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button[form='board-move']");
    if (!button) return;
    event.preventDefault();
    button.closest("details").removeAttribute("open");
    post(button.getAttribute("formaction"), button.closest("[data-id]").dataset.id);
  });
  /* What was asked in the drawer and is done leads to its record; here it leads back to the board. */
  document.body.addEventListener("htmx:beforeOnLoad", (event) => {
    const { target, requestConfig } = event.detail;
    if (!board() || target?.id !== "drawer-body" || requestConfig.verb !== "post") return;
    if (!event.detail.xhr.getResponseHeader("HX-Redirect")) return;
    event.preventDefault();
    $("#drawer").close();
    refresh();
  });
})();
