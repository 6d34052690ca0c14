// The one Trusted Types policy: text that cannot make an element may be set as markup, everything else is refused.

interface PolicyFactory {
  createPolicy(name: string, rules: { createHTML(text: string): string }): unknown;
}

/**
 * The component library writes its CSS variables as the markup of a style element. Such text holds no `<`, so it can
 * make no element; anything that does is refused, whoever asks.
 */
export function trustStyles(): void {
  const { trustedTypes } = globalThis as { trustedTypes?: PolicyFactory };
  trustedTypes?.createPolicy('default', {
    createHTML(text) {
      if (text.includes('<')) throw new TypeError('markup from text is not allowed in the console');
      return text;
    },
  });
}
