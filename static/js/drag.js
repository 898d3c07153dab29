/* Dragging cards and entries: `data-movable` is the address that takes a POST, `data-into` of the place what is sent.
   Everything that can be dragged can also be moved by a form or a menu. */
(() => {
  "use strict";
  const TYPE = "application/x-salesflow";
  let carried = null;

  const placeOf = (event) => event.target.closest?.("[data-into]");
  document.addEventListener("dragstart", (event) => {
    carried = event.target.closest?.("[data-movable]") || null;
    if (!carried) return;
    event.dataTransfer.setData(TYPE, carried.dataset.movable);
    event.dataTransfer.effectAllowed = "move";
  });
  document.addEventListener("dragend", () => {
    carried = null;
    for (const place of document.querySelectorAll("[data-into].is-over")) place.classList.remove("is-over");
  });
  document.addEventListener("dragover", (event) => {
    const place = placeOf(event);
    if (!carried || !place) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "move";
    place.classList.add("is-over");
  });
  document.addEventListener("dragleave", (event) => {
    const place = placeOf(event);
    if (place && !place.contains(event.relatedTarget)) place.classList.remove("is-over");
  });
  document.addEventListener("drop", (event) => {
    const place = placeOf(event);
    if (!carried || !place) return;
    event.preventDefault();
    if (carried.closest("[data-into]") === place) return;
    const form = document.createElement("form");
    form.method = "post";
    form.action = carried.dataset.movable;
    const token = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
    const sent = new URLSearchParams(place.dataset.into);
    sent.set("csrfmiddlewaretoken", token);
    sent.set("next", location.href);
    for (const [name, value] of sent) {
      const field = document.createElement("input");
      field.type = "hidden";
      field.name = name;
      field.value = value;
      form.append(field);
    }
    document.body.append(form);
    form.submit();
  });
})();
