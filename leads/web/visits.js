// Tells SalesFlow which pages a visitor of this site looks at, and for how long; only after consent, and never against
// Do Not Track. Consent is told by data-consent="given" on the script element, or by salesflowConsent(true) later.
// Who came by a tracked link of a mail is told by the name of that click, which is good once.
(() => {
  "use strict";
  const KEY = "salesflow-visitor", QUEUE = "salesflow-views", BATCH = 10, KEPT = 50, DAY = 86400000;
  const script = document.currentScript;
  const door = new URL("views/", script.src).href;
  const forms = new URL("/f/", script.src).href;
  const refuses = navigator.doNotTrack === "1" || navigator.globalPrivacyControl === true;
  const began = Date.now();
  let consented = false, view = "", shownSince = 0, dwell = 0, sending = false, click = "";

  // the name of a click leaves the address at once, so that nobody keeps it as a bookmark or passes it on
  const search = location.search.replace(/([?&])sf_click=([^&]*)(&|$)/, (_all, before, name, after) => {
    click = name;
    return after && before;
  });
  try {
    if (click) history.replaceState(history.state, "", location.origin + location.pathname + search + location.hash);
  } catch {
    // a frame that may not change its address keeps the name, which is good for a while only
  }

  const random = () =>
    Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

  const read = () => {
    try {
      const views = JSON.parse(localStorage.getItem(QUEUE) || "[]");
      return Array.isArray(views) ? views.filter((each) => each && each.at > Date.now() - DAY) : [];
    } catch {
      return [];
    }
  };

  const write = (views) => localStorage.setItem(QUEUE, JSON.stringify(views.slice(-KEPT)));

  const visitor = () => {
    let name = localStorage.getItem(KEY) || "";
    if (!/^[0-9a-f]{32}$/.test(name)) {
      name = random();
      localStorage.setItem(KEY, name);
    }
    return name;
  };

  // what was taken leaves the queue, unless its visitor stayed longer in the meantime
  const taken = (sent) =>
    write(read().filter((each) => !sent.some((one) => one.id === each.id && one.dwell >= each.dwell)));

  const send = async () => {
    const sent = read().slice(0, BATCH);
    if (sending || !consented || !sent.length) return;
    sending = true;
    const views = sent.map(({ id, url, dwell, at }) => ({ id, url, dwell, ago: Math.floor((Date.now() - at) / 1000) }));
    try {
      const body = JSON.stringify({ visitor: visitor(), consent: true, views, ...(click && { click }) });
      const answer = await fetch(door, { method: "POST", body, credentials: "omit", keepalive: true });
      // refused for good, it would be refused again
      if (answer.ok || (answer.status >= 400 && answer.status < 429)) {
        taken(sent);
        click = "";
      }
    } catch {
      // away: the next page sends it
    }
    sending = false;
  };

  const note = () => {
    if (!consented) return;
    if (shownSince) dwell += Date.now() - shownSince;
    shownSince = document.visibilityState === "visible" ? Date.now() : 0;
    const views = read().filter((each) => each.id !== view);
    views.push({ id: view, url: location.origin + location.pathname + location.search, dwell: Math.round(dwell / 1000), at: began });
    write(views);
  };

  // forms of SalesFlow on this page say who sends them
  const introduceForm = (form) => {
    if (!consented || !String(form.action || "").startsWith(forms) || form.querySelector("[name=visitor]")) return;
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name: "visitor", value: visitor() });
    form.append(field);
  };

  const introduce = () => {
    if (!consented) return;
    document.querySelectorAll("form").forEach(introduceForm);
    for (const frame of document.querySelectorAll("iframe")) {
      if (!frame.src.startsWith(forms)) continue;
      const address = new URL(frame.src);
      if (address.searchParams.has("visitor")) continue;
      address.searchParams.set("visitor", visitor());
      frame.src = address.href;
    }
  };

  const forget = () => {
    consented = false;
    click = "";
    localStorage.removeItem(KEY);
    localStorage.removeItem(QUEUE);
    for (const field of document.querySelectorAll("input[type=hidden][name=visitor]")) field.remove();
  };

  window.salesflowConsent = (given) => {
    try {
      if (!given || refuses) return forget();
      if (consented) return;
      consented = true;
      view = random();
      shownSince = document.visibilityState === "visible" ? Date.now() : 0;
      introduce();
      note();
      send();
    } catch {
      consented = false; // a browser that stores nothing is not followed
    }
  };

  document.addEventListener("visibilitychange", () => {
    note();
    if (document.visibilityState === "hidden") send();
  });
  addEventListener("pagehide", () => {
    note();
    send();
  });
  // what stands below the script, and forms that came later
  document.addEventListener("DOMContentLoaded", introduce);
  document.addEventListener("submit", (event) => introduceForm(event.target), true);
  if (script.dataset.consent === "given") window.salesflowConsent(true);
})();
