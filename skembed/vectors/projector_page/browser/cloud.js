
// The words, their vectors in three dimensions, their neighbours and their classes.
const cloud = (() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const unpack = (text, Kind) =>
    text === undefined ? null : new Kind(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
  const { words, available, size, shares, classes = [] } = data;
  const n = words.length;
  const neighbors = unpack(data.neighbors, Int32Array);
  const cosines = unpack(data.cosines, Float32Array);
  const perWord = n ? neighbors.length / n : 0;
  const z = unpack(data.z, Float32Array);
  const order = Uint32Array.from(words, (_, i) => i); // of importance: telling words, then frequent ones
  if (z) order.sort((a, b) => z[b] - z[a] || a - b);

  function neighborsOf(i) {
    const found = [];
    for (let k = i * perWord; k < (i + 1) * perWord && neighbors[k] >= 0; k++) {
      found.push({ word: neighbors[k], cosine: cosines[k] });
    }
    return found;
  }

  // An invisible word is shown in quotes.
  const name = (i) => (/[\p{L}\p{N}\p{P}\p{S}]/u.test(words[i]) ? words[i] : JSON.stringify(words[i]));

  return {
    words, available, size, shares, classes, n, order, neighborsOf, name,
    points: unpack(data.points, Float32Array),
    counts: unpack(data.counts, Int32Array),
    leaning: unpack(data.leaning, Int32Array),
    logOdds: unpack(data.logOdds, Float32Array),
  };
})();

// Rows of the words that contain a text, ignoring case: the word itself, then its beginnings.
const search = (() => {
  const fold = (text) => text.normalize("NFC").toLowerCase();
  const folded = cloud.words.map(fold);
  return (text) => {
    const wanted = fold(text.trim());
    const found = [[], [], []];
    if (wanted) {
      folded.forEach((word, i) => {
        const at = word.indexOf(wanted);
        if (at >= 0) found[word === wanted ? 0 : at === 0 ? 1 : 2].push(i);
      });
    }
    return found.flat();
  };
})();
