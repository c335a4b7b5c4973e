"use strict";
// Receptive fields: the part of the picture that a unit depends on, and its window a layer before.

/** The pixels that a unit depends on: {top, left, bottom, right}, ends not included. */
function fieldOf(page, unit) {
  const layer = page.layers[unit.layer];
  if (layer.kind === "copy") return fieldOf(page, copied(page, unit, layer));
  const [height, width] = page.layers[0].shape;
  if (!layer.field) return { top: 0, left: 0, bottom: height, right: width };
  const [top, bottom] = fieldAlong(layer, 0, unit.row, height);
  const [left, right] = fieldAlong(layer, 1, unit.column, width);
  return { top, left, bottom, right };
}

function fieldAlong({ field, wraps }, axis, position, size) {
  const start = position * field.stride[axis] - field.padding[axis];
  const end = start + field.size[axis];
  if (wraps && (start < 0 || end > size)) return [0, size];
  return [clip(start, 0, size), clip(end, 0, size)];
}

/** The units in the layer before that a unit reads, as a box; null if they form none. */
function windowOf(page, unit) {
  const layer = page.layers[unit.layer];
  const [height, width] = page.layers[layer.sources[0] ?? 0].shape;
  if (layer.kind === "copy") {
    const { row, column } = copied(page, unit, layer);
    return { top: row, left: column, bottom: row + 1, right: column + 1 };
  }
  if (layer.kind === "pixels" || layer.kind === "other") return null;
  if (!layer.options.window) {
    return { top: unit.row, left: unit.column, bottom: unit.row + 1, right: unit.column + 1 };
  }
  const rows = indicesUnder(layer.options.window, 0, unit.row, height).filter((row) => row >= 0);
  const columns = indicesUnder(layer.options.window, 1, unit.column, width).filter((c) => c >= 0);
  if (!rows.length || !columns.length) return null;
  return {
    top: Math.min(...rows),
    left: Math.min(...columns),
    bottom: Math.max(...rows) + 1,
    right: Math.max(...columns) + 1,
  };
}
