"use strict";
// Numbers that are computed from one or two others, as formulas.

/** An equation: texts and buttons side by side. */
const equation = (...parts) => make("p", { class: "equation" }, parts);
const FACTORS_LISTED = 8;
const hint = (text) => make("p", { class: "hint" }, text);

const FORMULAS = {
  pixel: ({ page, unit, value }) => [
    hint("A number of the picture itself, from 0 (dark) to 255 (light)."),
    equation(`${channelInWords(page, unit)} = ${number(value)}`),
  ],
  normalize: ({ page, terms, numbers, value, open }) => [
    hint(
      "The picture's number, divided by 255, minus the mean of the training pictures, divided by " +
        "their standard deviation. Dark pixels become negative.",
    ),
    equation(
      "( ",
      unitButton(page, terms[0], open, FINE),
      ` / 255 ${minus(numbers.mean, FINE)} ) / ${number(numbers.std, FINE)} = ${number(value)}`,
    ),
  ],
  batch_norm: (context) => [
    hint(
      "The same number one layer before, minus the mean of its channel in training, divided by the " +
        `root of its variance${scaleAndBiasInWords(context)}.`,
    ),
    normalization(context),
  ],
  norm: (context) => [
    hint(
      `The same number one layer before, ${statisticsInWords(context)}` +
        `${scaleAndBiasInWords(context)}.`,
    ),
    normalization(context),
  ],
  local_norm: ({ page, unit, terms, numbers, value, open }) => [
    hint(
      "The same number one layer before, divided by a power of its neighbors: " +
        `${number(numbers.squares, FINE)} is the sum of the squares of ` +
        `${neighborsInWords(page, unit, numbers)}.`,
    ),
    equation(
      unitButton(page, terms[0], open, FINE),
      ` / ( ${number(numbers.k)} + ${number(numbers.alpha)} / ${numbers.size} × ` +
        `${number(numbers.squares, FINE)} ) to the power of ${number(numbers.beta)} = ${number(value)}`,
    ),
  ],
  gate: (context) => [
    hint(
      "The same number one layer before, times the factor of its channel. " + gateInWords(context),
    ),
    equation(
      unitButton(context.page, context.terms[0], context.open, FINE),
      ` × ${number(context.numbers.factor, FINE)} = ${number(context.value)}`,
    ),
    equation(factorOf(context)),
  ],
  function: ({ page, terms, name, value, open }) => [
    hint(`An activation: ${name}(x) = ${formulaOf(name)}.`),
    equation(`${name}( `, unitButton(page, terms[0], open, FINE), ` ) = ${number(value)}`),
  ],
  scale: ({ page, terms, value, open }) => [
    hint("The same number one layer before, times a constant."),
    equation(
      unitButton(page, terms[0], open, FINE),
      ` × ${number(terms[0].weight, FINE)} = ${number(value)}`,
    ),
  ],
  add: ({ page, terms, value, open }) => [
    hint("The sum of the same number in several layers: this is where a shortcut joins."),
    equation(
      terms.map((each, i) => [
        i ? " + " : "",
        unitButton(page, each, open, FINE),
        ` (${each.name})`,
      ]),
      ` = ${number(value)}`,
    ),
  ],
  copy: ({ page, terms, value, open }) => [
    hint(
      `Passed on unchanged from ${placeInWords(page, terms[0].unit)} of ` +
        `${layerName(page, terms[0].unit.layer)}.`,
    ),
    equation(unitButton(page, terms[0], open), ` = ${number(value)}`),
  ],
  stored: ({ page, unit }) => storedNote(page, unit),
};

/** A norm as a formula; a mean, a scale or a bias that the layer does not have is left out. */
function normalization({ page, unit, terms, numbers, value, open }) {
  const layer = page.layers[unit.layer];
  const input = unitButton(page, terms[0], open, FINE);
  const isCentered = layer.options.centered ?? true;
  const top = isCentered ? ["( ", input, ` ${minus(numbers.mean, FINE)} )`] : [input];
  const root = ` / √( ${number(numbers.variance, FINE)} + ${number(numbers.epsilon)} )`;
  const scale = hasWeights(layer, "scale") ? ` · ${number(numbers.scale, FINE)}` : "";
  const bias = hasWeights(layer, "bias") ? ` ${summand(numbers.bias, FINE)}` : "";
  return equation(...top, `${root}${scale}${bias} = ${number(value)}`);
}

