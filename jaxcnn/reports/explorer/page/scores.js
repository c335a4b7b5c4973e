"use strict";
// The network's answer: scores with probabilities, and the terms of the largest ones.

const CLASSES_SHOWN = 10;
const REASONS = 3;

/** Probabilities of the classes; null for a network that predicts numbers. */
function probabilitiesOf(page, scores) {
  if (page.task === "single") return acrossChannels("softmax", scores, scores.length);
  return page.task === "multilabel" ? scores.map(sigmoid) : null;
}

/** Show the largest scores as buttons with bars. */
function showScores(page, outputs, picture, selected, select) {
  const scores = outputs.at(-1);
  const probabilities = probabilitiesOf(page, scores);
  const order = [...scores.keys()];
  if (probabilities) order.sort((a, b) => scores[b] - scores[a]);
  const { truth, answer, right } = page.pictures[picture];
  const items = order.slice(0, CLASSES_SHOWN).map((k) => {
    const share = probabilities ? percent(probabilities[k]) : number(scores[k]);
    const parts = [
      make("span", { class: "name" }, page.classes[k]),
      make("span", { class: "share" }, share),
      make("span", { class: "bar", style: `--part:${(probabilities?.[k] ?? 0) * 100}%` }),
      make("span", { class: "score" }, probabilities ? `score ${number(scores[k], 3)}` : ""),
    ];
    const isPressed = String(k === selected);
    const attributes = { type: "button", "aria-pressed": isPressed, onclick: () => select(k) };
    return make("li", {}, make("button", attributes, parts));
  });
  const verdict = right === undefined ? "" : right ? " That is right." : ` It is: ${truth}.`;
  const more = order.length > CLASSES_SHOWN ? `The first ${CLASSES_SHOWN} of ${order.length}.` : null;
  fill("scores",
    make("p", {}, "The network says ", make("b", {}, answer), `.${verdict}`),
    make("ol", {}, items),
    more && make("p", { class: "hint" }, more));
}

/** Show why an output is what it is: its largest terms, and those of the difference to its rival. */
function showReasons(page, outputs, selected, open) {
  const scores = outputs.at(-1);
  const isClass = probabilitiesOf(page, scores) !== null;
  const name = page.classes[selected];
  const found = evidenceFor(page, outputs, selected);
  byId("why-title").textContent = `4. Why ${isClass ? `“${name}”` : `this ${name}`}?`;
  if (!found) {
    const unit = { layer: page.layers.length - 1, row: 0, column: 0, channel: selected };
    fill("why", hint("The network does not end in a weighted sum. Open the score to see how it is computed."),
      make("button", { type: "button", class: "more", onclick: () => open(unit) }, `Open the score of ${name}`));
    return;
  }
  const what = isClass ? `score of ${name}` : name;
  fill("why",
    hint(`The ${what} is ${number(scores[selected])}: a sum of ${plural(found.terms.length, "product")} of an ` +
      "activation and its weight, and a bias. Positive products speak for it, negative ones against it."),
    make("div", { class: "beside" },
      termsTable({ page, ...found, open, value: scores[selected], total: what }),
      reasons(page, outputs, found, open)),
    isClass && page.task === "single" && scores.length > 1 ? rivalTable(page, outputs, selected, open) : null);
}

/** The largest positive terms, each with the channel that it comes from and what that sees. */
function reasons(page, outputs, { terms }, open) {
  const largest = terms.filter(({ product, unit }) => product > 0 && unit).slice(0, REASONS);
  const figures = largest.map((each) => {
    const from = origin(page, each.unit);
    const deepest = strongestMap(page, outputs, from);
    const field = fieldOf(page, deepest);
    const canvas = make("canvas", { "aria-hidden": "true" });
    const frame = make("span", { class: "frame seen" });
    drawLarge(canvas, page, outputs, { layer: 0, channel: 0 }, 110);
    placeFrame(frame, field, page.layers[0].shape);
    const text = `${number(each.input, 3)} × ${number(each.weight, 3)} = ${number(each.product, 3)}`;
    const where = `${placeInWords(page, from)} of ${layerName(page, from.layer)}`;
    const button = make("button", { type: "button", onclick: () => open(deepest) }, where);
    const seen = `sees ${boxInWords(field)}`;
    return make("figure", {}, make("div", { class: "stage" }, canvas, frame),
      make("figcaption", {}, make("b", {}, text), make("br"), button, make("br"), seen));
  });
  if (!figures.length) return null;
  return make("div", { class: "reasons" }, make("h3", {}, "The largest reasons, and what they see"),
    make("div", {}, figures));
}

/** Follow the largest terms until a unit has a position in a map. */
function strongestMap(page, outputs, unit) {
  let at = unit;
  while (isVector(page.layers[at.layer])) {
    const found = largestTerm(page, outputs, at);
    if (!found) break;
    at = found.unit;
  }
  return at;
}

/** What decides between a class and its strongest rival: products of the difference of weights. */
function rivalTable(page, outputs, selected, open) {
  const scores = outputs.at(-1);
  const others = [...scores.keys()].filter((k) => k !== selected);
  const rival = others.reduce((best, k) => (scores[k] > scores[best] ? k : best));
  const [own, other] = [evidenceFor(page, outputs, selected), evidenceFor(page, outputs, rival)];
  const keyOf = ({ unit }) => unit && [unit.row, unit.column, unit.channel].join();
  const weights = new Map(other.terms.map((each) => [keyOf(each), each.weight]));
  const terms = own.terms.map((each) => {
    const weight = each.weight - weights.get(keyOf(each));
    return { ...each, weight, product: each.input * weight };
  });
  const [name, against] = [page.classes[selected], page.classes[rival]];
  return make("details", { class: "way" },
    make("summary", {}, `Why ${name} and not ${against}? The same sum for the difference of both scores`),
    hint(`The weight here is that of ${name} minus that of ${against}. Positive products speak for ${name}.`),
    termsTable({ page, terms, bias: own.bias - other.bias, open, total: `${name} minus ${against}` }));
}
