"use strict";
// The terms of one number: the inputs that it is computed from, and what each one contributes.
//
// A unit is {layer, row, column, channel}: one number in the outputs of a layer. A term is
// {unit, input, weight, product}, where unit is null in the padding; `i` and `j` are its place in
// the window.

/** The value of a unit. */
function valueOf(page, outputs, { layer, row, column, channel }) {
  const [, width, channels] = page.layers[layer].shape;
  return outputs[layer][(row * width + column) * channels + channel];
}

/** Whether the page shows outputs that JAX computed, without sums. */
const isStored = ({ mode }) => mode === "exact" || mode === "steps";

/** How the value of a unit is computed: {how, terms, bias, value, ...}.
 *
 * `how` is "sum", "max", "mean", "add", "copy", "function", "batch_norm", "norm", "local_norm",
 * "gate", "normalize", "scale", "pixel", or "stored" if the page cannot compute the value.
 */
function termsOf(page, outputs, unit) {
  const layer = page.layers[unit.layer];
  const value = valueOf(page, outputs, unit);
  if (layer.kind === "pixels") return { how: "pixel", terms: [], bias: 0, value };
  if (isStored(layer)) return { how: "stored", terms: [], bias: 0, value };
  return { ...TERMS[layer.kind](page, outputs, unit, layer), value };
}

const TERMS = {
  conv: termsOfConv,
  pool: termsOfPool,
  add: (page, outputs, unit, layer) => ({
    how: "add",
    bias: 0,
    terms: layer.sources.map((source, i) => ({
      ...term(page, outputs, { ...unit, layer: source }, 1),
      name: layer.options.names[i],
    })),
  }),
  concat: termsOfConcat,
  copy: (page, outputs, unit, layer) => ({
    how: "copy",
    bias: 0,
    terms: [term(page, outputs, copied(page, unit, layer), 1)],
  }),
  activation: (page, outputs, unit, layer) => ({
    how: "function",
    bias: 0,
    name: layer.options.function,
    terms: [term(page, outputs, before(unit, layer), 1)],
  }),
  scale: (page, outputs, unit, layer) => ({
    how: "scale",
    bias: 0,
    terms: [term(page, outputs, before(unit, layer), weightOf(page, layer, "scale", unit.channel))],
  }),
  batch_norm: termsOfBatchNorm,
  norm: termsOfNorm,
  local_norm: termsOfLocalNorm,
  gate: termsOfGate,
  normalize: (page, outputs, unit, layer) => {
    const mean = weightOf(page, layer, "mean", unit.channel);
    const std = weightOf(page, layer, "std", unit.channel);
    const terms = [term(page, outputs, before(unit, layer), 1 / 255 / std)];
    return { how: "normalize", bias: -mean / std, terms, numbers: { mean, std } };
  },
};

/** One term: the value of a unit, times a weight. */
function term(page, outputs, unit, weight) {
  const input = valueOf(page, outputs, unit);
  return { unit, input, weight, product: input * weight };
}

/** One weight of a layer; `otherwise` if the layer has no weights of this name. */
function weightOf(page, layer, name, index, otherwise) {
  const values = page.arrays[layer.weights[name]];
  return values ? values[index] : otherwise;
}

/** Whether a layer has weights of this name. */
const hasWeights = (layer, name) => layer.weights?.[name] !== undefined;

/** The unit at the same place in the layer that is read. */
function before(unit, layer) {
  return { ...unit, layer: layer.sources[0] };
}

/** The unit that is passed on unchanged, by dropout or by flattening. */
function copied(page, unit, layer) {
  const [, width, channels] = layer.shape;
  const [, sourceWidth, sourceChannels] = page.layers[layer.sources[0]].shape;
  const place = (unit.row * width + unit.column) * channels + unit.channel;
  const position = Math.floor(place / sourceChannels);
  return {
    layer: layer.sources[0],
    row: Math.floor(position / sourceWidth),
    column: position % sourceWidth,
    channel: place % sourceChannels,
  };
}

function termsOfConv(page, outputs, unit, layer) {
  const source = layer.sources[0];
  const [height, width, channels] = page.layers[source].shape;
  const { window } = layer.options;
  const kernel = page.arrays[layer.weights.kernel];
  const read = channelsRead(layer, channels, unit.channel);
  const columns = indicesUnder(window, 1, unit.column, width);
  const terms = [];
  indicesUnder(window, 0, unit.row, height).forEach((row, i) => {
    columns.forEach((column, j) => {
      for (let k = 0; k < read.count; k++) {
        const at = ((i * window.sizes[1] + j) * read.count + k) * layer.shape[2] + unit.channel;
        const place = { layer: source, row, column, channel: read.first + k };
        const isInside = row >= 0 && column >= 0;
        const found = isInside
          ? term(page, outputs, place, kernel[at])
          : { unit: null, input: 0, weight: kernel[at], product: 0 };
        terms.push({ ...found, i, j, channel: read.first + k });
      }
    });
  });
  const bias = weightOf(page, layer, "bias", unit.channel, 0);
  return { how: "sum", bias, hasBias: hasWeights(layer, "bias"), terms };
}

