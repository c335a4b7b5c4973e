"use strict";
// Layers that multiply or divide numbers by what they compute from several others: norms and gates.

/** A number minus the mean of its channel, divided by the deviation, times a scale, plus a bias. */
function normalized(layer, x, channel, { scale, bias, mean, var: variance }) {
  const deviation = Math.sqrt(variance[channel] + layer.options.epsilon);
  return ((x - mean[channel]) / deviation) * (scale?.[channel] ?? 1) + (bias?.[channel] ?? 0);
}

/** A group, layer or RMS norm. */
function norm(layer, [{ values }], weights) {
  const channels = layer.shape[2];
  const found = new Float32Array(values.length);
  let used = null;
  for (let place = 0; place * channels < values.length; place++) {
    if (!used || !layer.options.everywhere) {
      used = { ...weights, ...statisticsOf(layer, values, place) };
    }
    for (let channel = 0; channel < channels; channel++) {
      const i = place * channels + channel;
      found[i] = normalized(layer, values[i], channel, used);
    }
  }
  return found;
}

/** The mean and the variance that a norm of this picture uses, by channel: those of a group of
 * channels, everywhere or at one place. An RMS norm takes 0 for the mean. */
function statisticsOf({ shape: [height, width, channels], options }, values, place) {
  const [start, end] = options.everywhere ? [0, height * width] : [place, place + 1];
  const size = channels / options.groups;
  const [mean, variance] = [new Float64Array(channels), new Float64Array(channels)];
  for (let first = 0; first < channels; first += size) {
    const meanOf = (compute) => {
      let sum = 0;
      for (let at = start; at < end; at++) {
        for (let k = first; k < first + size; k++) sum += compute(values[at * channels + k]);
      }
      return sum / (size * (end - start));
    };
    const center = options.centered ? meanOf((x) => x) : 0;
    mean.fill(center, first, first + size);
    variance.fill(
      meanOf((x) => (x - center) ** 2),
      first,
      first + size,
    );
  }
  return { mean, var: variance };
}

/** A local response norm: each number divided by a power of the squares of its neighbors. */
function localNorm(layer, [{ values }]) {
  const channels = layer.shape[2];
  return values.map((x, i) => {
    const channel = i % channels;
    return x / neighborsOf(layer, values, i - channel, channel).divisor;
  });
}

/** The channels that a local response norm sums up for one channel, and what it divides by. */
function neighborsOf(layer, values, start, channel) {
  const { size, alpha, beta, k } = layer.options;
  const { first, end } = neighborRange(layer, channel);
  let squares = 0;
  for (let c = first; c < end; c++) squares += values[start + c] ** 2;
  return { first, end, squares, divisor: (k + (alpha / size) * squares) ** beta };
}

/** The channels around one that a local response norm sums up; the end is not included. */
const neighborRange = ({ shape, options: { size } }, channel) => ({
  first: Math.max(channel - Math.floor(size / 2), 0),
  end: Math.min(channel + Math.ceil(size / 2), shape[2]),
});

/** A squeeze-and-excite: each number times the factor of its channel. */
function gated(layer, [{ values }], weights) {
  const { factors } = gatesOf(layer, values, weights);
  return values.map((x, i) => x * factors[i % factors.length]);
}

/** The factors of a squeeze-and-excite: two dense layers of the means of all channels. */
function gatesOf({ shape: [height, width, channels], options }, values, weights) {
  const means = new Float64Array(channels);
  for (let i = 0; i < values.length; i++) means[i % channels] += values[i] / (height * width);
  const made = dense(means, weights.kernel1, weights.bias1);
  const hidden = activate(options.activation, made, made.length);
  const sums = dense(hidden, weights.kernel2, weights.bias2);
  return { hidden, sums, factors: activate(options.gate, sums, channels) };
}

function dense(inputs, kernel, bias) {
  const sums = Float64Array.from(bias);
  inputs.forEach((x, i) => {
    for (let k = 0; k < sums.length; k++) sums[k] += x * kernel[i * sums.length + k];
  });
  return sums;
}
