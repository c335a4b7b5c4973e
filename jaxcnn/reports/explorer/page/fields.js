"use strict";
// Receptive fields: the part of the picture that a unit depends on, and its window a layer before.
//
// A box is {top, left, bottom, right}, ends not included.

/** The pixels that a unit depends on, from layer to layer back to the picture.
 *
 * Norms of whole maps and gates depend on all of a map: `windowsAlone` leaves that out, as if their
 * statistics were constants.
 */
function fieldOf(page, unit, { windowsAlone = false } = {}) {
  return boxesOf(page, unit, windowsAlone)[0] ?? { top: 0, left: 0, bottom: 0, right: 0 };
}

/** What a unit depends on in each layer; nothing where that is all padding. */
function boxesOf(page, unit, windowsAlone) {
  const layer = page.layers[unit.layer];
  if (layer.kind === "copy") return boxesOf(page, copied(page, unit, layer), windowsAlone);
  // Also behind flattening, where boxes say nothing about places.
  if (readsOneUnit(layer)) return boxesOf(page, before(unit, layer), windowsAlone);
  const boxes = [];
  boxes[unit.layer] = boxAround(unit);
  for (let index = unit.layer; index > 0; index--) {
    if (!boxes[index]) continue;
    for (const source of page.layers[index].sources) {
      boxes[source] = joined(boxes[source], boxRead(page, index, source, boxes[index], windowsAlone));
    }
  }
  return boxes;
}

/** Whether windows of a unit lie between the numbers that a transposed convolution spreads out. */
function liesBetween(page, unit) {
  const boxes = boxesOf(page, unit, true);
  return page.layers.some(({ sources, options }, index) => {
    if (!boxes[index] || !options.window?.spread || boxes[sources[0]]) return false;
    const [height, width] = page.layers[sources[0]].shape;
    const { top, bottom, left, right } = boxes[index];
    return (
      reachesSpread(options.window, 0, top, bottom, height) &&
      reachesSpread(options.window, 1, left, right, width)
    );
  });
}

/** Whether windows reach the spread out numbers, or a place between two, along one axis. */
function reachesSpread(window, axis, start, end, size) {
  const last = (size - 1) * window.spread[axis];
  for (let position = start; position < end; position++) {
    for (let place = 0; place < sizeUnder(window, axis, position); place++) {
      const index = indexUnder(window, axis, position, place);
      if (window.wraps || (index >= 0 && index <= last)) return true;
    }
  }
  return false;
}

/** The channels at its place that a unit depends on: {first, end}; more than one after some norms
 * and a softmax. */
function channelsAtPlace(layer, channel) {
  const { kind, options } = layer;
  if (kind === "local_norm") return neighborRange(layer, channel);
  const readsAll =
    (kind === "norm" && !options.everywhere) ||
    (kind === "activation" && options.function in FORMULAS_OF_ALL_CHANNELS);
  return readsAll ? { first: 0, end: layer.shape[2] } : { first: channel, end: channel + 1 };
}

const readsOneUnit = ({ kind, options }) =>
  ["batch_norm", "scale"].includes(kind) ||
  (kind === "activation" && !(options.function in FORMULAS_OF_ALL_CHANNELS));

const boxAround = ({ row, column }) => ({
  top: row,
  left: column,
  bottom: row + 1,
  right: column + 1,
});

/** The smallest box around two, of which one may be missing. */
function joined(one, other) {
  if (!one || !other) return one ?? other;
  return {
    top: Math.min(one.top, other.top),
    left: Math.min(one.left, other.left),
    bottom: Math.max(one.bottom, other.bottom),
    right: Math.max(one.right, other.right),
  };
}

/** What a box of a layer's outputs reads of one of its sources; null if that is all padding. */
function boxRead(page, index, source, box, windowsAlone) {
  const layer = page.layers[index];
  const [height, width] = page.layers[source].shape;
  const whole = { top: 0, left: 0, bottom: height, right: width };
  if (isFlattening(page, index) || (layer.kind === "other" && !layer.options.window)) return whole;
  if (usesWholeMaps(layer) && !windowsAlone) return whole;
  const { window } = layer.options;
  if (!window) return box;
  const rows = rangeRead(window, 0, box.top, box.bottom, height);
  const columns = rangeRead(window, 1, box.left, box.right, width);
  return rows && columns && { top: rows[0], left: columns[0], bottom: rows[1], right: columns[1] };
}

/** Whether each number of a layer depends on all numbers of a map, besides its window. */
const usesWholeMaps = ({ kind, options }) =>
  kind === "gate" || (kind === "norm" && options.everywhere);

function isFlattening(page, index) {
  const layer = page.layers[index];
  return layer.kind === "copy" && !isSameShape(layer, page.layers[layer.sources[0]]);
}

const isSameShape = (one, other) => one.shape.every((size, axis) => size === other.shape[axis]);

/** The first and the end of the indices under some positions of a window, along one axis. */
function rangeRead(window, axis, start, end, size) {
  let [first, last] = [Infinity, -1];
  for (let position = start; position < end; position++) {
    for (const index of indicesUnder(window, axis, position, size)) {
      if (index < 0) continue;
      first = Math.min(first, index);
      last = Math.max(last, index);
    }
  }
  return last < 0 ? null : [first, last + 1];
}

/** The units in the layer before that a unit reads, as a box; null if they form none. */
function windowOf(page, unit) {
  const layer = page.layers[unit.layer];
  if (layer.kind === "copy") return boxAround(copied(page, unit, layer));
  if (layer.kind === "pixels" || layer.kind === "other") return null;
  return boxRead(page, unit.layer, layer.sources[0], boxAround(unit), true);
}
