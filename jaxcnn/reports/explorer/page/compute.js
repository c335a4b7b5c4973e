"use strict";
// The forward pass: the outputs of all layers for one picture. Outputs are float32, rows first and
// channels last, as in JAX. Sums are float64. Channels that the page does not have are NaN.

/** The outputs of all layers for a picture: each is computed when it is first read. */
function outputsFor(page, picture) {
  const outputs = [];
  page.layers.forEach((layer, index) => {
    const compute = () => {
      const value = outputsOf(page, layer, outputs, picture);
      Object.defineProperty(outputs, index, { value });
      return value;
    };
    Object.defineProperty(outputs, index, { get: compute, configurable: true });
  });
  return outputs;
}

function outputsOf(page, layer, outputs, picture) {
  const size = layer.shape[0] * layer.shape[1] * layer.shape[2];
  const part = (number, length) =>
    page.arrays[number].subarray(picture * length, (picture + 1) * length);
  if (layer.kind === "pixels") return Float32Array.from(part(page.pixels, size));
  if (layer.mode === "exact") return part(layer.exact, size);
  if (layer.mode === "steps") return fromSteps(layer, part);
  const sources = layer.sources.map((source) => ({
    shape: page.layers[source].shape,
    values: outputs[source],
  }));
  const weights = {};
  for (const name in layer.weights) weights[name] = page.arrays[layer.weights[name]];
  return COMPUTE[layer.kind](layer, sources, weights);
}

function fromSteps(layer, part) {
  const [height, width, channels] = layer.shape;
  const kept = layer.kept ?? Array.from({ length: channels }, (_, channel) => channel);
  const steps = part(layer.steps, height * width * kept.length);
  const low = part(layer.low, kept.length);
  const step = part(layer.step, kept.length);
  const values = new Float32Array(height * width * channels).fill(NaN);
  for (let place = 0; place < height * width; place++) {
    kept.forEach((channel, k) => {
      values[place * channels + channel] = low[k] + step[k] * steps[place * kept.length + k];
    });
  }
  return values;
}

const COMPUTE = {
  normalize: (layer, [{ values }], { mean, std }) =>
    byChannel(layer, values, (x, channel) => (x / 255 - mean[channel]) / std[channel]),
  batch_norm: (layer, [{ values }], weights) =>
    byChannel(layer, values, (x, channel) => normalized(layer, x, channel, weights)),
  norm,
  local_norm: localNorm,
  gate: gated,
  scale: (layer, [{ values }], { scale }) =>
    byChannel(layer, values, (x, channel) => x * scale[channel]),
  activation: (layer, [{ values }]) => activate(layer.options.function, values, layer.shape[2]),
  copy: (layer, [{ values }]) => values,
  add: (layer, sources) =>
    sources[0].values.map((_, i) => sources.reduce((sum, { values }) => sum + values[i], 0)),
  concat,
  conv,
  pool,
};

/** Apply a function of a number and its channel to the channels that the page has. */
function byChannel(layer, values, compute) {
  const channels = layer.shape[2];
  const found = new Float32Array(values.length).fill(NaN);
  for (const channel of layer.kept ?? found.subarray(0, channels).keys()) {
    for (let i = channel; i < values.length; i += channels) found[i] = compute(values[i], channel);
  }
  return found;
}

function concat(layer, sources) {
  const [height, width, channels] = layer.shape;
  const found = new Float32Array(height * width * channels);
  let first = 0;
  for (const { shape, values } of sources) {
    for (let place = 0; place < height * width; place++) {
      const row = values.subarray(place * shape[2], (place + 1) * shape[2]);
      found.set(row, place * channels + first);
    }
    first += shape[2];
  }
  return found;
}

