// The admin's theme keeps light or dark in the browser; here the reader's own setting decides on every page.
localStorage.setItem("_x_adminTheme", JSON.stringify(document.documentElement.className || "auto"));
