import type { Plugin } from 'vite';

export function docsAssets(): Plugin;
