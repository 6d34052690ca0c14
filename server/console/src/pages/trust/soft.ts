// What is still soft, by its place in the catalog: the server answers in sentences of one language.

const sentences = [
  [/^The root key, the signer key and the server key lie beside the server/, 'softKeys'],
  [/^The agents of this mode claim nothing/, 'softAgents'],
  [/^Destructive kinds .* are refused until/, 'softKinds'],
  [/^One signer decides alone/, 'softAlone'],
  [/^One root key is enough/, 'softOneRoot'],
  [/^A root key .* lies beside the server/, 'softRootBeside'],
  [/^A signer key .* lies beside the server/, 'softSignerBeside'],
] as const;

/** Pure: the key of the words for a sentence; null: a newer server says what this console does not know, in its own words. */
export function nameSoft(sentence: string): (typeof sentences)[number][1] | null {
  return sentences.find(([pattern]) => pattern.test(sentence))?.[1] ?? null;
}
