import { describe, expect, it } from 'vitest';
import { parseAnsi, stripAnsi } from './ansi';

const esc = '\u001b';

describe('parseAnsi', () => {
  it('leaves plain text alone', () => {
    expect(parseAnsi('hello')).toEqual([{ text: 'hello', classes: [] }]);
    expect(parseAnsi('')).toEqual([]);
  });

  it('turns colours and weights into classes and resets them', () => {
    expect(parseAnsi(`a${esc}[1;31mb${esc}[0mc`)).toEqual([
      { text: 'a', classes: [] },
      { text: 'b', classes: ['fg1', 'bold'] },
      { text: 'c', classes: [] },
    ]);
  });

  it('maps 256 and true colours to the nearest of eight', () => {
    expect(parseAnsi(`${esc}[38;5;196mx`)[0]?.classes).toEqual(['fg1']);
    expect(parseAnsi(`${esc}[38;2;10;220;10mx`)[0]?.classes).toEqual(['fg2']);
  });

  it('drops what could do harm: cursor moves, titles, bells, links', () => {
    expect(stripAnsi(`${esc}[2J${esc}]0;title\u0007ok${esc}[10;10H\u0008${esc}]8;;http://x${esc}\\!`)).toBe('ok!');
  });

  it('survives unfinished sequences', () => {
    expect(
      parseAnsi(`x${esc}[`)
        .map(({ text }) => text)
        .join(''),
    ).toContain('x');
  });
});
