import { describe, expect, it } from 'vitest';
import { evenSteps, formatSimple, parseSimple, type SimpleCron, simpleDefaults } from './simpleCron';

describe('simple cron', () => {
  it('goes from choice to text and back without loss', () => {
    const choices: SimpleCron[] = [
      ...evenSteps.map((every): SimpleCron => ({ ...simpleDefaults, kind: 'minutes', every })),
      { ...simpleDefaults, kind: 'hourly', minute: 17 },
      { ...simpleDefaults, kind: 'daily', minute: 30, hour: 6 },
      { ...simpleDefaults, kind: 'weekdays', minute: 5, hour: 23 },
      { ...simpleDefaults, kind: 'weekly', dayOfWeek: 5 },
      { ...simpleDefaults, kind: 'monthly', dayOfMonth: 31 },
    ];
    for (const choice of choices) {
      const back = parseSimple(formatSimple(choice));
      expect(back?.kind).toBe(choice.kind);
      expect(formatSimple(back ?? simpleDefaults)).toBe(formatSimple(choice));
    }
  });

  it('understands names, words, odd spacing and Sunday as 7', () => {
    expect(parseSimple(' 0  9 * * FRI ')).toMatchObject({ kind: 'weekly', dayOfWeek: 5 });
    expect(parseSimple('0 9 * * 7')).toMatchObject({ kind: 'weekly', dayOfWeek: 0 });
    expect(parseSimple('@daily')).toMatchObject({ kind: 'daily', hour: 0 });
    expect(parseSimple('0 9 ? * MON-FRI')).toMatchObject({ kind: 'weekdays' });
  });

  it.each([
    '0 9 * * 1,3',
    '0 9 1 * 1',
    '*/7 * * * *',
    '0 0 9 * * *',
    '0 9 L * *',
    '60 9 * * *',
    '0 24 * * *',
    '',
    'nonsense',
    '0 9 * 1 *',
  ])('leaves %s as text', (expression) => {
    expect(parseSimple(expression)).toBeNull();
  });
});
