/**
 * HTML of notebooks, which may come from anybody, for a page that runs and loads nothing of it. What is
 * not plainly inert is not cleaned but kept out as a whole, so nothing here has to parse as browsers do.
 */
import { escapeHtml } from './escape.js'

const TAGS = new Set(
  `a abbr b blockquote br caption center code col colgroup dd del details dfn div dl dt em figcaption figure
   font h1 h2 h3 h4 h5 h6 hr i img ins kbd label li mark meter ol p pre progress q s samp small span strong sub
   summary sup table tbody td tfoot th thead tr tt u ul var wbr`.split(/\s+/),
)

/** What each attribute's value may be; data and aria attributes may be anything. */
const ATTRIBUTES: Record<string, RegExp> = {
  ...Object.fromEntries(
    `align alt border cellpadding cellspacing class color colspan dir for headers height high id lang low max min
     open optimum role rowspan scope size span start title type valign value width`
      .split(/\s+/)
      .map((name) => [name, /^/]),
  ),
  style: /^(?!.*(?:url|expression|image|position|behavior|\\|@|\/\*))[^&]*$/is,
  href: /^(?:(?:https?:\/\/|mailto:|#|\.{0,2}\/)|[^:&]*$)/i,
  src: /^data:image\/(?:png|jpeg|gif|webp|svg\+xml)[;,]/i,
}

const TAG =
  /^<\/?([a-z][a-z\d]*)((?:\s+[a-z][a-z\d-]*(?:=(?:"[^"<>]*"|'[^'<>]*'|[^\s"'<>=`]+))?)*)\s*\/?>$/i
const ATTRIBUTE = /([a-z][a-z\d-]*)(?:=(?:"([^"]*)"|'([^']*)'|([^\s"']+)))?/gi
/** A comment without angles, a tag, or an angle that might begin one. */
const MARKUP = /<!--[^<>]*-->|<\/?[a-z][^<>]*>|<(?=[a-z/!?])/gi

/** Whether HTML holds nothing but inert elements and attributes: no script, style sheet, frame or form. */
export function isInert(html: string): boolean {
  return (html.match(MARKUP) ?? []).every(
    (markup) => markup.startsWith('<!--') || isInertTag(markup),
  )
}

/**
 * The inert part of HTML. Scripts and style sheets are left out, frames and films become links, other
 * markup is shown as it was written.
 *
 * @param picture the data URI of a picture by its address. Default: embeds none.
 */
export function inertPart(
  html: string,
  picture: (source: string) => string | undefined = () => undefined,
): string {
  return html
    .replace(/<(script|style)\b[^]*?<\/\1\s*>/gi, '')
    .replace(
      /<(iframe|video|audio|embed)\b([^<>]*)>(?:[^<]*<\/\1\s*>)?/gi,
      (_, _tag, attributes: string) => link(attributesOf(attributes).get('src') ?? ''),
    )
    .replace(MARKUP, (markup) => {
      if (markup.startsWith('<!--') || isInertTag(markup)) return markup
      return embedded(markup, picture) ?? escapeHtml(markup)
    })
}

function isInertTag(tag: string): boolean {
  const [, name = '', attributes = ''] = TAG.exec(tag) ?? []
  return (
    TAGS.has(name.toLowerCase()) &&
    [...attributesOf(attributes)].every(([attribute, value]) =>
      /^(?:data|aria)-/.test(attribute) ? true : (ATTRIBUTES[attribute]?.test(value) ?? false),
    )
  )
}

/** An `<img>` of a file, with the file in it; a link to it where it cannot be had. */
function embedded(
  tag: string,
  picture: (source: string) => string | undefined,
): string | undefined {
  const [, name = '', text = ''] = TAG.exec(tag) ?? []
  if (name.toLowerCase() !== 'img') return undefined
  const attributes = attributesOf(text)
  const source = attributes.get('src') ?? ''
  const data = picture(source)
  if (data === undefined) return link(source, attributes.get('alt'))
  attributes.set('src', data)
  if (!attributes.has('alt')) attributes.set('alt', '')
  const safe = [...attributes].filter(([attribute, value]) => ATTRIBUTES[attribute]?.test(value))
  return `<img ${safe.map(([attribute, value]) => `${attribute}="${value}"`).join(' ')}>`
}

function link(source: string, text = source): string {
  const isSafe = source !== '' && ATTRIBUTES.href!.test(source)
  return isSafe ? `<a href="${source.replace(/["<>]/g, '')}">${text.replace(/[<>]/g, '')}</a>` : ''
}

function attributesOf(text: string): Map<string, string> {
  return new Map(
    [...text.matchAll(ATTRIBUTE)].map(([, name = '', ...values]) => [
      name.toLowerCase(),
      values.find((value) => value !== undefined) ?? '',
    ]),
  )
}
