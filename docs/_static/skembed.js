// Tables that scroll can be reached by the keyboard, as the theme does for code.
const makeFocusable = () => {
  for (const table of document.querySelectorAll(".bd-article table")) {
    if (table.scrollWidth > table.clientWidth) table.tabIndex = 0;
  }
};
addEventListener("load", makeFocusable);
addEventListener("resize", makeFocusable);
