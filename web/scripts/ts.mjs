// Lets Node 20 run TypeScript files of the end-to-end tests: types are cut away by the compiler that is here anyway.
import { register } from 'node:module';

register('./ts-hooks.mjs', import.meta.url);
