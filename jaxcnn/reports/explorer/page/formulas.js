"use strict";
// Numbers that are computed from one or two others, as formulas.

/** An equation: texts and buttons side by side. */
const equation = (...parts) => make("p", { class: "equation" }, parts);
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
      ` / 255 − ${number(numbers.mean, FINE)} ) / ${number(numbers.std, FINE)} = ${number(value)}`,
    ),
  ],
  batch_norm: (context) => [
    hint(
      "The same number one layer before, minus the mean of its channel in training, divided by the " +
        "root of its variance, times a trained scale, plus a trained bias.",
    ),
    normalization(context),
  ],
  norm: (context) => [
    hint(
      `The same number one layer before, ${statisticsInWords(context)} times a trained scale, ` +
        "plus a trained bias.",
    ),
    normalization(context),
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
      terms.map((each, i) => [i ? " + " : "", unitButton(page, each, open, FINE), ` (${each.name})`]),
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

function normalization({ page, terms, numbers, value, open }) {
  return equation(
    "( ",
    unitButton(page, terms[0], open, FINE),
    ` ${summand(-numbers.mean, FINE)} ) / ` +
      `√( ${number(numbers.variance, FINE)} + ${number(numbers.epsilon)} ) · ` +
      `${number(numbers.scale, FINE)} ${summand(numbers.bias, FINE)} = ${number(value)}`,
  );
}

/** What a norm subtracts, and divides by. */
function statisticsInWords({ page, unit }) {
  const { shape, options } = page.layers[unit.layer];
  const count = plural(shape[2] / options.groups, "channel");
  const which = options.groups > 1 ? `its group of ${count}` : `all ${count}`;
  const where = options.everywhere ? "in the whole picture" : "at this place";
  return options.centered
    ? `minus the mean of ${which} ${where}, divided by the root of their variance,`
    : `divided by the root of the mean square of ${which} ${where},`;
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
