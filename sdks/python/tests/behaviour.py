"""Does what sdks/behaviour.json says, against a real server behind a proxy that loses connections.

python behaviour.py sync|async <behaviour.json> <url of the proxy>
"""

import asyncio
import json
import pathlib
import sys
import time

import bursar
import httpx

POLICY = {"daily": "200.00", "per_transaction": "50.00", "approve_above": "20.00"}


class Run:
    """One run of the table with one of the two clients."""

    def __init__(self, kind, table, url):
        self.kind, self.table, self.url = kind, table, url
        self.http = httpx.AsyncClient(timeout=60)

    async def control(self, what, body=None):
        answer = await self.http.post(f"{self.url}/control/{what}", json=body)
        return answer.json()

    async def call(self, client, name, arguments):
        noun, verb = name.split(".")
        method = getattr(getattr(client, noun), verb)
        arguments = dict(arguments)
        given = [arguments.pop("id")] if "id" in arguments else []
        if self.kind == "sync":
            collected = (lambda: list(method(*given, **arguments))) if verb == "all" else None
            return await asyncio.to_thread(collected or (lambda: method(*given, **arguments)))
        if verb == "all":
            return [line async for line in method(*given, **arguments)]
        return await method(*given, **arguments)

    async def step(self, client, step, said):
        await self.control("faults", step.get("faults", []))
        meanwhile = step.get("meanwhile") and asyncio.create_task(
            self.control("meanwhile", fill(step["meanwhile"], said))
        )
        answer, error = None, None
        try:
            arguments = fill(step.get("with", {}), said) | step.get("options", {})
            answer = await self.call(client, step["call"], arguments)
        except bursar.BursarError as raised:
            error = raised
        if "fails" not in step and error is not None:
            raise error
        for name, wanted in step.get("fails", {}).items():
            assert error is not None, f"it should have failed: {step['fails']}"
            if name == "error":
                assert type(error).__name__ == wanted, f"{type(error).__name__}: {error}"
            else:
                has(getattr(error, name), wanted, f"error.{name}")
        if "answers" in step:
            has(answer, step["answers"], "answer")
        if meanwhile:
            await meanwhile
        if "seen" in step:
            await self.sent(step["seen"])
        if isinstance(answer, dict):
            said.update(answer)

    async def sent(self, wanted):
        seen = await self.control("seen")
        found = {
            "requests": len(seen),
            "keys": len({request["key"] for request in seen} - {None}),
            "nonces": len({request["nonce"] for request in seen} - {None}),
            "shown_keys": sum(request["shows_its_key"] for request in seen),
        }
        most = wanted.get("requests_at_most", len(seen))
        has(found, {name: value for name, value in wanted.items() if name != "requests_at_most"}, "what was sent")
        assert len(seen) <= most, f"{len(seen)} requests"

    async def case(self, case):
        agent = await self.control("agent", {"policy": case.get("policy", POLICY), "scopes": case.get("scopes")})
        # The server's time is the test's, not this machine's.
        ahead = await self.control("clock") / 1000 - time.time()
        make = bursar.Bursar if self.kind == "sync" else bursar.AsyncBursar
        key_id = None if case.get("unsigned") else agent["key_id"]
        client = make(
            case.get("url", self.url),
            agent["api_key"],
            key_id=key_id,
            attempts=4,
            backoff_s=0.01,
            clock=lambda: time.time() + ahead,
        )
        said = {}
        for index, step in enumerate(case["steps"], 1):
            try:
                await self.step(client, step, said)
            except Exception as error:
                error.add_note(f"{case['name']}, step {index} ({step['call']})")
                raise
        made = await self.control("payments", agent)
        assert made == case.get("payments", made), f"{case['name']}: {made} payments at the server"
        client.close() if self.kind == "sync" else await client.aclose()

    async def key(self, agent_id, request, key):
        seen = []

        def answer(sent):
            seen.append(json.loads(sent.content)["idempotency_key"])
            return httpx.Response(200, json={})

        transport = httpx.MockTransport(answer)
        if self.kind == "sync":
            client = bursar.Bursar(self.url, "bur_test_x", agent_id=agent_id, http=httpx.Client(transport=transport))
        else:
            http = httpx.AsyncClient(transport=transport)
            client = bursar.AsyncBursar(self.url, "bur_test_x", agent_id=agent_id, http=http)
        await self.call(client, "pay.request", request | {"idempotency": "content"})
        assert seen == [key], f"{request}: {seen}"

    async def all(self):
        wrong = []
        for case in self.table["cases"]:
            try:
                await self.case(case)
            except Exception as error:
                wrong.append(error)
        if wrong:
            raise ExceptionGroup("cases that went wrong", wrong)
        for entry in self.table["keys"]:
            await self.key(**entry)
        for entry in self.table["webhooks"]:
            genuine(**entry)
        make = bursar.Bursar if self.kind == "sync" else bursar.AsyncBursar
        try:
            await self.call(make(self.url, "bur_test_x"), "pay.request", {"amount": 12.5, "merchant": "books.example"})
            raise AssertionError("an amount that is a float should have failed")
        except TypeError:
            pass


def genuine(name, secret, now, headers, body, fails=False):
    try:
        message = bursar.verify_webhook(body, headers, secret, now_s=now)
        assert not fails, f"{name}: it should have failed"
        assert message == json.loads(body), name
    except bursar.WebhookVerificationError:
        assert fails, name


def fill(value, said):
    """What earlier answers said is written `$name`."""
    if isinstance(value, str) and value.startswith("$"):
        return said[value[1:]]
    if isinstance(value, list):
        return [fill(item, said) for item in value]
    if isinstance(value, dict):
        return {name: fill(member, said) for name, member in value.items()}
    return value


def has(found, wanted, where):
    """Every member that is wanted is there; more may be."""
    if isinstance(wanted, dict):
        assert isinstance(found, dict), f"{where} is {found}"
        for name, member in wanted.items():
            has(found.get(name), member, f"{where}.{name}")
    elif isinstance(wanted, list):
        assert len(found) == len(wanted), f"{where}: how many: {found}"
        for index, member in enumerate(wanted):
            has(found[index], member, f"{where}[{index}]")
    else:
        assert found == wanted, f"{where} is {found!r}, not {wanted!r}"


if __name__ == "__main__":
    kind, file, url = sys.argv[1:]
    table = json.loads(pathlib.Path(file).read_text())
    asyncio.run(Run(kind, table, url).all())
    print(f"{len(table['cases'])} cases")
