// Content by its hash: where it lies, and as text.
import { parseJson } from "../../api/json";
import { request, urlOf } from "../../api/client";

export const blobUrl = (sha256: string) => urlOf(`/blobs/${encodeURIComponent(sha256)}`);

/** A blob as a page, which the server sends into a sandbox. */
export const pageUrl = (sha256: string) =>
  urlOf(`/blobs/${encodeURIComponent(sha256)}`, { as: "html" });

const kTextBytesMax = 16 * 1024 * 1024;

/** A blob as text. Refuses what is too large to be looked at in a page. */
export async function readBlobText(
  sha256: string,
  signal: AbortSignal,
  bytes_max = kTextBytesMax,
): Promise<string> {
  const response = await request("GET", blobUrl(sha256), undefined, { signal });
  const bytes = Number(response.headers.get("content-length") ?? 0);
  if (bytes > bytes_max) {
    await response.body?.cancel();
    throw new Error("this is too large to be shown here; download it instead");
  }
  return response.text();
}

export async function readBlobJson(sha256: string, signal: AbortSignal): Promise<unknown> {
  return parseJson(await readBlobText(sha256, signal));
}
