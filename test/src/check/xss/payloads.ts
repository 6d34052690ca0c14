// Hostile texts for the check `xss`: families that are known, others put together by chance, each with a marker of its own.
import { pick } from '../check.ts';

/** Name of the function that a script of a payload calls, with its marker. */
export const SENTINEL = 'zqr';
/** Attribute that elements of payloads carry. */
export const MARK_ATTRIBUTE = 'data-zq';
/** Every marker in a text. */
const MARKER = /zq[0-9a-z]{4}q/g;

/** A hostile text, and where it was put. */
export interface Plant {
  readonly marker: string;
  readonly family: string;
  /** The field it was given as, `group.name`. */
  readonly field: string;
  /** The whole text; the marker stands in front. */
  readonly text: string;
}

interface Parts {
  /** Something that calls the sentinel, without quotes, blanks and angles. */
  readonly call: string;
  /** Address on loopback that nothing may ask for. */
  readonly canary: string;
}

/** What follows the marker, by family. */
const families: Readonly<Record<string, (parts: Parts) => string>> = {
  script: ({ call }) => `<script>${call}</script>`,
  'script from elsewhere': ({ canary }) => `<script src=${canary}></script>`,
  'img onerror': ({ call }) => `<img data-zq src=x onerror=${call}>`,
  'svg onload': ({ call }) => `<svg data-zq/onload=${call}>`,
  'details ontoggle': ({ call }) => `<details data-zq open ontoggle=${call}>`,
  'double quote': ({ call }) => `" data-zq autofocus onfocus=${call} x="`,
  'single quote': ({ call }) => `' data-zq autofocus onfocus=${call} x='`,
  'quote and angle': ({ call }) => `"><img data-zq src=x onerror=${call}>`,
  backtick: ({ call }) => `\` data-zq onmouseover=${call} \${${call}}`,
  'javascript link': ({ call }) => `javascript:${call}`,
  'obscure javascript link': ({ call }) => ` JaVaScRiPt:${call}//https://x`,
  'data link': ({ call }) => `data:text/html,<script>parent.${call}</script>`,
  'vbscript link': ({ call }) => `vbscript:${call}`,
  'link elsewhere': ({ canary }) => `${canary}`,
  'link without scheme': ({ canary }) => canary.replace('http:', ''),
  template: ({ call }) => `{{constructor.constructor(1)}}{{${call}}}\${${call}}#{${call}}<%= 1 %>`,
  'catalog text': ({ call }) => `$t(brand){{name}}{{- count}}<1>${call}</1>`,
  'end of script': ({ call }) => `</script><script>${call}</script>`,
  'end of title': ({ call }) => `</title></style></textarea></template><img data-zq src=x onerror=${call}>`,
  'end of comment': ({ call }) => `--><img data-zq src=x onerror=${call}><!--`,
  'line separator': ({ call }) => `\u2028${call}\u2029//<img data-zq src=x>`,
  bidi: ({ call }) => `\u202e\u2066<img data-zq src=x onerror=${call}>\u2069\u202c`,
  'invisible letters': ({ call }) => `\u200b\ufeff\u00ad<img data-zq src=x onerror=${call}>`,
  'css url': ({ canary }) => `;background:url(${canary});}*{background:url(${canary})`,
  'css style': ({ canary }) => `</style><style data-zq>@import '${canary}';</style>`,
  'style attribute': ({ canary }) => `<b data-zq style="background:url(${canary})">`,
  srcdoc: ({ call }) => `<iframe data-zq srcdoc="<script>parent.${call}</script>">`,
  'frame elsewhere': ({ canary }) => `<iframe data-zq src=${canary}>`,
  object: ({ canary }) => `<object data-zq data=${canary}><embed data-zq src=${canary}>`,
  'dangling image': ({ canary }) => `"><img data-zq src='${canary}?`,
  'dangling form': ({ canary }) => `<form data-zq action=${canary}><button>Go</button><textarea>`,
  base: ({ canary }) => `<base data-zq href=${canary}>`,
  refresh: ({ canary }) => `<meta data-zq http-equiv=refresh content="0;url=${canary}">`,
  stylesheet: ({ canary }) => `<link data-zq rel=stylesheet href=${canary}>`,
  noscript: ({ call }) => `<noscript><p title="</noscript><img data-zq src=x onerror=${call}>">`,
  'math mutation': ({ call }) =>
    `<math><mtext><table><mglyph><style><!--</style><img data-zq title="--&gt;&lt;img src=1 onerror=${call}&gt;">`,
  'svg mutation': ({ call }) => `<svg></p><style><a id="</style><img data-zq src=1 onerror=${call}>">`,
  entities: ({ call }) => `&lt;img data-zq src=x onerror=${call}&gt;&#60;b data-zq&#62;`,
  'percent encoding': ({ call }) => `%3Cimg%20data-zq%20src=x%20onerror=${call}%3E`,
  'unicode escapes': ({ call }) => `\\u003cimg data-zq src=x onerror=${call}\\u003e\\x3cb data-zq\\x3e`,
  markdown: ({ call, canary }) => `[x](javascript:${call}) ![x](${canary}) <javascript:${call}>`,
  formula: ({ canary }) => `=HYPERLINK("${canary}","x")`,
  'no value': () => 'null undefined NaN [object Object] __proto__ constructor false 0',
  'half a character': ({ call }) => `\u{1f4a5}<img data-zq src=x onerror=${call}>`,
};

