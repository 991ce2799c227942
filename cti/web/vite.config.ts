import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

/** Writes a .gz beside every text file of the build that gets smaller by it. */
function precompress(): Plugin {
  let dir = '';
  return {
    name: 'precompress',
    apply: 'build',
    configResolved: (config) => {
      dir = config.build.outDir;
    },
    closeBundle: () => {
      for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile() || !/\.(js|css|svg|html)$/.test(entry.name)) continue;
        const path = join(entry.parentPath, entry.name);
        const plain = readFileSync(path);
        const packed = gzipSync(plain, { level: 9 });
        if (packed.length < plain.length) writeFileSync(path + '.gz', packed);
      }
    },
  };
}

// While developing, `vite` serves the page and passes everything else to a ctid on 8080.
export default defineConfig({
  plugins: [svelte({ configFile: false }), precompress()],
  define: { __APP__: JSON.stringify(process.env['npm_package_version'] ?? 'dev') },
  build: { target: 'es2023', assetsInlineLimit: 0 },
  server: {
    proxy: {
      '/api': 'http://localhost:8080',
      '/cti': { target: 'http://localhost:8080', ws: true },
      '/sip': { target: 'http://localhost:8080', ws: true },
    },
  },
  test: { include: ['test/**/*.test.ts'] },
});
