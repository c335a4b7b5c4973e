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
      probabilities && make("span", { class: "score" }, `score ${number(scores[k], 3)}`),
      make("span", { class: "share" }, share),
      make("span", { class: "bar", style: `--part:${(probabilities?.[k] ?? 0) * 100}%` }),
    ].filter(Boolean);
    const isPressed = String(k === selected);
    const attributes = { type: "button", "aria-pressed": isPressed, onclick: () => select(k) };
    return make("li", {}, make("button", attributes, parts));
  });
  const rule = probabilities && hint(probabilityInWords(page, scores, probabilities, selected));
  const verdict = right === undefined ? "" : right ? " That is right." : ` It is: ${truth}.`;
  const more =
    order.length > CLASSES_SHOWN ? `The first ${CLASSES_SHOWN} of ${order.length}.` : null;
  fill(
    "scores",
    make("p", {}, "The network says ", make("b", {}, answer), `.${verdict}`),
    hint(`Click on a ${probabilities ? "class" : "number"} to see why.`),
    make("ol", {}, items),
    rule,
    more && make("p", { class: "hint" }, more),
  );
}

/** How the probability of a class follows from its score, with the numbers. */
function probabilityInWords({ task }, scores, probabilities, selected) {
  const [share, score] = [percent(probabilities[selected]), number(scores[selected], 3)];
  if (task === "multilabel") {
    return `${share} = 1 / (1 + exp(${number(-scores[selected], 3)})): the sigmoid of the score.`;
  }
  const others = scores.length > 1 ? ` + … of all ${scores.length} classes` : "";
  return `${share} = exp(${score}) / (exp(${score})${others}): the softmax of the scores.`;
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
    fill(
      "why",
      hint("The network does not end in a weighted sum. Open the score to see how it is computed."),
      make(
        "button",
        { type: "button", class: "more", onclick: () => open(unit) },
        `Open the score of ${name}`,
      ),
    );
    return;
  }
  const what = isClass ? `score of ${name}` : name;
  fill(
    "why",
    hint(
      `The ${what} is ${number(scores[selected])}: a sum of ${plural(found.terms.length, "product")} of an ` +
        `activation and its weight${found.hasBias ? ", and a bias" : ""}. Positive products speak for it, negative ones ` +
        `against it; the largest of either sign are shown. ${factorInWords(page, found)}${ROUNDED}`,
    ),
    make(
      "div",
      { class: "beside" },
      termsTable({ page, ...found, open, value: scores[selected], total: what }),
      reasons(page, outputs, found, open),
    ),
    isClass && page.task === "single" && scores.length > 1
      ? rivalTable(page, outputs, selected, open)
      : null,
  );
}

/** How the weights differ from those of the layer, if later layers multiply its outputs. */
function factorInWords(page, { unit, factor }) {
  if (factor === 1) return "";
  const layer = layerName(page, unit.layer);
  return (
    `The weights here are those of ${layer} times ${number(factor)}, because a later layer ` +
    `multiplies by this constant: in the sum of ${layer} itself, they are without it. `
  );
}

/** The largest positive terms, each with its feature map and the part of the picture behind it. */
function reasons(page, outputs, { terms }, open) {
  const largest = terms.filter(({ product, unit }) => product > 0 && unit).slice(0, REASONS);
  if (!largest.length) return null;
  return make(
    "div",
    { class: "reasons" },
    make("h3", {}, "The largest reasons, and where they come from"),
    hint(
      "Each of these inputs is a sum of its own. The arrows follow its largest term, layer by layer, " +
        "to the picture. They name only the layers that narrow down the place: the first that has " +
        "maps, and the first whose number sees less than half of the picture. Open a number to see " +
        "the whole way below its sum.",
    ),
    make(
      "div",
      {},
      largest.map((each) => reason(page, outputs, each, open)),
    ),
  );
}

function reason(page, outputs, each, open) {
  // A flattened number is the number of the map that it was copied from.
  const way = [each, ...trace(page, outputs, each.unit)].map(({ unit }) => origin(page, unit));
  const onMap = way.find(({ layer }) => !isVector(page.layers[layer]));
  const windows = (unit) => fieldOf(page, unit, { windowsAlone: true });
  const small = way.find((unit) => isSmall(page, windows(unit)));
  const stops = way.filter((unit) => unit === way[0] || unit === onMap || unit === small);
  const factors = `${number(each.input, FINE)} × ${number(each.weight, FINE)}`;
  const text = `${factors} = ${number(each.product)}`;
  const link = (unit) =>
    make(
      "button",
      { type: "button", onclick: () => open(unit) },
      `${placeInWords(page, unit)} of ${layerName(page, unit.layer)}`,
    );
  const lines = [make("b", {}, text), ...stops.map((unit, i) => [i ? "← " : null, link(unit)])];
  const stages = [];
  if (onMap) {
    const { row, column } = onMap;
    const box = { top: row, left: column, bottom: row + 1, right: column + 1 };
    stages.push(stageOf(page, outputs, onMap, box, "frame"));
  }
  if (small) {
    const field = windows(small);
    stages.push(stageOf(page, outputs, { layer: 0, channel: 0 }, field, "frame seen"));
    const isAll = isSameBox(field, fieldOf(page, small));
    const rest = isAll ? "" : ", and numbers of whole maps that norms or factors are computed from";
    lines.push(`← ${boxInWords(field)} of the picture${rest}`);
  }
  const end = way.at(-1).layer;
  if (isStored(page.layers[end])) {
    lines.push(`The way ends at ${layerName(page, end)}, which has no sums on this page.`);
  }
  return make(
    "figure",
    {},
    make("div", { class: "stages" }, stages),
    make(
      "figcaption",
      {},
      lines.map((line) => make("span", {}, line)),
    ),
  );
}

/** A small map or picture with a frame around a box. */
function stageOf(page, outputs, unit, box, kind) {
  const canvas = make("canvas", { "aria-hidden": "true" });
  const frame = make("span", { class: kind });
  drawLarge(canvas, page, outputs, unit, 96);
  placeFrame(frame, box, page.layers[unit.layer].shape);
  return make("div", { class: "stage" }, canvas, frame);
}

/** Whether a part of the picture is less than half of it. */
function isSmall(page, { top, left, bottom, right }) {
  const [height, width] = page.layers[0].shape;
  return (bottom - top) * (right - left) < (height * width) / 2;
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
  return make(
    "details",
    { class: "way" },
    make(
      "summary",
      {},
      `Why ${name} and not ${against}? The same sum for the difference of both scores`,
    ),
    hint(
      `The weight here is that of ${name} minus that of ${against}. Positive products speak for ${name}.`,
    ),
    termsTable({
      page,
      terms,
      bias: own.bias - other.bias,
      hasBias: own.hasBias,
      open,
      total: `${name} minus ${against}`,
    }),
  );
}
