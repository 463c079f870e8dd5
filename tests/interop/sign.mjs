// Signs one request with the npm package `http-message-signatures`.
// In: {method, url, body, api_key, key_id, created, nonce} as JSON on standard input. Out: the headers as JSON.
import { createHash, hkdfSync } from "node:crypto";
import { text } from "node:stream/consumers";
import signatures from "http-message-signatures";

const { createSigner, httpbis } = signatures;
const request = JSON.parse(await text(process.stdin));

const secret = Buffer.from(hkdfSync("sha256", request.api_key, "", "bursar request signature v1", 32));
const fields = ["@method", "@path", "@query"];
const headers = {};
if (request.body !== "") {
  headers["Content-Digest"] = `sha-256=:${createHash("sha256").update(request.body).digest("base64")}:`;
  fields.push("content-digest");
}

const signed = await httpbis.signMessage(
  {
    key: createSigner(secret, "hmac-sha256", request.key_id),
    fields,
    params: ["created", "nonce", "keyid", "alg"],
    paramValues: { created: new Date(request.created * 1000), nonce: request.nonce },
  },
  { method: request.method, url: request.url, headers },
);
console.log(JSON.stringify(signed.headers));
