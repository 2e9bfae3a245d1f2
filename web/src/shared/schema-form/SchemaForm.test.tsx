import { MantineProvider } from '@mantine/core';
import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { FieldProblem } from '@/api/problem';
import { loadLaterWords, startTranslation } from '@/i18n';
import { PreferencesProvider } from '@/shared/preferences/PreferencesProvider';
import type { ResultSource } from './context';
import type { Schema } from './model';
import { SchemaForm } from './SchemaForm';

const schema: Schema = {
  type: 'object',
  additionalProperties: false,
  required: ['url'],
  properties: {
    url: { type: 'string', minLength: 4, 'x-ui': { title: { en: 'Address', ar: 'العنوان' }, order: 1 } },
    retries: {
      type: 'integer',
      minimum: 0,
      maximum: 5,
      'x-ui': { title: { en: 'Retries', ar: 'الإعادات' }, order: 2 },
    },
    verify: { type: 'boolean', 'x-ui': { title: { en: 'Check the certificate', ar: 'فحص الشهادة' }, order: 3 } },
    token: { type: 'string', 'x-ui': { title: { en: 'Token', ar: 'الرمز' }, widget: 'secret', order: 4 } },
    headers: {
      type: 'object',
      additionalProperties: { type: 'string' },
      'x-ui': { title: { en: 'Headers', ar: 'الترويسات' }, order: 5 },
    },
  },
};

const changed = vi.fn();

function Harness({
  start,
  serverErrors = [],
  showAll = false,
  results = [],
}: {
  start: Record<string, unknown>;
  serverErrors?: FieldProblem[];
  showAll?: boolean;
  results?: ResultSource[];
}) {
  const [value, setValue] = useState(start);
  return (
    <MantineProvider>
      <PreferencesProvider>
        <SchemaForm
          schema={schema}
          value={value}
          onChange={(next) => {
            setValue(next);
            changed(next);
          }}
          serverErrors={serverErrors}
          showAll={showAll}
          results={results}
        />
      </PreferencesProvider>
    </MantineProvider>
  );
}

beforeAll(async () => {
  localStorage.setItem('orloj.preferences', JSON.stringify({ language: 'en' }));
  await startTranslation('en');
  await loadLaterWords();
});

afterEach(() => {
  cleanup();
  changed.mockReset();
});

describe('SchemaForm', () => {
  it('writes what is typed and leaves an emptied optional field out', async () => {
    const user = userEvent.setup();
    render(<Harness start={{ url: 'http://a', token: 'x' }} />);
    await user.type(screen.getByLabelText(/Address/), '/b');
    expect(changed).toHaveBeenLastCalledWith({ url: 'http://a/b', token: 'x' });
    await user.clear(screen.getByLabelText(/^Token/));
    expect(changed).toHaveBeenLastCalledWith({ url: 'http://a/b' });
  });

  it('complains about a field only after it was left', async () => {
    const user = userEvent.setup();
    render(<Harness start={{}} />);
    expect(screen.queryByText('This is required.')).toBeNull();
    await user.click(screen.getByLabelText(/Address/));
    await user.tab();
    expect(screen.getByText('This is required.')).toBeTruthy();
  });

  it('shows every complaint when asked, with the limit', () => {
    render(<Harness start={{ url: 'abc', retries: 9 }} showAll />);
    expect(screen.getByText('Needs at least 4 characters.')).toBeTruthy();
    expect(screen.getByText('Must be 5 or less.')).toBeTruthy();
  });

  it('pins what the server said to its field, and what belongs to none on top', () => {
    render(
      <Harness
        start={{ url: 'http://a' }}
        serverErrors={[
          { pointer: '/url', detail: 'not reachable from here' },
          { pointer: '', detail: 'one too many' },
        ]}
      />,
    );
    expect(screen.getByText('not reachable from here')).toBeTruthy();
    expect(screen.getByText('one too many')).toBeTruthy();
  });

  it('keeps secrets out of sight', () => {
    render(<Harness start={{ url: 'http://a', token: 'hush' }} />);
    expect((screen.getByLabelText(/^Token/) as HTMLInputElement).type).toBe('password');
  });

  it('collects named values', async () => {
    const user = userEvent.setup();
    render(<Harness start={{ url: 'http://a' }} />);
    await user.click(screen.getByRole('button', { name: 'Add' }));
    await user.type(screen.getByLabelText('Name'), 'X-Key');
    await user.type(screen.getByLabelText('Value'), '42');
    expect(changed).toHaveBeenLastCalledWith({ url: 'http://a', headers: { 'X-Key': '42' } });
  });

  it('ticks a box', () => {
    render(<Harness start={{ url: 'http://a' }} />);
    fireEvent.click(screen.getByLabelText('Check the certificate'));
    expect(changed).toHaveBeenLastCalledWith({ url: 'http://a', verify: true });
  });

  it('takes a value over from an earlier job, and lets it be typed again', () => {
    const results = [
      { job: 'export', name: 'Export' },
      { job: 8, name: 'Count' },
    ];
    const { unmount } = render(<Harness start={{ url: 'http://a' }} />);
    expect(screen.queryByRole('button', { name: /From an earlier job/ })).toBeNull();
    unmount();
    render(<Harness start={{ url: 'http://a' }} results={results} showAll />);
    fireEvent.click(screen.getByRole('button', { name: /From an earlier job: .*Retries/ }));
    expect(changed).toHaveBeenLastCalledWith({ url: 'http://a', retries: { $result: { job: 'export' } } });
    fireEvent.change(screen.getByLabelText('Where in the result'), { target: { value: '/rows' } });
    expect(changed).toHaveBeenLastCalledWith({
      url: 'http://a',
      retries: { $result: { job: 'export', path: '/rows' } },
    });
    fireEvent.click(screen.getByRole('button', { name: /Type .*Retries.* yourself/ }));
    expect(changed).toHaveBeenLastCalledWith({ url: 'http://a' });
  });

  it('says that a job is no parent any more', () => {
    render(<Harness start={{ url: { $result: { job: 'gone' } } }} results={[{ job: 8, name: 'Count' }]} />);
    expect(screen.getByText('The job does not run after this one.')).toBeTruthy();
  });
});
