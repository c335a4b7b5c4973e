"use strict";
// Windows of convolutions and poolings: which inputs an output reads.

/** The size of a window along one axis. The cells of an adaptive pooling differ in size. */
function sizeUnder(window, axis, position) {
  if (!window.cells) return window.sizes[axis];
  const [first, end] = window.cells[axis][position];
  return end - first;
}

/** The index that is under a window, along one axis; it may lie outside of the input. */
function indexUnder(window, axis, position, place) {
  if (window.cells) return window.cells[axis][position][0] + place;
  const start = position * window.strides[axis] + window.starts[axis];
  return start + place * window.dilation[axis];
}

/** All indices under a window along one axis; -1 in the padding.
 *
 * The window of a transposed convolution slides over an input that was spread out, with its numbers
 * `window.spread` places apart: between them, there is nothing.
 */
function indicesUnder(window, axis, position, size) {
  const found = new Int32Array(sizeUnder(window, axis, position));
  const spread = window.spread?.[axis] ?? 1;
  const length = size * spread;
  for (let place = 0; place < found.length; place++) {
    const index = indexUnder(window, axis, position, place);
    const at = window.wraps ? ((index % length) + length) % length : index;
    found[place] = at >= 0 && at < length && at % spread === 0 ? at / spread : -1;
  }
  return found;
}

/** How many places of a pooling's window count in a mean, along one axis. */
function countUnder(layer, axis, position) {
  const { window, bounds } = layer.options;
  const [low, high] = bounds[axis];
  let count = 0;
  for (let place = 0; place < sizeUnder(window, axis, position); place++) {
    const index = indexUnder(window, axis, position, place);
    if (index >= low && index < high) count++;
  }
  return count;
}

/** The channels of the input that an output channel reads: the first one, and how many. */
function channelsRead(layer, inputChannels, channel) {
  const groups = layer.options.groups;
  const count = inputChannels / groups;
  return { first: Math.floor(channel / (layer.shape[2] / groups)) * count, count };
}
