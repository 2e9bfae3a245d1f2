import { describe, expect, it } from 'vitest';
import { Formatter, zoneOffset } from './formatter';

const en = new Formatter('en', 'latn');
const ar = new Formatter('ar', 'latn');
const arab = new Formatter('ar', 'arab');
const at = Date.UTC(2026, 10, 20, 4, 5, 6);

describe('Formatter', () => {
  it('writes dates in the asked zone, by the Gregorian calendar, on a 24-hour clock', () => {
    expect(en.date(at, 'dateTime', 'Europe/Prague')).toBe('20 Nov 2026, 05:05');
    expect(ar.date(at, 'dateTime', 'Africa/Cairo')).toContain('2026');
    expect(ar.date(at, 'timeSeconds', 'UTC')).toBe('04:05:06');
  });

  it('uses Arabic digits only when they were chosen', () => {
    expect(ar.number(1234)).toMatch(/1.?234/);
    expect(arab.number(1234)).toMatch(/١.?٢٣٤/);
    expect(arab.countdown(65_000)).toBe('٠١:٠٥');
    expect(new Formatter('en', 'arab').number(7)).toBe('7');
  });

  it('says durations in at most two units', () => {
    expect(en.duration(420)).toBe('420ms');
    expect(en.duration(4200)).toBe('4.2s');
    expect(en.duration(3_725_000)).toBe('1h 2m');
    expect(en.duration(90_000_000)).toBe('1d 1h');
    expect(en.duration(undefined)).toBe('—');
    expect(ar.duration(3_725_000)).toMatch(/س.*د/);
  });

  it('says how far away something is', () => {
    expect(en.relative(at + 180_000, at)).toBe('in 3 minutes');
    expect(en.relative(at - 86_400_000, at)).toBe('yesterday');
    expect(en.relative(at + 20 * 86_400_000, at)).toBe('in 20 days');
    expect(ar.relative(at + 120_000, at)).toBe('خلال دقيقتين');
  });

  it('never throws on nonsense', () => {
    expect(en.date('nonsense', 'date', 'UTC')).toBe('—');
    expect(en.relative(null, at)).toBe('—');
  });

  it('names offsets', () => {
    expect(zoneOffset('UTC', at)).toBe('UTC');
    expect(zoneOffset('Asia/Kolkata', at)).toBe('UTC+05:30');
  });
});
