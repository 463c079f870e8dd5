"""Writes the types of both SDKs out of openapi.json, and Python's waiting client out of the awaited one.

    python3 sdks/generate.py            writes typescript/src/schema.ts and, in python/src/bursar, schema.py and sync/
    python3 sdks/generate.py --check    fails where a committed file differs from what would be written

Agents' operations alone are taken, with every schema that they lead to: an SDK carries no types of what its key cannot
call. Needs `npm ci` in sdks/typescript, and a Python with sdks/python/requirements-dev.txt; `./test` installs both.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

SDKS = pathlib.Path(__file__).resolve().parent
TAGS = {"payments", "wallet", "messages", "webhook-endpoints"}
TYPESCRIPT = SDKS / "typescript" / "src" / "schema.ts"
PYTHON = SDKS / "python" / "src" / "bursar" / "schema.py"
AWAITED = SDKS / "python" / "src" / "bursar" / "aio"
WAITING = AWAITED.with_name("sync")
# What is written otherwise where nothing is awaited, in this order.
WITHOUT_AWAITING = {
    "The client that is awaited. `bursar.sync` is written out of this folder by sdks/generate.py.":
        "The client that waits. Written by sdks/generate.py out of `bursar.aio`; not edited by hand.",
    "async def": "def",
    "await ": "",
    "import asyncio": "import time",
    "asyncio.sleep": "time.sleep",
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
    "aclose": "close",
    "Async": "",
}  # fmt: skip
HEADER = "Written by sdks/generate.py out of openapi.json; not edited by hand."


def agents_part(document):
    """The schemas that agents' operations lead to, and of the paths nothing: the clients are written by hand."""
    schemas = document["components"]["schemas"]
    with_named_rows(schemas)
    responses = document["components"]["responses"]
    found = {}

    def walk(node):
        if isinstance(node, list):
            for item in node:
                walk(item)
        elif isinstance(node, dict):
            for value in node.values():
                walk(value)
            kind, _, name = node.get("$ref", "").removeprefix("#/components/").partition("/")
            if kind == "responses":
                walk(responses[name])
            elif kind == "schemas" and name not in found:
                found[name] = schemas[name]
                walk(schemas[name])

    for path, operations in document["paths"].items():
        for operation in operations.values():
            if TAGS & set(operation["tags"]) and not path.startswith("/v1/dashboard/"):
                walk(operation)
    return {
        "openapi": document["openapi"],
        "info": document["info"],
        "paths": {},
        "components": {"schemas": {name: found[name] for name in sorted(found)}},
    }


def with_named_rows(schemas):
    """The description writes the rows of a page out in place; here they are what they are elsewhere."""
    for name, schema in schemas.items():
        row = name.removeprefix("Page_")
        if row != name:
            schema["properties"]["data"]["items"] = {"$ref": f"#/components/schemas/{row}"}


def run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{command[0]} failed:\n{done.stdout}{done.stderr}")


def typescript(document, folder):
    out = folder / "schema.ts"
    program = SDKS / "typescript" / "node_modules" / ".bin" / "openapi-typescript"
    run(program, document, "--output", out, "--default-non-nullable", "false", "--empty-objects-unknown")
    text = out.read_text()
    # The generator's own words about itself come first.
    text = text[text.index("*/") + 2 :].lstrip()
    return f"// {HEADER}\n\n{text}"


def python(document, folder):
    out = folder / "schema.py"
    run(
        sys.executable, "-m", "datamodel_code_generator", "--input", document, "--input-file-type", "openapi",
        "--output", out, "--output-model-type", "typing.TypedDict", "--target-python-version", "3.11",
        "--use-schema-description", "--use-field-description", "--use-standard-collections", "--use-union-operator",
        "--enum-field-as-literal", "all", "--disable-timestamp", "--custom-file-header", f'"""{HEADER}"""',
    )  # fmt: skip
    # Not every type checker knows `closed` yet, and the standard library's TypedDict does not.
    text = out.read_text().replace("(TypedDict, closed=True)", "(TypedDict)")
    text = text.replace("\nfrom typing_extensions import TypedDict\n", "")
    return text.replace("NotRequired, TypeAlias", "NotRequired, TypeAlias, TypedDict")


def waiting(text):
    for awaited, otherwise in WITHOUT_AWAITING.items():
        text = text.replace(awaited, otherwise)
    return text


def main():
    document = agents_part(json.loads((SDKS.parent / "openapi.json").read_text()))
    stale = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "openapi.json").write_text(json.dumps(document))
        written = {
            TYPESCRIPT: typescript(folder / "openapi.json", folder),
            PYTHON: python(folder / "openapi.json", folder),
        }
        written |= {WAITING / file.name: waiting(file.read_text()) for file in sorted(AWAITED.glob("*.py"))}
        for file, text in written.items():
            if "--check" not in sys.argv:
                file.write_text(text)
            elif not file.exists() or file.read_text() != text:
                stale.append(str(file.relative_to(SDKS.parent)))
    if stale:
        sys.exit(f"{' and '.join(stale)}: not what would be written; run sdks/generate.py and commit what changed")


if __name__ == "__main__":
    main()
