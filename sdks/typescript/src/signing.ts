// RFC 9421 signatures with `hmac-sha256`, as docs/signatures.md describes them, on nothing but WebCrypto.

const bytes = new TextEncoder();
const HMAC = { name: "HMAC", hash: "SHA-256" };

/** Bytes as standard base64. */
export function base64(data: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(data)));
}

/** Imports the key of an HMAC-SHA256. */
export function hmacKey(raw: BufferSource, use: "sign" | "verify"): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", raw, HMAC, false, [use]);
}

/** The signing secret of an API key. */
export async function signingKey(apiKey: string): Promise<CryptoKey> {
  const material = await crypto.subtle.importKey("raw", bytes.encode(apiKey), "HKDF", false, ["deriveBits"]);
  const info = bytes.encode("bursar request signature v1");
  const derivation = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info };
  return hmacKey(await crypto.subtle.deriveBits(derivation, material, 256), "sign");
}

/** What is signed. */
export interface Signable {
  /** Upper case. */
  method: string;
  /** As it is sent. */
  url: URL;
  /** The very text that is sent; empty where there is none. */
  body: string;
  /** Whole seconds since 1970. */
  createdS: number;
  /** New for every attempt. */
  nonce: string;
}

/** The headers that prove who sends a request. */
export async function signedHeaders(
  key: CryptoKey,
  keyId: string,
  { method, url, body, createdS, nonce }: Signable,
): Promise<Record<string, string>> {
  const headers: Record<string, string> = {};
  const lines: [string, string][] = [
    ["@method", method],
    ["@path", url.pathname],
    ["@query", url.search === "" ? "?" : url.search],
  ];
  if (body !== "") {
    const digest = await crypto.subtle.digest("SHA-256", bytes.encode(body));
    headers["content-digest"] = `sha-256=:${base64(digest)}:`;
    lines.push(["content-digest", headers["content-digest"]]);
  }
  const components = lines.map(([name]) => `"${name}"`).join(" ");
  const params = `(${components});created=${createdS};nonce="${nonce}";keyid="${keyId}";alg="hmac-sha256"`;
  const base = [...lines, ["@signature-params", params]].map(([name, value]) => `"${name}": ${value}`).join("\n");
  headers["signature-input"] = `sig=${params}`;
  headers["signature"] = `sig=:${base64(await crypto.subtle.sign(HMAC.name, key, bytes.encode(base)))}:`;
  return headers;
}
