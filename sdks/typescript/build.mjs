// Builds the package twice out of one source: ES modules into dist/esm, CommonJS into dist/cjs.

import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

process.chdir(fileURLToPath(new URL(".", import.meta.url)));
rmSync("dist", { recursive: true, force: true });

function compile(...more) {
  const done = spawnSync("node_modules/.bin/tsc", ["--project", "tsconfig.json", ...more], { stdio: "inherit" });
  if (done.status !== 0) process.exit(1);
}

compile("--outDir", "dist/esm");
// What a file is follows from the package.json nearest to it, for the compiler as for Node.
mkdirSync("dist/cjs", { recursive: true });
mkdirSync("dist/cjs-source", { recursive: true });
cpSync("src", "dist/cjs-source", { recursive: true });
for (const folder of ["dist/cjs-source", "dist/cjs"]) {
  writeFileSync(`${folder}/package.json`, '{ "type": "commonjs" }\n');
}
compile("--project", "tsconfig.cjs.json");
rmSync("dist/cjs-source", { recursive: true });
