import { useEffect } from "react";

// A key presses the button that names it in data-key, or enters the field. It rests while somebody
// writes, with a modifier held (those are the browser's), and while a dialog or a menu is open.
const WRITTEN_IN = "input, textarea, select, [contenteditable=true]";
const OVER_IT = "[role=dialog], [role=alertdialog], [role=menu], [role=listbox]";

export function DeskKeys() {
  useEffect(() => {
    const press = (event) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
      if (document.querySelector(OVER_IT)) return;
      const at = event.target;
      if (at instanceof Element && at.closest(WRITTEN_IN)) {
        if (event.key === "Escape") at.blur();
        return;
      }
      const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
      const found = [...document.querySelectorAll("[data-key]")].find((one) => one.dataset.key === name && !one.disabled);
      if (!found) return;
      event.preventDefault();
      if (found.matches(WRITTEN_IN)) {
        found.focus();
        found.scrollIntoView({ block: "nearest" });
      } else found.click();
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, []);
  return null;
}
