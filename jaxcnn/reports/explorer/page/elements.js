"use strict";
// Make and replace elements. Texts from the run enter as text, never as markup.

/** Make an element: attributes are properties that begin with "on", or HTML attributes. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null));
  return element;
}

const byId = (id) => document.getElementById(id);

/** Replace the children of the element with this id. */
function fill(id, ...children) {
  byId(id).replaceChildren(...children.flat().filter((child) => child !== null));
}

/** Let the arrow keys move the focus among some elements, of which Tab reaches one.
 *
 * `neighborOf` returns the element that an arrow key leads to, if there is one: `inList` or `inTable`.
 */
function moveFocusWithArrows(container, elements, neighborOf) {
  elements.forEach((element, i) => (element.tabIndex = i ? -1 : 0));
  container.addEventListener("keydown", (event) => {
    const at = document.activeElement;
    if (!elements.includes(at)) return;
    const edges = { Home: elements[0], End: elements.at(-1) };
    const next = edges[event.key] ?? neighborOf(elements, at, event.key);
    if (!next) return;
    event.preventDefault();
    at.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });
}

/** In a list, Right and Down lead to the next element, Left and Up to the one before. */
function inList(elements, at, key) {
  const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
  return elements[elements.indexOf(at) + steps[key]];
}

/** In a table, a key leads to the next button in its direction; cells without one are skipped. */
function inTable(elements, at, key) {
  const steps = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] };
  if (!steps[key]) return null;
  const [down, right] = steps[key];
  let cell = at.closest("td");
  const { rows } = cell.closest("table");
  let next = null;
  while (cell && !next) {
    cell = rows[cell.parentElement.rowIndex + down]?.cells[cell.cellIndex + right];
    next = cell?.querySelector("button");
  }
  return next;
}

/** How to scroll: people can ask their system for less motion. */
const scrolling = () =>
  matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";

/** Scroll to the element with this id: as far as it takes to see it, or to its start. */
function reveal(id, block = "nearest") {
  byId(id).scrollIntoView({ block, behavior: scrolling() });
}

const FADED = 44; // pixels at the end of a row that goes on

/** Scroll a row of elements sideways, as far as it takes to see one of them; the page stays. */
function revealInRow(row, element) {
  const [frame, box] = [row.getBoundingClientRect(), element.getBoundingClientRect()];
  const right = Math.max(box.right + FADED - frame.right, 0);
  const missing = right || Math.min(box.left - frame.left, 0);
  if (missing) row.scrollBy({ left: missing, behavior: scrolling() });
}

/** While a row is wider than its place, show a note with this text, and let its end fade. */
function sayWhatIsBeyond(row, note, text) {
  note.textContent = text;
  const update = () => {
    const hidden = row.scrollWidth - row.clientWidth;
    note.hidden = hidden < 1;
    row.classList.toggle("goes-on", row.scrollLeft < hidden - 1);
  };
  row.addEventListener("scroll", update, { passive: true });
  new ResizeObserver(update).observe(row);
}

/** Run a function at most once per frame, with the latest arguments. */
function oncePerFrame(run) {
  let latest = null;
  return (...given) => {
    if (!latest) requestAnimationFrame(() => (run(...latest), (latest = null)));
    latest = given;
  };
}
