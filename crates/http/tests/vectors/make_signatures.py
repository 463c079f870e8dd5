"""Writes signatures.json beside this file: `python3 make_signatures.py`.

Uses nothing but Python's standard library, so the vectors do not depend on the code that they test. Every signature
base is spelt out line by line below; nothing here parses a header.
"""

import base64
import hashlib
import hmac
import json
import pathlib

API_KEY = "bur_test_" + "4fQ9vY2kLr7XcM1nTz8WbJ5hGdS3pEaU6oRiVyKqDwC" + "x0Z9k2"
KEY_ID = "key_019a9f3e-7c00-7abc-8def-0123456789ab"
INFO = b"bursar request signature v1"
NOW = 1_790_000_000
NONCE = "019a9f3e7c007abc8def0123456789ab"
TARGET = "/v1/payment-request?dry_run=true"
BODY = '{"amount":"12.50","currency":"USD","merchant":"api.example.com","idempotency_key":"019a9f3e"}'
BAD_BODY = BODY.replace("12.50", "92.50")


def hkdf_sha256(ikm, info):
    """RFC 5869 without salt; 32 bytes are its first block."""
    prk = hmac.digest(bytes(32), ikm, "sha256")
    return hmac.digest(prk, info + b"\x01", "sha256")


SECRET = hkdf_sha256(API_KEY.encode(), INFO)


def b64(data):
    return base64.b64encode(data).decode()


def digest(body):
    return "sha-256=:" + b64(hashlib.sha256(body.encode()).digest()) + ":"


def mac(base):
    return b64(hmac.digest(SECRET, base.encode(), "sha256"))


LINES = {
    "@method": "POST",
    "@path": "/v1/payment-request",
    "@query": "?dry_run=true",
    "content-digest": digest(BODY),
}
PARAMS = f';created={NOW};nonce="{NONCE}";keyid="{KEY_ID}";alg="hmac-sha256"'


def case(
    name,
    lines=LINES,
    params=PARAMS,
    method="POST",
    target=TARGET,
    body=BODY,
    extra=(),
    scheme=None,
    now=NOW,
    label="sig",
    components=None,
    input_header=None,
    signature_header=None,
    change=None,
    error=None,
):
    """One vector. `lines` are signed; `components` and `*_header` override how the headers say so."""
    if components is None:
        components = "(" + " ".join(f'"{line}"' for line in lines) + ")"
    base = "".join(f'"{line}": {value}\n' for line, value in lines.items()) + f'"@signature-params": {components}{params}'
    signature = mac(base)
    headers = [["host", "bursar.example.com"], ["content-type", "application/json"], *extra]
    if body:
        headers.append(["content-digest", digest(body)])
    headers.append(["signature-input", input_header or f"{label}={components}{params}"])
    headers.append(["signature", (signature_header or "{label}=:{signature}:").format(label=label, signature=signature)])
    request = {"method": method, "target": target, "headers": headers, "body": body}
    if scheme:
        request["public_scheme"] = scheme
    if change:
        change(request)
    vector = {"name": name, "now": now, "request": request}
    if error:
        vector["error"] = error
    else:
        vector["signature_base"] = base
        vector["signature"] = signature
    return vector


def header(name, value):
    """A change that sets a header, or removes it when `value` is None."""

    def change(request):
        request["headers"] = [line for line in request["headers"] if line[0] != name]
        if value is not None:
            request["headers"].append([name, value])

    return change


def repeat(name):
    """A change that sends a header line twice."""

    def change(request):
        request["headers"] += [line for line in request["headers"] if line[0] == name]

    return change


def set_field(field, value):
    """A change of method, target or body after signing."""

    def change(request):
        request[field] = value

    return change


def edit(name, old, new):
    """A change of some text within a header."""

    def change(request):
        for line in request["headers"]:
            if line[0] == name:
                assert old in line[1], (name, old)
                line[1] = line[1].replace(old, new)

    return change


