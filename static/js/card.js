/* Business cards: a chosen card file is read at once, and so is the QR code on a photograph, where the browser can.
   Without it the form has its button. */
(() => {
  "use strict";

  async function codeOn(file) {
    if (!("BarcodeDetector" in window)) return null;
    try {
      const formats = await window.BarcodeDetector.getSupportedFormats();
      if (!formats.includes("qr_code")) return null;
      const picture = await createImageBitmap(file);
      const found = await new window.BarcodeDetector({ formats: ["qr_code"] }).detect(picture);
      picture.close();
      return found.map((code) => code.rawValue).find((text) => /^\s*(BEGIN:VCARD|MECARD:)/i.test(text)) || "";
    } catch {
      return null;
    }
  }

  document.addEventListener("change", async (event) => {
    const field = event.target;
    const card = field.closest?.("[data-card]");
    if (!card || field.type !== "file" || !field.files.length) return;
    // clicked, not submitted: in the drawer only a clicked button is sent
    const read = card.querySelector("button[name=read]");
    if (field.name === "card") {
      read.click();
      return;
    }
    const text = await codeOn(field.files[0]);
    if (text) {
      card.querySelector("textarea").value = text;
      read.click();
    } else if (text === "") {
      window.salesflow.toast({ text: card.dataset.noCode });
    }
  });
})();
