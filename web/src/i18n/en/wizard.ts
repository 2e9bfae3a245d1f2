/** Words for what helps before a job is created: what it collides with, and a run to try it out. */
export const wizard = {
  collision: {
    exact_one: '{{n}} other job starts at {{time}}.',
    exact_other: '{{n}} other jobs start at {{time}}.',
    about_one: 'About {{n}} other job starts at {{time}}.',
    about_other: 'About {{n}} other jobs start at {{time}}.',
    free: 'At {{time}} none does.',
    quieter_one: 'At {{time}} it is {{n}}.',
    quieter_other: 'At {{time}} it is {{n}}.',
    move: 'Move to {{time}}',
  },
  trial: {
    title: 'Try it out',
    help: 'Runs the task once with these parameters, before there is a job. It really runs; the run stands in the history.',
    dryRun: 'Dry run: only say what would be done',
    start: 'Test run',
    again: 'Test again',
    open: 'Open the run',
    cancel: 'Stop it',
  },
};