def without(component):
    return {line: value for line, value in LINES.items() if line != component}


def param(text, *, instead_of=None):
    return PARAMS.replace(instead_of, text) if instead_of else PARAMS + text


CREATED, NONCE_PARAM = f";created={NOW}", f';nonce="{NONCE}"'
KEYID_PARAM, ALG_PARAM = f';keyid="{KEY_ID}"', ';alg="hmac-sha256"'
GET = {"@method": "GET", "@path": "/v1/transactions", "@query": "?"}

GOOD = [
    case("a payment request"),
    case("no query and no body", lines=GET, method="GET", target="/v1/transactions", body=""),
    case("a question mark without a query", lines=GET, method="GET", target="/v1/transactions?", body=""),
    case("percent-encoding stays as sent", lines=GET | {"@path": "/v1/a%2Fb", "@query": "?q=%C3%A4+b&q=2"},
         method="GET", target="/v1/a%2Fb?q=%C3%A4+b&q=2", body=""),
    case("dots in the path stay as sent", lines=GET | {"@path": "/v1/x/../y"}, method="GET", target="/v1/x/../y", body=""),
    case("an empty body with a digest", lines=LINES | {"content-digest": digest("")}, body="",
         extra=[["content-digest", digest("")]]),
    case("another label", label="bursar-1.*_x"),
    case("components in another order", lines=dict(reversed(LINES.items()))),
    case("parameters in another order, no alg", params=KEYID_PARAM + NONCE_PARAM + CREATED),
    case("white space that a proxy may have changed",
         input_header=f'  sig=( "@method"  "@path" "@query" "content-digest" );  created={NOW}; nonce="{NONCE}"'
                      f'; keyid="{KEY_ID}"; alg="hmac-sha256" '),
    case("not yet expired, with a tag", params=param(f';expires={NOW};tag="any"')),
    case("quotes and backslashes in a nonce", params=PARAMS.replace(NONCE, r'a\"b\\c ;x=(\"@path\")')),
    case("the longest nonce", params=PARAMS.replace(NONCE, "n" * 128)),
    case("five minutes old", now=NOW + 300),
    case("five minutes ahead", now=NOW - 300),
    case("header fields and every derived component",
         lines=LINES | {"@authority": "bursar.example.com", "@scheme": "https",
                        "@target-uri": "https://bursar.example.com" + TARGET, "@request-target": TARGET,
                        "content-type": "application/json", "x-many": "a, b c, "},
         extra=[["x-many", "a"], ["x-many", "  b c "], ["x-many", ""]], scheme="https"),
    case("authority in lower case without the usual port",
         lines=LINES | {"@authority": "bursar.example.com"}, scheme="https",
         change=header("host", "Bursar.Example.COM:443")),
    case("authority with a port of its own", lines=LINES | {"@authority": "[::1]:8080"},
         change=header("host", "[::1]:8080")),
    case("target in absolute form, as a proxy sends it",
         lines=LINES | {"@authority": "bursar.example.com:8443", "@scheme": "https",
                        "@target-uri": "https://bursar.example.com:8443" + TARGET},
         target="https://bursar.example.com:8443" + TARGET),
    case("more than one digest algorithm",
         lines=LINES | {"content-digest": "sha-512=:AAAA:, " + digest(BODY)},
         change=header("content-digest", "sha-512=:AAAA:, " + digest(BODY))),
]

