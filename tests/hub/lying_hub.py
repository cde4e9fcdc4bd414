"""A program that stands where a provincial hub should and lies, in the way the address names: /redirect/graphql.

Run as `python tests/hub/lying_hub.py`; it prints its port and runs until it is ended. The standard library alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import re

HONEST_HEAD = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
TRICKLE_S = 0.05  # between bytes: each is in time, and all of them never are
BOMB = gzip.compress(b" " * 50_000_000)
UNIT = {"creditCode": 5, "name": None, "tier": "GIGANTIC"}


def body_of(way: str, head: str) -> bytes:
    """What is said in the ways that answer at once."""
    if way == "wrong_types":
        return json.dumps({"data": {"nation": {"unitsTotal": "many"}, "units": {"nodes": [UNIT]}}}).encode()
    if way == "huge":
        return b'{"data": {"nation": "' + b"x" * 20_000_000 + b'"}}'
    if way == "deep":
        return b'{"data": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    if way == "echo":  # the credential it was asked with, as a reason
        token = next((line for line in head.splitlines() if line.lower().startswith("authorization")), "")
        said = {"message": f"{token} of http://10.1.2.3:8424/secret", "extensions": {"code": "FORBIDDEN"}}
        return json.dumps({"data": None, "errors": [said]}).encode()
    return {"not_json": b"<html>", "no_answer": b"[1]", "nothing": b"{}"}[way]


async def answer(way: str, head: str, writer: asyncio.StreamWriter) -> None:
    """Lie."""
    if way == "silent":
        await asyncio.sleep(3600)
    elif way == "trickle":
        writer.write(f"{HONEST_HEAD}Content-Length: 100000\r\n\r\n".encode())
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(TRICKLE_S)
    elif way == "breaks_off":
        writer.write(f'{HONEST_HEAD}Content-Length: 100000\r\n\r\n{{"data":'.encode())
    elif way == "no_http":
        writer.write(b"220 mail.example ESMTP\r\n\r\n")
    elif way == "redirect":
        place = "Location: http://127.0.0.1:9/elsewhere\r\nContent-Length: 0\r\n\r\n"
        writer.write(f"HTTP/1.1 307 Temporary Redirect\r\n{place}".encode())
    elif way == "refuses":
        said = b'{"detail": "not today, http://10.1.2.3:8424/secret"}'
        writer.write(f"HTTP/1.1 403 Forbidden\r\nContent-Length: {len(said)}\r\n\r\n".encode() + said)
    elif way == "bomb":
        writer.write(
            f"{HONEST_HEAD}Content-Encoding: gzip\r\nContent-Length: {len(BOMB)}\r\n\r\n".encode() + BOMB
        )
    else:
        said = body_of(way, head)
        writer.write(f"{HONEST_HEAD}Content-Length: {len(said)}\r\n\r\n".encode() + said)
    await writer.drain()


async def met(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One connection, closed after its answer."""
    with contextlib.suppress(OSError, asyncio.IncompleteReadError):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = re.search(r"content-length: *([0-9]+)", head, re.IGNORECASE)
        await reader.readexactly(int(length[1]) if length else 0)  # unread, it would reset the connection
        await answer(head.split()[1].split("/")[1], head, writer)
    with contextlib.suppress(OSError):
        writer.close()
        await writer.wait_closed()


async def main() -> None:
    """Listen on a free port of loopback."""
    server = await asyncio.start_server(met, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201 - how it tells its port
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
