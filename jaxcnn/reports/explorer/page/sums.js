"use strict";
// The sum behind a number, as numbers in windows, tables and formulas.

const CHANNELS_OPEN = 3;
const CHANNELS_LISTED = 8;
const TERMS_LISTED = 10;
const OF_EACH_SIGN = 3; // of these, positive and negative ones, if there are so many
const ROUNDED =
  `All numbers are rounded to ${DIGITS} digits, so that the last one can differ when you compute ` +
  "it by hand.";

/** A button that opens the unit of a term, with its value as text. */
function unitButton(page, { unit, input }, open, digits = DIGITS, style = null) {
  if (!unit) return make("span", { class: "padding", style }, "0");
  const where = `${placeInWords(page, unit)} of ${layerName(page, unit.layer)}`;
  const exact = number(input, Math.max(digits, FINE));
  const shown = number(input, digits);
  const more = shown === exact ? "" : ` (${exact})`;
  const attributes = { type: "button", style, title: `${exact}: ${where}` };
  attributes["aria-label"] = `${shown}${more}, ${where}: open`;
  attributes.onclick = () => open(unit);
  return make("button", attributes, shown);
}

/** A window of numbers as a table with colored cells. */
function grid(caption, cells, [rows, columns], limit, write = null) {
  const body = Array.from({ length: rows }, (_, i) => {
    const row = cells.slice(i * columns, (i + 1) * columns);
    return make(
      "tr",
      {},
      row.map((cell) => {
        const style = cellStyle(cell.shown, limit);
        return make(
          "td",
          write
            ? { class: cell.class ?? null }
            : { style, class: cell.class ?? null, title: number(cell.shown, FINE) },
          write ? write(cell, style) : number(cell.shown, 3),
        );
      }),
    );
  });
  const table = make(
    "table",
    { class: "grid" },
    make("caption", {}, caption),
    make("tbody", {}, body),
  );
  if (write) moveFocusWithArrows(table, [...table.querySelectorAll("button")], inTable);
  return table;
}

/** A part of an equation with the sign before it: on narrow screens, both go to the next line. */
const afterSign = (sign, part) =>
  make("div", { class: "after" }, make("span", { class: "sign" }, sign), part);

const largestOf = (numbers) => numbers.reduce((most, x) => Math.max(most, Math.abs(x)), 0) || 1;

/** Show how a unit's value is computed: a list of elements.
 *
 * `open` is called with a unit that is clicked, `look` with the channel of windows pointed at.
 */
function sumOf(page, outputs, unit, open, look) {
  const found = termsOf(page, outputs, unit);
  const { window } = page.layers[unit.layer].options;
  const context = { page, outputs, unit, open, look, ...found };
  if (!["sum", "max", "mean"].includes(found.how)) return FORMULAS[found.how](context);
  const sizes = [sizeUnder(window, 0, unit.row), sizeUnder(window, 1, unit.column)];
  if (found.how !== "sum") return windowValues(context, sizes);
  return sizes[0] * sizes[1] > 1 ? sumOverWindow(context, sizes) : sumOverChannels(context);
}

/** A convolution: for each input channel three windows; before them, all channels and the bias. */
function sumOverWindow(context, sizes) {
  const { page, unit, terms, bias, hasBias, value } = context;
  const groups = byChannels(terms);
  const source = page.layers[unit.layer].sources[0];
  const name = (channel) => channelInWords(page, { layer: source, channel });
  const [count, cells] = [groups.length, sizes[0] * sizes[1]];
  const largest = groups.slice(0, CHANNELS_LISTED);
  const rest = groups.slice(CHANNELS_LISTED).reduce((sum, group) => sum + group.sum, 0);
  const parts = largest.map(
    ({ sum, channel }, i) => `${i ? summand(sum, FINE) : number(sum, FINE)} (${name(channel)})`,
  );
  if (groups.length > largest.length) {
    parts.push(`${summand(rest, FINE)} (${plural(groups.length - largest.length, "other channel")})`);
  }
  if (hasBias) parts.push(`${summand(bias, FINE)} (bias)`);
  const equation = `${parts.join(" ")} = ${number(value)}`;
  const sentence =
    `A weighted sum: ${count > 1 ? `for each of ${count} channels of ` : "of "}${layerName(page, source)}, ` +
    `the ${sizes[0]}×${sizes[1]} = ${cells} numbers in the window, each times its weight. ` +
    `All ${(count * cells).toLocaleString("en")} products${hasBias ? " and the bias" : ""} add up to the number.` +
    (page.layers[unit.layer].options.products
      ? " The weights are those of the layer's two convolutions, multiplied."
      : "") +
    " Windows show three digits, and six when you point at a number; the sums are of the exact numbers." +
    paddingInWords(terms, page.layers[unit.layer]);
  const limits = limitsOf(context);
  const details = largest.map((group, i) =>
    channelDetails(context, group, sizes, limits, i < CHANNELS_OPEN),
  );
  return [
    make("p", { class: "hint" }, sentence),
    make("p", { class: "equation" }, equation),
    ...details,
    moreChannels(context, groups.slice(largest.length), sizes, limits),
  ];
}

