// Builds the page into one folder that `naru serve` carries inside the program. Nothing is loaded from elsewhere:
// the server's content security policy allows this origin only, so nothing may be inlined as script or style.
import { cpSync } from "node:fs";
import { defineConfig } from "vite";

// pdf.js reads these when a page asks for them: maps of CJK encodings, and the fonts that a PDF need not embed.
const pdfFolders = ["cmaps", "standard_fonts"];

export default defineConfig({
  esbuild: { jsx: "automatic" },
  build: {
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2022",
  },
  plugins: [
    {
      name: "pdf-folders",
      writeBundle({ dir }) {
        for (const folder of pdfFolders)
          cpSync(`node_modules/pdfjs-dist/${folder}`, `${dir}/pdf/${folder}`, { recursive: true });
      },
    },
  ],
});