function conv(layer, [input], { kernel, bias }) {
  const [height, width, features] = layer.shape;
  const [inputHeight, inputWidth, channels] = input.shape;
  const { window, groups } = layer.options;
  const perGroup = channels / groups;
  const firsts = Int32Array.from(
    { length: features },
    (_, f) => channelsRead(layer, channels, f).first,
  );
  const found = new Float32Array(height * width * features);
  const sums = new Float64Array(features);
  const columnsUnder = [];
  for (let x = 0; x < width; x++) columnsUnder.push(indicesUnder(window, 1, x, inputWidth));
  for (let y = 0; y < height; y++) {
    const rows = indicesUnder(window, 0, y, inputHeight);
    for (let x = 0; x < width; x++) {
      if (bias) sums.set(bias);
      else sums.fill(0);
      rows.forEach((row, i) => {
        if (row < 0) return;
        columnsUnder[x].forEach((column, j) => {
          if (column < 0) return;
          const at = (row * inputWidth + column) * channels;
          const from = (i * window.sizes[1] + j) * perGroup * features;
          if (groups === 1) addProducts(sums, input.values, at, kernel, from, channels);
          else addProductsOfGroups(sums, input.values, at, kernel, from, perGroup, firsts);
        });
      });
      found.set(sums, (y * width + x) * features);
    }
  }
  return found;
}

function addProducts(sums, inputs, at, kernel, from, channels) {
  const features = sums.length;
  for (let channel = 0; channel < channels; channel++) {
    const value = inputs[at + channel];
    if (value === 0) continue;
    const row = from + channel * features;
    for (let f = 0; f < features; f++) sums[f] += value * kernel[row + f];
  }
}

function addProductsOfGroups(sums, inputs, at, kernel, from, perGroup, firsts) {
  const features = sums.length;
  for (let channel = 0; channel < perGroup; channel++) {
    const row = from + channel * features;
    for (let f = 0; f < features; f++)
      sums[f] += inputs[at + firsts[f] + channel] * kernel[row + f];
  }
}

function pool(layer, [input]) {
  const [height, width, channels] = layer.shape;
  const [inputHeight, inputWidth] = input.shape;
  const { window } = layer.options;
  const isMax = layer.options.function === "max";
  const found = new Float32Array(height * width * channels);
  const results = new Float64Array(channels);
  for (let y = 0; y < height; y++) {
    const rows = indicesUnder(window, 0, y, inputHeight);
    for (let x = 0; x < width; x++) {
      const columns = indicesUnder(window, 1, x, inputWidth);
      results.fill(isMax ? -Infinity : 0);
      for (const row of rows) {
        if (row < 0) continue;
        for (const column of columns) {
          if (column < 0) continue;
          const at = (row * inputWidth + column) * channels;
          for (let c = 0; c < channels; c++) {
            const value = input.values[at + c];
            if (isMax) results[c] = value > results[c] || value !== value ? value : results[c];
            else results[c] += value;
          }
        }
      }
      const count = isMax ? 1 : countUnder(layer, 0, y) * countUnder(layer, 1, x);
      found.set(
        results.map((value) => value / count),
        (y * width + x) * channels,
      );
    }
  }
  return found;
}

/** Compare what the page computes with a few of JAX's values: the largest difference, as a share of
 * JAX's largest value of the layer, and the number of compared values. */
function compareWithJax(page, outputs, picture) {
  let error = 0;
  let count = 0;
  page.layers.forEach((layer, index) => {
    if (layer.mode !== "computed" || layer.kind === "pixels") return;
    const places = page.arrays[layer.places];
    const start = picture * places.length;
    const expected = page.arrays[layer.expected].subarray(start, start + places.length);
    const largest = layer.largest[picture] || 1;
    places.forEach((place, i) => {
      error = Math.max(error, Math.abs(outputs[index][place] - expected[i]) / largest);
    });
    count += places.length;
  });
  return { error, count };
}

/** The smallest and the largest value, without those that the page does not have. */
function rangeOf(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const x of values) {
    if (x < low) low = x;
    if (x > high) high = x;
  }
  return { low, high };
}