/** What the hatched cells are, if there are any. */
function paddingInWords(terms, layer) {
  if (!terms.some(({ unit }) => !unit)) return "";
  if (!layer.options.window.spread) return " Hatched cells are padding, outside of the map.";
  return (
    ` To enlarge the map, its numbers are spread out, ${layer.options.window.spread.join("×")} places ` +
    "from one to the next: hatched cells are between them, or outside of the map."
  );
}

/** The numbers that have the full color: in the inputs, the weights and the products. */
function limitsOf({ terms }) {
  return ["input", "weight", "product"].map((name) => largestOf(terms.map((each) => each[name])));
}

function channelDetails(context, group, sizes, limits, isOpen) {
  const { page, unit, open } = context;
  const source = page.layers[unit.layer].sources[0];
  const title = channelInWords(page, { layer: source, channel: group.channel });
  const sum = make("b", {}, number(group.sum));
  const details = make("details", {}, make("summary", {}, `${title}: `, sum));
  const show = () => {
    if (details.childElementCount > 1) return;
    const cells = (name) => group.terms.map((each) => ({ ...each, shown: each[name] }));
    const write = (cell, style) => unitButton(page, cell, open, 3, style);
    details.append(
      make(
        "div",
        { class: "windows", tabindex: "0", role: "group", "aria-label": `Windows of ${title}` },
        grid("inputs", cells("input"), sizes, limits[0], write),
        afterSign("×", grid("weights", cells("weight"), sizes, limits[1])),
        afterSign("=", grid("products", cells("product"), sizes, limits[2])),
        afterSign(
          "→",
          make("span", { class: "subtotal" }, "sum ", make("b", {}, number(group.sum))),
        ),
      ),
    );
  };
  details.ontoggle = () => details.open && show();
  details.onpointerenter = () => context.look(group.channel);
  details.addEventListener("focusin", () => context.look(group.channel));
  if (isOpen) show();
  details.open = isOpen;
  return details;
}

/** A button that lists the remaining channels. */
function moreChannels(context, groups, sizes, limits) {
  if (!groups.length) return null;
  const button = make(
    "button",
    { type: "button", class: "more" },
    `Show ${plural(groups.length, "more channel")}`,
  );
  button.onclick = () => {
    const details = groups.map((group) => channelDetails(context, group, sizes, limits, false));
    button.replaceWith(...details);
    details[0].querySelector("summary").focus();
  };
  return button;
}

/** A dense layer or a 1×1 convolution: the largest products in a table. */
function sumOverChannels(context) {
  const { page, unit, terms, bias, hasBias, value } = context;
  const source = page.layers[unit.layer].sources[0];
  if (!terms[0].unit) {
    const rest = hasBias ? "only the bias is left" : "nothing is left";
    const nothing = `Its windows ${emptyInWords(page, unit)}: ${rest}.`;
    const text = `0${hasBias ? ` ${summand(bias, FINE)} (bias)` : ""} = ${number(value)}`;
    return [make("p", { class: "hint" }, nothing), make("p", { class: "equation" }, text)];
  }
  const sentence =
    `A weighted sum of ${terms.length.toLocaleString("en")} numbers of ${layerName(page, source)}: ` +
    `each times its weight${hasBias ? ", plus the bias" : ""}. The largest products of either sign are shown. ${ROUNDED}`;
  const equation = `${number(value)} = the sum of the products${hasBias ? " and the bias" : ""}`;
  return [
    make("p", { class: "hint" }, sentence),
    termsTable(context),
    make("p", { class: "unseen" }, equation),
  ];
}