/** What a norm does after it divided. */
function scaleAndBiasInWords({ page, unit }) {
  const layer = page.layers[unit.layer];
  const scale = hasWeights(layer, "scale") ? ", times a trained scale" : "";
  return scale + (hasWeights(layer, "bias") ? ", plus a trained bias" : "");
}

/** The channels that a local response norm sums up: "channels 0 to 2 at this place". */
function neighborsInWords(page, unit, { first, end }) {
  const range = rangeInWords(hasChannels(page, unit.layer) ? "channel" : "number", first, end);
  return isVector(page.layers[unit.layer]) ? range : `${range} at this place`;
}

/** How a squeeze-and-excite finds its factors. */
function gateInWords({ page, unit, numbers }) {
  const { shape, options } = page.layers[unit.layer];
  const { activation, gate } = options;
  return (
    `The factor depends on the whole picture: of the means of all ${plural(shape[2], "channel")}, a ` +
    `dense layer and ${activation} make ${plural(numbers.products.length, "number")}. A second ` +
    `dense layer makes a weighted sum of these, and ${gate}, ${formulaOf(gate)}, the factor.`
  );
}

/** The factor of a squeeze-and-excite as a formula, with the largest products. */
function factorOf({ page, unit, numbers }) {
  const { products, bias, sum, factor } = numbers;
  const sorted = [...products].sort((a, b) => Math.abs(b.product) - Math.abs(a.product));
  const [shown, rest] = [sorted.slice(0, FACTORS_LISTED), sorted.slice(FACTORS_LISTED)];
  const parts = shown.map(
    ({ input, weight }) => `${number(input, FINE)} × ${number(weight, FINE)} + `,
  );
  const others = rest.reduce((total, { product }) => total + product, 0);
  if (rest.length)
    parts.push(`${number(others, FINE)} (${plural(rest.length, "other product")}) + `);
  const { gate } = page.layers[unit.layer].options;
  return (
    `${parts.join("")}${number(bias, FINE)} (bias) = ${number(sum, FINE)}; ` +
    `${gate}( ${number(sum, FINE)} ) = ${number(factor, FINE)}`
  );
}

/** What a norm subtracts, and divides by. */
function statisticsInWords({ page, unit }) {
  const { shape, options } = page.layers[unit.layer];
  const count = plural(shape[2] / options.groups, "channel");
  const which = options.groups > 1 ? `its group of ${count}` : `all ${count}`;
  const where = options.everywhere ? "in the whole picture" : "at this place";
  return options.centered
    ? `minus the mean of ${which} ${where}, divided by the root of their variance`
    : `divided by the root of the mean square of ${which} ${where}`;
}

/** Why there is no sum, and how to print it in Python. */
function storedNote(page, unit) {
  const layer = page.layers[unit.layer];
  const reason = reasonOf(layer);
  const accuracy =
    layer.mode === "exact"
      ? "JAX computed the number."
      : `JAX computed the number. It is rounded to 256 steps, so that it can be off by ` +
        `${number(100 * layer.error, 1)}% of the layer's largest value.`;
  const position = isVector(layer) ? "" : `, (${unit.row}, ${unit.column})`;
  const code = `print(jaxcnn.explain.explain_unit(run, image, jaxcnn.explain.Unit("${layer.name}", ${unit.channel}${position})))`;
  return [
    hint(`${reason} ${accuracy} In Python, this prints what the number is computed from:`),
    make("pre", { tabindex: "0" }, code),
  ];
}

function reasonOf({ kind, refused, parameters }) {
  if (kind === "other") return "This page does not know the arithmetic of this layer.";
  if (refused) {
    return (
      "This page's arithmetic gives other numbers for this layer than JAX, for example because the " +
      "network computes in bfloat16."
    );
  }
  return (
    `This page has not all that this sum needs: ${plural(parameters, "weight")} of the layer, ` +
    "and all channels before it."
  );
}
