// How many tokens each text of a JSON list on standard input is for a model.
import { text } from 'node:stream/consumers';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';

console.log(JSON.stringify(JSON.parse(await text(process.stdin)).map(one => countTokens(one, { disallowedSpecial: new Set() }))));
