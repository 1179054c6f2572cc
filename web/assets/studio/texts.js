// The page's sentences, which the server put into it in the reader's language.
let sentences;

/** The sentence of that key with its values in place of `{name}`. */
export function text(key, values = {}) {
  sentences ??= JSON.parse(document.getElementById("studio-texts").textContent);
  const sentence = sentences[key];
  if (sentence === undefined) throw new Error(`no text ${key}`);
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
}
