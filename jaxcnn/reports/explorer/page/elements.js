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
 * `columns` is the number of elements per row; 1 lets all four keys step by one.
 */
function moveFocusWithArrows(container, elements, columns = 1) {
  elements.forEach((element, i) => (element.tabIndex = i ? -1 : 0));
  const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns };
  container.addEventListener("keydown", (event) => {
    const at = elements.indexOf(document.activeElement);
    const edges = { Home: 0, End: elements.length - 1 };
    const next = edges[event.key] ?? at + steps[event.key];
    if (at < 0 || !elements[next]) return;
    event.preventDefault();
    elements[at].tabIndex = -1;
    elements[next].tabIndex = 0;
    elements[next].focus();
  });
}

/** Run a function at most once per frame, with the latest arguments. */
function oncePerFrame(run) {
  let latest = null;
  return (...given) => {
    if (!latest) requestAnimationFrame(() => (run(...latest), (latest = null)));
    latest = given;
  };
}
