/* Business cards: a chosen card file is read at once, and so is the QR code on a photograph: by the browser where it
   can, or else by the server. Without this the form has its button. */
(() => {
  "use strict";

  async function codeOn(file) {
    if (!("BarcodeDetector" in window)) return "";
    try {
      const formats = await window.BarcodeDetector.getSupportedFormats();
      if (!formats.includes("qr_code")) return "";
      const picture = await createImageBitmap(file);
      const found = await new window.BarcodeDetector({ formats: ["qr_code"] }).detect(picture);
      picture.close();
      return found.map((code) => code.rawValue).find((text) => /^\s*(BEGIN:VCARD|MECARD:)/i.test(text)) || "";
    } catch {
      return "";
    }
  }

  document.addEventListener("change", async (event) => {
    const field = event.target;
    const card = field.closest?.("[data-card]");
    if (!card || field.type !== "file" || !field.files.length) return;
    // clicked, not submitted: in the drawer only a clicked button is sent
    const read = card.querySelector("button[name=read]");
    if (field.name === "photo") {
      card.querySelector("textarea").value = await codeOn(field.files[0]); // never the text of an earlier card
    }
    read.click();
  });
})();
