"""Signs one request with the PyPI package `http-message-signatures`.

In: {method, url, body, api_key, key_id, created, nonce} as JSON on standard input. Out: the headers as JSON.
"""

import datetime
import json
import sys
from types import SimpleNamespace

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from http_message_signatures import HTTPMessageSigner, HTTPSignatureKeyResolver, algorithms

request = json.load(sys.stdin)


class Secret(HTTPSignatureKeyResolver):
    def resolve_private_key(self, key_id):
        hkdf = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"bursar request signature v1")
        return hkdf.derive(request["api_key"].encode())


message = SimpleNamespace(method=request["method"], url=request["url"], headers={})
HTTPMessageSigner(signature_algorithm=algorithms.HMAC_SHA256, key_resolver=Secret()).sign(
    message,
    key_id=request["key_id"],
    created=datetime.datetime.fromtimestamp(request["created"], datetime.timezone.utc),
    nonce=request["nonce"],
    covered_component_ids=("@method", "@path", "@query"),
    # Given a body, the package makes the digest and covers it.
    body=request["body"].encode() or None,
)
print(json.dumps(message.headers))