TWO_INPUTS = f'a=("@method"){PARAMS}, b=("@method"){PARAMS}'
BAD = [
    case("tampered body", change=set_field("body", BAD_BODY), error="content_digest_mismatch"),
    case("tampered body and digest", error="signature_mismatch",
         change=lambda request: (set_field("body", BAD_BODY)(request),
                                 header("content-digest", digest(BAD_BODY))(request))),
    case("body removed", change=set_field("body", ""), error="content_digest_mismatch"),
    case("body added", lines=without("content-digest"), body="", change=set_field("body", BODY),
         error="content_digest_missing"),
    case("digest sent but not covered", lines=without("content-digest"), error="content_digest_missing"),
    case("digest covered but not sent", change=header("content-digest", None), error="content_digest_malformed"),
    case("digest header twice", change=repeat("content-digest"), error="content_digest_malformed"),
    case("digest by another algorithm only", change=header("content-digest", "sha-512=:AAAA:"),
         error="content_digest_malformed"),
    case("digest as a string", change=header("content-digest", 'sha-256="AAAA"'), error="content_digest_malformed"),
    case("digest too short", change=header("content-digest", "sha-256=:AAAA:"), error="content_digest_malformed"),
    case("two digests by one algorithm", change=header("content-digest", digest(BAD_BODY) + ", " + digest(BODY)),
         error="content_digest_malformed"),
    case("wrong method", change=set_field("method", "PUT"), error="signature_mismatch"),
    case("lower-case method", change=set_field("method", "post"), error="signature_mismatch"),
    case("wrong path", change=set_field("target", TARGET.replace("v1", "v2")), error="signature_mismatch"),
    case("path spelt differently", change=set_field("target", TARGET.replace("v1", "%761")), error="signature_mismatch"),
    case("query removed", change=set_field("target", "/v1/payment-request"), error="signature_mismatch"),
    case("query changed", change=set_field("target", TARGET + "&x=1"), error="signature_mismatch"),
    case("signed with another key", change=header("signature", "sig=:" + b64(bytes(32)) + ":"),
         error="signature_mismatch"),
    case("created changed after signing", change=edit("signature-input", str(NOW), str(NOW + 1)),
         error="signature_mismatch"),
    case("nonce changed after signing", change=edit("signature-input", NONCE, NONCE + "0"), error="signature_mismatch"),
    case("key id changed after signing", change=edit("signature-input", KEY_ID, KEY_ID + "0"),
         error="signature_mismatch"),
    case("parameters reordered after signing", error="signature_mismatch",
         change=edit("signature-input", KEYID_PARAM + ALG_PARAM, ALG_PARAM + KEYID_PARAM)),
    case("components reordered after signing", error="signature_mismatch",
         change=edit("signature-input", '"@method" "@path"', '"@path" "@method"')),
    case("covered header changed", lines=LINES | {"content-type": "text/plain"}, error="signature_mismatch"),
    case("stale", now=NOW + 301, error="signature_stale"),
    case("future", now=NOW - 301, error="signature_from_future"),
    case("negative created", params=PARAMS.replace(CREATED, ";created=-1"), error="signature_stale"),
    case("greatest created", params=PARAMS.replace(CREATED, ";created=999999999999999"), error="signature_from_future"),
    case("expired", params=param(f";expires={NOW - 1}"), error="signature_expired"),
    case("method not covered", lines=without("@method"), error="signature_component_missing"),
    case("path not covered", lines=without("@path"), error="signature_component_missing"),
    case("query not covered", lines=without("@query"), error="signature_component_missing"),
    case("nothing covered", lines={}, error="signature_component_missing"),
    case("component twice", components='("@method" "@path" "@query" "content-digest" "@path")',
         error="signature_component_repeated"),
    case("unknown derived component", lines=LINES | {"@status": "200"}, error="signature_component_unsupported"),
    case("query parameter", components='("@method" "@path" "@query" "content-digest" "@query-param";name="dry_run")',
         error="signature_component_unsupported"),
    case("component with a parameter", components='("@method";req "@path" "@query" "content-digest")',
         error="signature_component_unsupported"),
    case("upper-case component", lines=LINES | {"Content-Type": "application/json"},
         error="signature_component_unsupported"),
    case("empty component", lines=LINES | {"": ""}, error="signature_component_unsupported"),
    case("a quote in a component", components=r'("@method" "@path" "@query" "content-digest" "x\": y")',
         error="signature_component_unsupported"),
    case("signature covers itself", lines=LINES | {"signature": "sig=:AAAA:"}, error="signature_component_unsupported"),
    case("signature covers its input", lines=LINES | {"signature-input": "sig=()"},
         error="signature_component_unsupported"),
    case("covered header absent", lines=LINES | {"x-absent": ""}, error="signature_component_unavailable"),
    case("covered header not ASCII", lines=LINES | {"x-name": "Zoë"}, extra=[["x-name", "Zoë"]],
         error="signature_component_unavailable"),
    case("scheme not known", lines=LINES | {"@scheme": "https"}, error="signature_component_unavailable"),
    case("target without a path", lines=GET | {"@path": "/"}, target="bursar.example.com:443", method="CONNECT", body="",
         error="signature_component_unavailable"),
    case("request target in absolute form", lines=LINES | {"@request-target": TARGET},
         target="https://bursar.example.com" + TARGET, error="signature_component_unavailable"),
    case("authority without a host", lines=LINES | {"@authority": "bursar.example.com"}, change=header("host", None),
         error="signature_component_unavailable"),
    case("authority with two hosts", lines=LINES | {"@authority": "bursar.example.com"}, change=repeat("host"),
         error="signature_component_unavailable"),
    case("seventeen components", lines=LINES | {f"x-{i}": "1" for i in range(13)},
         extra=[[f"x-{i}", "1"] for i in range(13)], error="signature_components_too_many"),
    case("component as a token", components='("@method" "@path" "@query" date)', error="signature_input_malformed"),
    case("no created", params=PARAMS.replace(CREATED, ""), error="signature_parameter_missing"),
    case("no nonce", params=PARAMS.replace(NONCE_PARAM, ""), error="signature_parameter_missing"),
    case("no keyid", params=PARAMS.replace(KEYID_PARAM, ""), error="signature_parameter_missing"),
    case("created twice", params=param(CREATED), error="signature_parameter_repeated"),
    case("nonce twice", params=param(';nonce="other"'), error="signature_parameter_repeated"),
    case("keyid twice", params=param(';keyid="other"'), error="signature_parameter_repeated"),
    case("alg twice", params=param(ALG_PARAM), error="signature_parameter_repeated"),
    case("unknown parameter", params=param(";admin"), error="signature_parameter_unsupported"),
    case("created as a string", params=PARAMS.replace(CREATED, f';created="{NOW}"'), error="signature_parameter_invalid"),
    case("created as a decimal", params=PARAMS.replace(CREATED, f";created={NOW}.0"), error="signature_parameter_invalid"),
    case("created as a date", params=PARAMS.replace(CREATED, f";created=@{NOW}"), error="signature_parameter_invalid"),
    case("created too long", params=PARAMS.replace(CREATED, f";created={NOW}000000"), error="signature_input_malformed"),
    case("expires as a boolean", params=param(";expires"), error="signature_parameter_invalid"),
    case("nonce as a token", params=PARAMS.replace(NONCE_PARAM, ";nonce=abc"), error="signature_parameter_invalid"),
    case("nonce as bytes", params=PARAMS.replace(NONCE_PARAM, ";nonce=:AAAA:"), error="signature_parameter_invalid"),
    case("nonce as a display string", params=PARAMS.replace(NONCE_PARAM, ';nonce=%"a"'),
         error="signature_parameter_invalid"),
    case("empty nonce", params=PARAMS.replace(NONCE, ""), error="signature_parameter_invalid"),
    case("nonce too long", params=PARAMS.replace(NONCE, "n" * 129), error="signature_parameter_invalid"),
    case("huge nonce", params=PARAMS.replace(NONCE, "n" * 4000), error="signature_input_too_long"),
    case("non-ASCII nonce", params=PARAMS.replace(NONCE, "näh"), error="signature_input_malformed"),
    case("tab in a nonce", params=PARAMS.replace(NONCE, "a\tb"), error="signature_input_malformed"),
    case("nonce not closed", params=PARAMS.replace(f'{NONCE}"', NONCE), error="signature_input_malformed"),
    case("invalid escape", params=PARAMS.replace(NONCE, r"a\nb"), error="signature_input_malformed"),
    case("nonce ends in a backslash", params=CREATED + KEYID_PARAM + ';nonce="a\\"', error="signature_input_malformed"),
    case("single quotes", params=PARAMS.replace(NONCE_PARAM, ";nonce='a'"), error="signature_input_malformed"),
    case("empty key id", params=PARAMS.replace(KEY_ID, ""), error="signature_parameter_invalid"),
    case("key id too long", params=PARAMS.replace(KEY_ID, "k" * 129), error="signature_parameter_invalid"),
    case("wrong alg", params=PARAMS.replace("hmac-sha256", "ed25519"), error="signature_algorithm_unsupported"),
    case("alg in upper case", params=PARAMS.replace("hmac-sha256", "HMAC-SHA256"),
         error="signature_algorithm_unsupported"),
    case("alg as a token", params=PARAMS.replace('"hmac-sha256"', "hmac-sha256"), error="signature_parameter_invalid"),
    case("two signatures", change=lambda request: (header("signature-input", f"a={TWO_INPUTS[2:]}")(request)),
         error="signature_not_single"),
    case("a label twice", change=edit("signature-input", "sig=", f'sig=("@method"){PARAMS}, sig='),
         error="signature_not_single"),
    case("two values in Signature", signature_header="{label}=:{signature}:, b=:{signature}:",
         error="signature_not_single"),
    case("Signature-Input on two lines", change=repeat("signature-input"), error="signature_header_repeated"),
    case("Signature on two lines", change=repeat("signature"), error="signature_header_repeated"),
    case("no Signature-Input", change=header("signature-input", None), error="signature_header_missing"),
    case("no Signature", change=header("signature", None), error="signature_header_missing"),
    case("empty Signature-Input", change=header("signature-input", ""), error="signature_input_malformed"),
    case("label without a value", change=header("signature-input", "sig"), error="signature_input_malformed"),
    case("label with a string", change=header("signature-input", 'sig="@method"'), error="signature_input_malformed"),
    case("list not closed", change=header("signature-input", 'sig=("@method"'), error="signature_input_malformed"),
    case("trailing comma", change=edit("signature-input", ALG_PARAM, ALG_PARAM + ","), error="signature_input_malformed"),
    case("labels differ", change=edit("signature", "sig=", "gis="), error="signature_label_mismatch"),
    case("Signature without padding", change=edit("signature", "=:", ":"), error="signature_malformed"),
    case("Signature as a string", signature_header='{label}="{signature}"', error="signature_malformed"),
    case("Signature with a parameter", signature_header="{label}=:{signature}:;x", error="signature_malformed"),
    case("Signature cut short", change=header("signature", "sig=:" + b64(bytes(16)) + ":"), error="signature_malformed"),
    case("Signature too long", change=header("signature", "sig=:" + b64(bytes(33)) + ":"), error="signature_malformed"),
    case("stray bits in the base64", change=header("signature", "sig=:" + "A" * 42 + "B=:"), error="signature_malformed"),
    case("URL-safe base64", change=header("signature", "sig=:" + "_" * 42 + "8=:"), error="signature_malformed"),
    case("empty Signature", change=header("signature", ""), error="signature_malformed"),
]

OUT = {
    "about": "Made by make_signatures.py. Header values and bodies are UTF-8; `target` is the target of the request line; "
             "`now` is in seconds since 1970.",
    "api_key": API_KEY,
    "key_id": KEY_ID,
    "signing_secret_hex": SECRET.hex(),
    "good": GOOD,
    "bad": BAD,
}
names = [vector["name"] for vector in GOOD + BAD]
assert len(set(names)) == len(names), "two vectors have one name"
path = pathlib.Path(__file__).with_name("signatures.json")
path.write_text(json.dumps(OUT, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
print(f"{len(GOOD)} good and {len(BAD)} bad vectors")
