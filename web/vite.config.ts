import { defineConfig } from 'vite';

// File names carry no hash: the built page is committed, and its history should read as changes.
export default defineConfig({
  base: './',
  publicDir: false,
  build: {
    outDir: '../src/vedette/serve/page',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: false,
    chunkSizeWarningLimit: 1500,
    rollupOptions: {
      input: { index: 'index.html', login: 'login.html' },
      output: {
        entryFileNames: 'assets/[name].js',
        chunkFileNames: 'assets/[name].js',
        assetFileNames: (asset) =>
          asset.names[0]?.includes('worker') ? 'assets/map-worker.js' : 'assets/[name][extname]',
        manualChunks: (id: string) => (id.includes('node_modules') ? 'map' : undefined),
      },
    },
  },
  test: { include: ['test/*.test.ts'] },
} as Parameters<typeof defineConfig>[0]);
