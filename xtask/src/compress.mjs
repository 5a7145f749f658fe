// Writes a Brotli and a gzip copy, as small as they go, next to each file named on the command line.
import { readFile, rename, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const copies = {
  br: (content) =>
    promisify(brotliCompress)(content, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
        [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
      },
    }),
  gz: (content) => promisify(gzip)(content, { level: constants.Z_BEST_COMPRESSION }),
};

await Promise.all(
  process.argv.slice(1).flatMap((path) =>
    Object.entries(copies).map(async ([extension, compress]) => {
      const copy = `${path}.${extension}`;
      await writeFile(`${copy}.partial`, await compress(await readFile(path)));
      await rename(`${copy}.partial`, copy);
    }),
  ),
);
