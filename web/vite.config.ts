import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { docsAssets } from './scripts/docs-assets.mjs';
import { splitModule } from './scripts/split-module.mjs';

const server = process.env.ORLOJ_URL ?? 'http://127.0.0.1:8000';

export default defineConfig({
  plugins: [react(), docsAssets(), splitModule(/node_modules\/@codemirror\/view\/dist\/index\.js$/, 0.72)],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    target: 'es2023',
    // The server sends long-lived caching for this folder only: every name in it carries a hash.
    assetsDir: 'assets',
    // An inlined asset is a data: URL, which the Content-Security-Policy refuses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      output: {
        // The code editor in parts of bearable size, fetched side by side when it is first shown.
        codeSplitting: {
          includeDependenciesRecursively: false,
          groups: [
            {
              name: 'editor-base',
              test: /node_modules\/(@codemirror\/state|@marijn\/find-cluster-break|style-mod|w3c-keyname|crelt)\//,
            },
            { name: 'editor-view', test: /node_modules\/@codemirror\/view\/dist\/index\.js$/ },
            {
              name: 'editor-more',
              test: /node_modules\/(@codemirror\/(view\/dist\/index\.js\?later-part$|(language|commands)\/)|@lezer\/(common|highlight)\/)/,
            },
          ],
        },
      },
    },
  },
  server: { proxy: { '/api': { target: server, changeOrigin: true } } },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.{ts,tsx}'],
    setupFiles: ['src/test-setup.ts'],
    css: false,
  },
});