const handlers = ['onerror', 'onload', 'onfocus', 'onmouseover', 'onanimationstart', 'onpointerenter'];
const tags = ['img src=x', 'svg', 'body', 'input autofocus', 'video src=x', 'b tabindex=0', 'marquee', 'xss'];
const ends = [
  '"',
  "'",
  '">',
  "'>",
  '',
  '</a>',
  '</option></select>',
  ']]>',
  '\\"',
  '*/',
  '`',
  '{{',
  ');',
  '%00',
];

function shuffleCase(text: string, random: () => number): string {
  return [...text].map((letter) => (random() < 0.5 ? letter.toUpperCase() : letter)).join('');
}

/** A break-out, an element with an attribute that runs, and a rest, put together by chance. */
function generate({ call }: Parts, random: () => number): string {
  const tag = shuffleCase(pick(tags, random), random);
  const gap = pick([' ', '/', '  ', ' / '], random);
  const quote = pick(['', '"', "'"], random);
  const handler = shuffleCase(pick(handlers, random), random);
  const close = pick(['>', '/>', '', ' x='], random);
  return `${pick(ends, random)}<${tag} data-zq${gap}${handler}=${quote}${call}${quote}${close}`;
}

/** Whether every character of it can be seen; names of series and expressions hold no others. */
export const isVisible = (text: string) => !/[\p{Cf}\p{Zl}\p{Zp}]/u.test(text);

/** Plants texts and knows them all. */
export interface Planter {
  readonly plants: ReadonlyMap<string, Plant>;
  readonly families: ReadonlySet<string>;
  /** Another hostile text for that field, of at most so many characters; `fits` says whether the field may hold it. */
  make(field: string, maxChars: number, fits?: (text: string) => boolean): string;
  /** Takes back those in a text that was refused: they cannot be shown. */
  refused(text: string): void;
  readonly refusals: ReadonlySet<string>;
}

/** Makes a planter; the seed decides which families come where. */
export function createPlanter(random: () => number, canary: string): Planter {
  const plants = new Map<string, Plant>();
  const used = new Set<string>();
  const refusals = new Set<string>();
  const names = Object.keys(families);
  let next = Math.floor(random() * names.length);
  let count = 0;

  function draw(parts: Parts, fits: (text: string) => boolean): { family: string; text: string } {
    for (let tries = 0; tries < 200; tries++) {
      const name = names[next++ % names.length] ?? '';
      const isDrawn = random() < 0.3;
      const text = isDrawn ? generate(parts, random) : (families[name]?.(parts) ?? '');
      if (fits(text)) return { family: isDrawn ? 'by chance' : name, text };
    }
    throw new Error('nothing hostile fits');
  }

  return {
    plants,
    families: used,
    refusals,
    make(field, maxChars, fits = () => true) {
      const marker = `zq${(count++).toString(36).padStart(4, '0')}q`;
      // In capitals inside, so that only the beginning of a text is taken for it.
      const own = marker.toUpperCase();
      const parts = { call: `${SENTINEL}\`${own}\``, canary: `${canary}/${own}` };
      const { family, text } = draw(parts, (one) => one.length <= maxChars - marker.length && fits(one));
      // Some are as long as they may be, so that whatever cuts them is seen too.
      const isLong = maxChars <= 600 && random() < 0.08;
      const whole = `${marker}${text}${isLong ? 'A'.repeat(maxChars - marker.length - text.length) : ''}`;
      plants.set(marker, { marker, family: isLong ? 'as long as may be' : family, field, text: whole });
      used.add(isLong ? 'as long as may be' : family);
      return whole;
    },
    refused(text) {
      for (const [marker] of text.matchAll(MARKER)) {
        const plant = plants.get(marker);
        if (plant === undefined) continue;
        refusals.add(plant.field);
        plants.delete(marker);
      }
    },
  };
}

/** What cannot be seen; no expression holds it. */
const HIDDEN = /[^\P{C}\n\t]|[^\P{Z} ]|\p{Default_Ignorable_Code_Point}/gu;

/** Pure: whether what follows a marker somewhere is its plant, as it was given, cut with an ellipsis, or quoted. */
export function follows({ marker, text, field }: Plant, found: string): boolean {
  const rest = text.slice(marker.length);
  // A handle is made of a name: small letters, digits and dashes are all that is left of it.
  const slug = rest.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  if (
    /^person\.(?:name|own)$/.test(field) &&
    (/^-[a-z0-9]/.test(found) || found.startsWith(slug.slice(0, 6)))
  )
    return true;
  const json = JSON.stringify(rest).slice(1, -1);
  const forms = [
    rest,
    json,
    JSON.stringify(json).slice(1, -1),
    encodeURIComponent(rest).replaceAll('%20', ' '),
    encodeURI(rest),
    // As a text within an expression has it in an address.
    encodeURIComponent(json).replaceAll('%20', ' '),
    // As the sentence about a wrong expression quotes it: what cannot be seen is a question mark there.
    ...(field.startsWith('address.') ? [rest.replace(HIDDEN, '?')] : []),
    // As a shell has it in quotes.
    rest.replaceAll("'", "'\\''"),
  ];
  if (found === '') return rest === '';
  if (/^(?:…|\.\.\.)/.test(found)) return true;
  const flat = (one: string) => one.replaceAll(/[\s\p{Cf}]+/gu, ' ').replaceAll('+', ' ');
  return forms.some((form) => {
    const wanted = flat(form).slice(0, 6);
    const shown = flat(found).slice(0, wanted.length);
    // Cut at the end, or something else follows a short one.
    return (
      shown === wanted || (/…|\.\.\./.test(shown) && wanted.startsWith(shown.split(/…|\.\.\./)[0] ?? ''))
    );
  });
}
