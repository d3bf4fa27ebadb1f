// Turns what the compilers left into the site that is served: one content hash in every name under /pkg, the
// script and the style sheet minified, and compressed copies beside everything that shrinks.
//
//     node tools/finish-site.mjs BUILD_DIR SITE_DIR release|dev
//
// BUILD_DIR holds tieout.js and tieout_bg.wasm. SITE_DIR is replaced as a whole, so nothing old stays.

import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import * as esbuild from 'esbuild';
import { bundle } from 'lightningcss';

const [buildDir, siteDir, mode] = process.argv.slice(2);
const release = mode === 'release';

// Bundled, not only minified: wasm-bindgen puts inline scripts of dependencies into files of their own.
const script = esbuild.buildSync({
    entryPoints: [join(buildDir, 'tieout.js')],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    minify: release,
    legalComments: 'none',
    write: false,
}).outputFiles[0].text;

// The oldest browsers meant to work; what they lack (nesting, light-dark) is written out for them.
const targets = { chrome: 112 << 16, edge: 112 << 16, firefox: 117 << 16, safari: (16 << 16) | (5 << 8) };
const style = bundle({ filename: 'style/main.css', minify: release, targets }).code;
const wasm = readFileSync(join(buildDir, 'tieout_bg.wasm'));

// One hash for the three, because Leptos knows one name for them: any change is a new set of addresses.
const hash = createHash('sha256').update(script).update(style).update(wasm).digest('hex').slice(0, 16);
const name = `tieout-${hash}`;

const fresh = `${siteDir}.new`;
rmSync(fresh, { recursive: true, force: true });
mkdirSync(join(fresh, 'pkg'), { recursive: true });
if (existsSync('public')) cpSync('public', fresh, { recursive: true });
writeFileSync(join(fresh, 'pkg', `${name}.js`), script.replaceAll('tieout_bg.wasm', `${name}_bg.wasm`));
writeFileSync(join(fresh, 'pkg', `${name}_bg.wasm`), wasm);
writeFileSync(join(fresh, 'pkg', `${name}.css`), style);

// What is compressed by its own format (png, woff2) would only grow.
const shrinks = new Set(['.css', '.js', '.wasm', '.svg', '.txt', '.csv', '.json', '.webmanifest']);
const files = readdirSync(fresh, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
for (const file of files) {
    const bytes = readFileSync(file);
    const row = { plain: bytes.length, gzip: '', brotli: '' };
    if (release && shrinks.has(extname(file))) {
        const copies = {
            gzip: ['.gz', gzipSync(bytes, { level: 9 })],
            brotli: ['.br', brotliCompressSync(bytes, {
                params: {
                    [constants.BROTLI_PARAM_QUALITY]: 11,
                    [constants.BROTLI_PARAM_LGWIN]: 24,
                    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
                },
            })],
        };
        for (const [kind, [suffix, copy]] of Object.entries(copies)) {
            if (copy.length >= bytes.length) continue;
            writeFileSync(file + suffix, copy);
            row[kind] = copy.length;
        }
    }
    const shown = file.slice(fresh.length + 1).padEnd(36);
    console.log(`    ${shown} ${String(row.plain).padStart(9)} B  gzip ${String(row.gzip).padStart(8)}  brotli ${String(row.brotli).padStart(8)}`);
}

// Last, so that a manifest is only ever seen beside a whole site.
writeFileSync(join(fresh, 'manifest.txt'), `${name}\n`);
rmSync(siteDir, { recursive: true, force: true });
renameSync(fresh, siteDir);
