import { parse, type ValueNode } from '@humanwhocodes/momoa';
import { exactNumber, tooDeepAt, type Json } from './json.ts';

/** JSON with the place of each value: for files that people write, whose mistakes are shown with line and column. The only door to momoa. */
export interface PlacedJson {
  readonly value: Json;
  /** In UTF-16 units from the beginning of the text. */
  readonly offset: number;
  /** The members of an object, in their order, with the place of the name; undefined for anything else. */
  readonly members?: readonly PlacedMember[];
  /** The items of an array; undefined for anything else. */
  readonly items?: readonly PlacedJson[];
}

export interface PlacedMember {
  readonly name: string;
  readonly offset: number;
  readonly value: PlacedJson;
}

export interface Placement {
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
}

const deepest = 40;

/** The value, or what makes the text no JSON and where. Comments, commas too many and deeper nesting than 40 are mistakes. */
export function parsePlacedJson(text: string): PlacedJson | { readonly problem: string; readonly offset: number } {
  const deep = tooDeepAt(text, deepest);
  if (deep !== undefined) return { problem: `is nested deeper than ${deepest}`, offset: deep };
  try {
    return placed(parse(text, { mode: 'json', ranges: true }).body, text);
  } catch (error) {
    const { offset, message } = error as Error & { readonly offset?: number };
    if (offset === undefined) throw error;
    return { problem: `is not JSON: ${inWords(message)}`, offset };
  }
}

/** Where an offset stands in the text. */
export function placementOf(text: string, offset: number): Placement {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
}

const signs: Readonly<Record<string, string>> = {
  LBrace: '{',
  RBrace: '}',
  LBracket: '[',
  RBracket: ']',
  Comma: 'a comma',
  Colon: 'a colon',
  String: 'a text',
  Number: 'a number',
};

/** `Unexpected token RBracket found. (1:9)` → `unexpected ]`. */
function inWords(message: string): string {
  const plain = message
    .replace(/ found\..*$/s, '')
    .replace(/ token (\w+)$/, (_all, sign: string) => ` ${signs[sign] ?? sign}`);
  return plain.slice(0, 1).toLowerCase() + plain.slice(1);
}

function placed(node: ValueNode, text: string): PlacedJson {
  const [offset = 0, end = 0] = node.range ?? [];
  switch (node.type) {
    case 'Array': {
      const items = node.elements.map((element) => placed(element.value, text));
      return { value: items.map(({ value }) => value), offset, items };
    }
    case 'Object': {
      const members = node.members.map(({ name, value }): PlacedMember => ({
        name: name.type === 'String' ? name.value : name.name,
        offset: name.range?.[0] ?? offset,
        value: placed(value, text),
      }));
      // A name such as __proto__ is a member like any other.
      return { value: Object.fromEntries(members.map((member) => [member.name, member.value.value])), offset, members };
    }
    case 'Number':
      return { value: exactNumber(text.slice(offset, end)), offset };
    case 'Null':
      return { value: null, offset };
    case 'String':
    case 'Boolean':
      return { value: node.value, offset };
    case 'NaN':
    case 'Infinity':
      throw new Error(`JSON has no ${node.type}`);
  }
}
