import { admin } from './admin';
import { editor } from './editor';
import { jobs } from './jobs';
import { runs } from './runs';
import { shell } from './shell';

export const ar = { ...shell, ...jobs, ...runs, ...editor, ...admin };
