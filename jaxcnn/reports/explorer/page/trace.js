"use strict";
// From a number back to the picture: always to the term that contributes most.

/** Of what `termsOf` found, the term that contributes most to the value; null if there is none.
 *
 * For a sum, terms that pull away from the value do not count.
 */
function largestTerm({ how, terms, value }) {
  const known = terms.filter((each) => each.unit && Number.isFinite(each.product));
  if (!known.length) return null;
  const sign = how === "sum" && value < 0 ? -1 : 1;
  return known.reduce((best, each) => (sign * each.product > sign * best.product ? each : best));
}

/** The unit that stands for what a unit reads: in the channel that contributes most. */
function mainSource(page, outputs, unit) {
  const found = termsOf(page, outputs, unit);
  const largest = largestTerm(found);
  if (!largest || found.how !== "sum") return largest?.unit ?? null;
  return { ...largest.unit, channel: byChannels(found.terms)[0].channel };
}

/** The units on the way from a unit back to the picture, each the largest term of the one before. */
function trace(page, outputs, unit) {
  const steps = [];
  let at = unit;
  while (at) {
    const found = largestTerm(termsOf(page, outputs, at));
    if (!found) break;
    steps.push(found);
    at = found.unit;
  }
  return steps;
}

/** The terms of an output of the network: those of the last layer with weights.
 *
 * Layers after it that multiply, such as a constant factor, are part of the weights. Returns
 * {unit, terms, bias, hasBias, factor}, the largest terms first; `factor` is what those layers
 * multiply by.
 * Returns null if the network does not end in such a sum.
 */
function evidenceFor(page, outputs, output) {
  const last = page.layers.length - 1;
  const [height, width] = page.layers[last].shape;
  if (height > 1 || width > 1) return null;
  let unit = { layer: last, row: 0, column: 0, channel: output };
  let factor = 1;
  for (;;) {
    const { how, terms, bias, hasBias } = termsOf(page, outputs, unit);
    if (how === "sum") {
      const scaled = terms.map((each) => ({
        ...each,
        weight: each.weight * factor,
        product: each.product * factor,
      }));
      scaled.sort((a, b) => Math.abs(b.product) - Math.abs(a.product));
      return { unit, terms: scaled, bias: bias * factor, hasBias, factor };
    }
    if ((how !== "scale" && how !== "copy") || !terms[0].unit) return null;
    factor *= terms[0].weight;
    unit = terms[0].unit;
  }
}

/** The unit that a value was copied from, through flattening and dropout. */
function origin(page, unit) {
  const layer = page.layers[unit.layer];
  const isCopy = layer.kind === "copy" && layer.mode === "computed";
  return isCopy ? origin(page, copied(page, unit, layer)) : unit;
}