function termsOfPool(page, outputs, unit, layer) {
  const source = layer.sources[0];
  const [height, width] = page.layers[source].shape;
  const { window } = layer.options;
  const columns = indicesUnder(window, 1, unit.column, width);
  const terms = [];
  indicesUnder(window, 0, unit.row, height).forEach((row, i) => {
    columns.forEach((column, j) => {
      const place = { layer: source, row, column, channel: unit.channel };
      const isInside = row >= 0 && column >= 0;
      const found = isInside
        ? term(page, outputs, place, 0)
        : { unit: null, input: 0, weight: 0, product: 0 };
      terms.push({ ...found, i, j, channel: unit.channel });
    });
  });
  return layer.options.function === "max" ? ofMax(terms) : ofMean(terms, layer, unit);
}

function ofMax(terms) {
  let best = null;
  for (const each of terms) if (each.unit && (!best || each.input > best.input)) best = each;
  if (best) Object.assign(best, { weight: 1, product: best.input });
  return { how: "max", bias: 0, terms };
}

function ofMean(terms, layer, unit) {
  const count = countUnder(layer, 0, unit.row) * countUnder(layer, 1, unit.column);
  for (const each of terms) {
    if (each.unit) Object.assign(each, { weight: 1 / count, product: each.input / count });
  }
  return { how: "mean", bias: 0, terms, count };
}

function termsOfConcat(page, outputs, unit, layer) {
  let { channel } = unit;
  let branch = 0;
  while (channel >= page.layers[layer.sources[branch]].shape[2]) {
    channel -= page.layers[layer.sources[branch]].shape[2];
    branch++;
  }
  const place = { ...unit, layer: layer.sources[branch], channel };
  const found = { ...term(page, outputs, place, 1), name: layer.options.names[branch] };
  return { how: "copy", bias: 0, terms: [found] };
}

function termsOfBatchNorm(page, outputs, unit, layer) {
  const [mean, variance] = ["mean", "var"].map((name) => weightOf(page, layer, name, unit.channel));
  return termsOfNormalization(page, outputs, unit, layer, { mean, variance });
}

function termsOfNorm(page, outputs, unit, layer) {
  const place = unit.row * layer.shape[1] + unit.column;
  const found = statisticsOf(layer, outputs[layer.sources[0]], place);
  const statistics = { mean: found.mean[unit.channel], variance: found.var[unit.channel] };
  return termsOfNormalization(page, outputs, unit, layer, statistics);
}

function termsOfNormalization(page, outputs, unit, layer, statistics) {
  const numbers = {
    ...statistics,
    epsilon: layer.options.epsilon,
    scale: weightOf(page, layer, "scale", unit.channel, 1),
    bias: weightOf(page, layer, "bias", unit.channel, 0),
  };
  const factor = numbers.scale / Math.sqrt(numbers.variance + numbers.epsilon);
  const terms = [term(page, outputs, before(unit, layer), factor)];
  return { how: layer.kind, bias: numbers.bias - numbers.mean * factor, terms, numbers };
}

function termsOfLocalNorm(page, outputs, unit, layer) {
  const [, width, channels] = layer.shape;
  const start = (unit.row * width + unit.column) * channels;
  const numbers = neighborsOf(layer, outputs[layer.sources[0]], start, unit.channel);
  const terms = [term(page, outputs, before(unit, layer), 1 / numbers.divisor)];
  return { how: "local_norm", bias: 0, terms, numbers: { ...numbers, ...layer.options } };
}

/** A squeeze-and-excite; `numbers` has the sum that its factor is computed from. */
function termsOfGate(page, outputs, unit, layer) {
  const weights = Object.fromEntries(
    Object.entries(layer.weights).map(([name, index]) => [name, page.arrays[index]]),
  );
  const found = gatesOf(layer, outputs[layer.sources[0]], weights);
  const [, , channels] = layer.shape;
  const products = [...found.hidden].map((input, k) => {
    const weight = weights.kernel2[k * channels + unit.channel];
    return { number: k, input, weight, product: input * weight };
  });
  const numbers = {
    products,
    bias: weights.bias2[unit.channel],
    sum: found.sums[unit.channel],
    factor: found.factors[unit.channel],
  };
  const terms = [term(page, outputs, before(unit, layer), numbers.factor)];
  return { how: "gate", bias: 0, terms, numbers };
}

/** The value that the terms of a unit give, to compare it with the forward pass. */
function valueOfTerms({ how, name, terms, bias }) {
  if (how === "function" && name in ACTIVATIONS) return ACTIVATIONS[name][0](terms[0].input);
  return terms.reduce((sum, { product }) => sum + product, bias);
}

/** Join the terms of a window by channel: {channel, sum, terms}, the largest sums first. */
function byChannels(terms) {
  const groups = new Map();
  for (const each of terms) {
    if (!groups.has(each.channel))
      groups.set(each.channel, { channel: each.channel, sum: 0, terms: [] });
    const group = groups.get(each.channel);
    group.sum += each.product;
    group.terms.push(each);
  }
  return [...groups.values()].sort((a, b) => Math.abs(b.sum) - Math.abs(a.sum));
}
