
// The column of text beside the picture: search, colours, and what is known of the chosen word.
const MAX_LISTED = 100;
const element = (id) => document.getElementById(id);
const count = (number) => number.toLocaleString("en");
const plural = (number, noun) => `${count(number)} ${noun}${number === 1 ? "" : "s"}`;

function make(tag, text, className = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  made.className = className;
  return made;
}

function wordButton(word, beside, choose) {
  const button = make("button", "");
  button.type = "button";
  button.append(make("bdi", cloud.name(word)));
  if (cloud.leaning) button.prepend(swatch(cloud.leaning[word]));
  if (beside) button.append(make("span", beside));
  button.addEventListener("click", () => choose(word));
  const item = document.createElement("li");
  item.append(button);
  return item;
}

function swatch(code) {
  const made = make("span", "", `swatch ${code >= 0 ? colourNames.names[code] : ""}`);
  made.setAttribute("aria-hidden", "true");
  return made;
}

function summarize() {
  const { n, available, size, shares, counts } = cloud;
  const some = counts ? `The ${count(n)} most frequent` : `The first ${count(n)}`;
  const which = n < available ? `${some} of ${plural(available, "word")}` : plural(n, "word");
  const percent = (axes) => `${Math.round(100 * shares.slice(0, axes).reduce((a, b) => a + b, 0))} %`;
  element("summary").textContent =
    `${which}, vectors of ${plural(size, "dimension")}. Their directions are shown, with ` +
    `${percent(2)} of the variance in 2-D, ${percent(3)} in 3-D.`;
}

function showMatches(query, matches, choose) {
  const listed = matches.slice(0, MAX_LISTED);
  const more = matches.length > listed.length ? `, the first ${listed.length} listed` : "";
  element("found").textContent = query.trim() ? `${plural(matches.length, "word")} found${more}` : "";
  element("matches").replaceChildren(
    ...listed.map((word) => wordButton(word, cloud.counts && `${count(cloud.counts[word])} ×`, choose)));
}

function showDetails(word, choose) {
  element("details").hidden = word === null;
  if (word === null) return;
  const found = cloud.neighborsOf(word);
  element("word").textContent = cloud.name(word);
  element("facts").replaceChildren(...factsOf(word).map((fact) => make("li", fact)));
  element("neighbors").replaceChildren(
    ...found.map(({ word, cosine }) => wordButton(word, cosine.toFixed(3), choose)));
  element("alone").hidden = found.length > 0;
}

function factsOf(word) {
  const facts = [];
  if (cloud.counts) facts.push(`${plural(cloud.counts[word], "time")} in the documents`);
  if (cloud.leaning) {
    const code = cloud.leaning[word], times = Math.exp(cloud.logOdds[word]);
    facts.push(code < 0
      ? "leans to no class clearly"
      : `leans to ${cloud.classes[code]}: odds ${times.toPrecision(2)} times those in other documents`);
  }
  return facts;
}

function showLegend(choose) {
  if (!cloud.leaning) return;
  element("legend").hidden = false;
  const { sizes, listed, shared } = colourNames;
  element("shared").hidden = !shared;
  const clear = sizes.reduce((a, b) => a + b, 0);
  const codes = [...listed, -1];
  element("classes").replaceChildren(...codes.map((code) => {
    const button = make("button", "");
    button.type = "button";
    button.setAttribute("aria-pressed", "false");
    button.append(
      swatch(code),
      make("bdi", code < 0 ? "no clear leaning" : cloud.classes[code]),
      make("span", count(code < 0 ? cloud.n - clear : sizes[code])));
    button.addEventListener("click", () => {
      const pressed = button.getAttribute("aria-pressed") !== "true";
      for (const other of element("classes").querySelectorAll("button")) {
        other.setAttribute("aria-pressed", String(pressed && other === button));
      }
      choose(pressed ? code : null);
    });
    const item = document.createElement("li");
    item.append(button);
    return item;
  }));
}
