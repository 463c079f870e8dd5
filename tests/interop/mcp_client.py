"""The official Python client of the Model Context Protocol, told what to do line by line, as mcp.mjs is."""

import asyncio
import json
import sys

import httpx2
from mcp import Client, StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client


def say(line):
    print(json.dumps(line), flush=True)


def failure(error):
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return {"error": str(error) or type(error).__name__}


def transport(target):
    if "url" not in target:
        return stdio_client(StdioServerParameters(command=target["command"], args=target["args"], env=target["env"]))
    headers = {"Authorization": f"Bearer {target['key']}"}
    http = httpx2.AsyncClient(headers=headers, timeout=90, trust_env=False)
    return streamable_http_client(target["url"], http_client=http)


async def wish_of(client, wish):
    if "call" not in wish:
        return {"ok": plain(await client.list_tools())}
    progress = []

    async def told(done, total, message):
        progress.append({"progress": done, "message": message})

    callback = told if wish.get("progress") else None
    result = await client.call_tool(wish["call"], wish.get("arguments"), progress_callback=callback)
    return {"ok": plain(result), "progress": progress}


def plain(model):
    return model.model_dump(mode="json", by_alias=True, exclude_none=True)


async def main():
    async with Client(transport(json.loads(sys.argv[1]))) as client:
        say({"ok": {"server": plain(client.server_info), "instructions": client.instructions}})
        while line := await asyncio.to_thread(sys.stdin.readline):
            try:
                say(await wish_of(client, json.loads(line)))
            except Exception as error:  # noqa: BLE001 - whatever it is, the test reads it
                say(failure(error))


try:
    asyncio.run(main())
except BaseException as error:  # noqa: BLE001
    say(failure(error))
