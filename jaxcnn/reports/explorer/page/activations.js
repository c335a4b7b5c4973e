"use strict";
// Activations: the function of one number, and its formula. Softmax is a function of all channels.

const SELU_SCALE = 1.0507009873554805;
const SELU_ALPHA = 1.6732632423543772;
const clip = (x, low, high) => Math.min(Math.max(x, low), high);
const sigmoid = (x) => 1 / (1 + Math.exp(-x));
const softplus = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** The complementary error function, to 1.2e-7 of its value (Numerical Recipes, section 6.2). */
function erfc(x) {
  const t = 1 / (1 + Math.abs(x) / 2);
  const terms = [
    -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398,
    1.48851587, -0.82215223, 0.17087277,
  ];
  const sum = terms.reduceRight((total, term) => total * t + term, 0);
  const tail = t * Math.exp(-x * x + sum);
  return x >= 0 ? tail : 2 - tail;
}

const ACTIVATIONS = {
  elu: [(x) => (x > 0 ? x : Math.expm1(x)), "x if x > 0, else exp(x) − 1"],
  exact_gelu: [
    (x) => (x * erfc(-x / Math.SQRT2)) / 2,
    "x · Φ(x), where Φ is the share of a normal distribution below x",
  ],
  gelu: [
    (x) => x * sigmoid(2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)),
    "x · (1 + tanh(0.797885 · (x + 0.044715 · x³))) / 2",
  ],
  hard_sigmoid: [(x) => clip(x / 6 + 0.5, 0, 1), "x / 6 + 0.5, but at least 0 and at most 1"],
  hard_silu: [(x) => x * clip(x / 6 + 0.5, 0, 1), "x · (x / 6 + 0.5, but from 0 to 1)"],
  hard_tanh: [(x) => clip(x, -1, 1), "x, but at least −1 and at most 1"],
  heaviside: [(x) => (x > 0 ? 1 : 0), "1 if x > 0, else 0"],
  leaky_relu: [(x) => (x > 0 ? x : 0.01 * x), "x if x > 0, else 0.01 · x"],
  mish: [(x) => x * Math.tanh(softplus(x)), "x · tanh(log(1 + exp(x)))"],
  relu: [(x) => Math.max(x, 0), "x if x > 0, else 0"],
  relu6: [(x) => clip(x, 0, 6), "x, but at least 0 and at most 6"],
  selu: [
    (x) => SELU_SCALE * (x > 0 ? x : SELU_ALPHA * Math.expm1(x)),
    "1.0507 · x if x > 0, else 1.7581 · (exp(x) − 1)",
  ],
  sigmoid: [sigmoid, "1 / (1 + exp(−x))"],
  silu: [(x) => x * sigmoid(x), "x / (1 + exp(−x))"],
  softplus: [softplus, "log(1 + exp(x))"],
  tanh: [Math.tanh, "tanh(x), which is between −1 and 1"],
};

const FORMULAS_OF_ALL_CHANNELS = {
  softmax: "exp(x) divided by the sum of exp over all channels here",
  log_softmax: "x minus the logarithm of the sum of exp over all channels here",
};

/** The formula of an activation in words. */
function formulaOf(name) {
  return FORMULAS_OF_ALL_CHANNELS[name] ?? ACTIVATIONS[name][1];
}

/** Apply an activation to all values, whose channels come last. */
function activate(name, values, channels) {
  if (name in FORMULAS_OF_ALL_CHANNELS) return acrossChannels(name, values, channels);
  return values.map(ACTIVATIONS[name][0]);
}

function acrossChannels(name, values, channels) {
  const found = new Float32Array(values.length);
  for (let first = 0; first < values.length; first += channels) {
    const row = values.subarray(first, first + channels);
    const largest = row.reduce((a, b) => Math.max(a, b), -Infinity);
    const total = row.reduce((sum, x) => sum + Math.exp(x - largest), 0);
    const log = (x) => x - largest - Math.log(total);
    found.set(row.map(name === "softmax" ? (x) => Math.exp(log(x)) : log), first);
  }
  return found;
}
