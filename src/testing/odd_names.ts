/** Names for files; each has something that a URL, a flag or a quoted text could take for its own. */
export const ODD_NAMES = [
  "with spaces",
  "a#b",
  "100%",
  "%20%2F",
  "what?",
  "déjà vu 日本 😀",
  'it\'s "quoted"',
  "back\\slash",
  "a:b;c&d=e+f@g",
  "$HOME `id` $(id)",
  "[a]{b}*",
  "two\nlines",
];
