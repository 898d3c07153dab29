/* Counts limits on and keeps "2h ago" true, by the same patterns the server wrote the first words with. */
(() => {
  "use strict";
  const words = JSON.parse(document.getElementById("words")?.textContent || "{}");
  const skew = Date.parse(document.body.dataset.now || "") - Date.now() || 0;
  const now = () => (Date.now() + skew) / 1000;
  const fill = (pattern, values) => pattern.replace(/\{(\w+)\}/g, (_all, name) => values[name]);

  function span(seconds) {
    const s = Math.floor(Math.abs(seconds));
    if (s >= 172800) return fill(words.days, { d: Math.floor(s / 86400), h: Math.floor((s % 86400) / 3600) });
    if (s >= 3600) {
      return fill(words.hours, { h: Math.floor(s / 3600), m: String(Math.floor((s % 3600) / 60)).padStart(2, "0") });
    }
    if (s >= 60) return fill(words.minutes, { m: Math.floor(s / 60) });
    return fill(words.seconds, { s });
  }

  const KINDS = ["is-neutral", "is-info", "is-warn", "is-bad"];

  function countdown(node) {
    const left = Number(node.dataset.due) - now();
    const whole = Number(node.dataset.limit) || 86400;
    const used = left <= 0 ? 100 : Math.min(99, Math.max(0, Math.floor(100 * (1 - left / whole))));
    const kind = left <= 0 ? "is-bad" : used < 50 ? "is-neutral" : used < 80 ? "is-info" : "is-warn";
    const text = left <= 0 ? fill(words.late, { time: span(left) }) : span(left);
    const label = node.querySelector("span");
    if (label && label.textContent !== text) label.textContent = text;
    if (!node.classList.contains(kind)) {
      node.classList.remove(...KINDS);
      node.classList.add(kind);
    }
    node.querySelector("circle:last-child")?.setAttribute("stroke-dasharray", `${used} 100`);
    return Math.abs(left) < 75;
  }

  const relative = new Intl.RelativeTimeFormat(document.documentElement.lang || "en", {
    style: "narrow",
    numeric: "always",
  });
  const UNITS = [
    ["year", 31536000],
    ["month", 2592000],
    ["week", 604800],
    ["day", 86400],
    ["hour", 3600],
    ["minute", 60],
  ];

  function ago(node) {
    const delta = Number(node.dataset.ago) - now();
    const unit = UNITS.find(([, size]) => Math.abs(delta) >= size * 1.2) || (Math.abs(delta) >= 45 && UNITS[5]);
    if (unit) node.textContent = relative.format(Math.round(delta / unit[1]), unit[0]);
  }

  let timer = 0;
  function tick() {
    clearTimeout(timer);
    let soon = false;
    for (const node of document.querySelectorAll("time[data-due]")) soon = countdown(node) || soon;
    timer = setTimeout(tick, soon ? 1000 : 30000);
  }
  function tickAgo() {
    for (const node of document.querySelectorAll("time[data-ago]")) ago(node);
  }
  tick();
  setInterval(tickAgo, 60000);
  document.addEventListener("htmx:afterSettle", tick);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) {
      tick();
      tickAgo();
    }
  });
})();
