"""RFC 9421 signatures with `hmac-sha256`, as docs/signatures.md describes them, on nothing but the standard library."""

from __future__ import annotations

import base64
import hashlib
import hmac


def signing_secret(api_key: str) -> bytes:
    """The signing secret of an API key: HKDF-SHA256 without salt, one block of 32 bytes."""
    extracted = hmac.digest(bytes(32), api_key.encode(), "sha256")
    return hmac.digest(extracted, b"bursar request signature v1\x01", "sha256")


def signed_headers(
    secret: bytes, key_id: str, method: str, target: bytes, body: bytes, created_s: int, nonce: str
) -> dict[str, str]:
    """The headers that prove who sends a request. `target` is that of the request line."""
    path, _, query = target.decode("ascii").partition("?")
    lines = {"@method": method, "@path": path, "@query": f"?{query}"}
    headers = {}
    if body:
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        lines["content-digest"] = headers["Content-Digest"] = f"sha-256=:{digest}:"
    components = " ".join(f'"{name}"' for name in lines)
    params = f'({components});created={created_s};nonce="{nonce}";keyid="{key_id}";alg="hmac-sha256"'
    base = "".join(f'"{name}": {value}\n' for name, value in lines.items()) + f'"@signature-params": {params}'
    signature = base64.b64encode(hmac.digest(secret, base.encode(), "sha256")).decode()
    return {**headers, "Signature-Input": f"sig={params}", "Signature": f"sig=:{signature}:"}
