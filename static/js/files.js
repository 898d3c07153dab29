/* A drop zone that sends what was chosen at once. Without it the form has its button. */
(() => {
  "use strict";
  const size = (bytes) => `${Math.floor(bytes / 1048576)} MB`;

  document.addEventListener("change", (event) => {
    const field = event.target.closest?.("form[data-upload] input[type=file]");
    if (!field) return;
    const limit = Number(field.dataset.limit);
    const most = Number(field.dataset.most);
    const large = Array.from(field.files).filter((file) => file.size > limit);
    let words = "";
    if (large.length) words = `${field.dataset.tooLarge} ${large.map((f) => f.name).join(", ")} (${size(limit)})`;
    else if (field.files.length > most) words = `${field.dataset.tooMany} ${most}`;
    if (words) {
      field.value = "";
      window.salesflow.toast({ text: words, kind: "error" });
      field.closest("[data-drop]").querySelector("[data-drop-name]").textContent = "";
    } else if (field.files.length) {
      field.form.classList.add("is-sending");
      document.body.classList.add("is-busy");
      field.form.requestSubmit();
    }
  });
  for (const form of document.querySelectorAll("form[data-upload]")) form.classList.add("is-quick");
})();
