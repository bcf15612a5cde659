import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Where `vite web` finds an edge while one works on the page. */
const developmentEdge = 'http://127.0.0.1:7400';
const edgePaths = ['/trpc', '/tus', '/files', '/session', '/oidc'];

/** The first that know `light-dark()` and what the page's script needs. */
const browsers = ['chrome125', 'edge125', 'firefox128', 'safari17.5'];

/** The page of an edge: `vite build web` writes it to `dist/web`, which the edge serves. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    target: browsers,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
    modulePreload: { polyfill: false },
  },
  server: { port: 7490, proxy: Object.fromEntries(edgePaths.map((path) => [path, { target: developmentEdge, changeOrigin: false }])) },
});