/** A table of the largest terms, the rest, a bias if there is one, and the sum; a button lists the rest, too.
 *
 * Products stand in descending order: the rest is smaller than what is shown, so it is in the middle.
 */
function termsTable({ page, terms, bias, hasBias, value, open, total = null }) {
  const shown = largestTerms(terms);
  const limit = largestOf([...shown].map(({ product }) => product));
  const sum = terms.reduce((all, { product }) => all + product, bias);
  const sorted = [...terms].sort((a, b) => b.product - a.product);
  const rest = sorted.filter((each) => !shown.has(each));
  const isFirst = (each) => shown.has(each) && each.product > 0;
  const isLast = (each) => shown.has(each) && each.product <= 0;
  const rowsOf = (some) => some.map((each) => termRow(page, each, limit, open));
  const head = ["input", "its value", "× weight", "= product"].map((text) =>
    make("th", { scope: "col" }, text),
  );
  return make(
    "table",
    { class: "terms" },
    make("thead", {}, make("tr", {}, head)),
    make(
      "tbody",
      {},
      rowsOf(sorted.filter(isFirst)),
      rest.length ? restRow(rest, () => rowsOf(rest)) : null,
      rowsOf(sorted.filter(isLast)),
      hasBias ? termLine("bias", bias) : null,
      termLine(total ?? "sum", value ?? sum),
    ),
  );
}

/** The largest terms of a sum, of which some are positive and some negative if there are such. */
function largestTerms(terms) {
  const sorted = [...terms].sort((a, b) => Math.abs(b.product) - Math.abs(a.product));
  const positive = sorted.filter(({ product }) => product > 0).slice(0, OF_EACH_SIGN);
  const negative = sorted.filter(({ product }) => product < 0).slice(0, OF_EACH_SIGN);
  return new Set([...new Set([...positive, ...negative, ...sorted])].slice(0, TERMS_LISTED));
}

function termRow(page, each, limit, open) {
  return make(
    "tr",
    {},
    make("th", { scope: "row" }, placeInWords(page, origin(page, each.unit))),
    make("td", {}, unitButton(page, each, open)),
    make("td", {}, number(each.weight)),
    make("td", { style: cellStyle(each.product, limit) }, number(each.product)),
  );
}

function termLine(name, x) {
  return make(
    "tr",
    { class: "line" },
    make("th", { scope: "row", colspan: "3" }, name),
    make("td", {}, number(x)),
  );
}

/** The sum of the terms that are not listed, with a button that lists them in place of it. */
function restRow(rest, makeRows) {
  const negative = rest.filter(({ product }) => product < 0).length;
  const text = `${plural(rest.length, "other product")}, ${negative.toLocaleString("en")} negative`;
  const button = make("button", { type: "button" }, `${text}: show all`);
  const row = termLine(button, rest.reduce((sum, { product }) => sum + product, 0));
  button.onclick = () => {
    const rows = makeRows();
    row.replaceWith(...rows);
    rows[0].querySelector("button").focus();
  };
  return row;
}

/** A pooling: the numbers in the window, of which the largest or the mean is passed on. */
function windowValues(context, sizes) {
  const { page, how, terms, value, open, count } = context;
  const all = `${sizes[0]}×${sizes[1]} numbers of its own channel in ${layerName(page, page.layers[context.unit.layer].sources[0])}`;
  const sentence = how === "max" ? `The largest of the ${all}.` : `The mean of the ${all}.`;
  const known = terms.filter((each) => each.unit);
  const total = known.reduce((sum, { input }) => sum + input, 0);
  const equation =
    how === "max"
      ? `the largest number = ${number(value)}`
      : `${number(total, FINE)} (their sum) / ${count} = ${number(value)}`;
  const limit = largestOf(known.map(({ input }) => input));
  const cells = terms.map((each) => ({
    ...each,
    shown: each.input,
    class: how === "max" && each.weight === 1 ? "winner" : null,
  }));
  const write = (cell, style) => unitButton(page, cell, open, DIGITS, style);
  const table = grid(
    how === "max" ? "the largest one is framed" : "all count alike",
    cells,
    sizes,
    limit,
    write,
  );
  return [
    make("p", { class: "hint" }, sentence + paddingInWords(terms, page.layers[context.unit.layer])),
    make("p", { class: "equation" }, equation),
    make("div", { class: "windows" }, table),
  ];
}
