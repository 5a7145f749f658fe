// Writes the compressed copies named on the command line, as small as they go: FILE.br or FILE.gz, of FILE beside it.
import { readFile, rename, writeFile } from "node:fs/promises";
import { extname } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const compress = {
  ".br": (content) =>
    promisify(brotliCompress)(content, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
        [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
      },
    }),
  ".gz": (content) => promisify(gzip)(content, { level: constants.Z_BEST_COMPRESSION }),
};

await Promise.all(
  process.argv.slice(1).map(async (copy) => {
    const extension = extname(copy);
    const content = await readFile(copy.slice(0, -extension.length));
    await writeFile(`${copy}.partial`, await compress[extension](content));
    await rename(`${copy}.partial`, copy);
  }),
);
