"""Proxies for tests: small, real, on loopback, and with an address book of their own."""

import asyncio
import socket
import ssl
from base64 import b64encode
from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import urlsplit

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class _Proxy:
    """Connects wherever it is told to; `hosts` are names that only it knows."""

    def __init__(
        self, credentials: str | None = None, hosts: Mapping[str, str] | None = None
    ) -> None:
        self.asked: list[str] = []  #: the targets, as they were spelled
        self.refused = 0  #: who did not bring the credentials
        self._credentials = credentials
        self._hosts = hosts or {}
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task] = set()
        self.port = 0

    async def start(self, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> None:
        self._server = await asyncio.start_server(self._serve, host, 0, ssl=tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._tasks.add(task := asyncio.current_task())
        task.add_done_callback(self._tasks.discard)
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                await self._talk(reader, writer)
                await writer.drain()
        finally:
            writer.close()
            if asyncio.current_task().cancelling():
                writer.transport.abort()

    async def _connect(self, host: str, port: int) -> Streams:
        self.asked.append(f"{host}:{port}")
        return await asyncio.open_connection(self._hosts.get(host, host), port)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        raise NotImplementedError


class HttpProxy(_Proxy):
    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.rstrip().split("\r\n")
        method, target, _ = first.split(" ")
        headers = dict(line.split(": ", 1) for line in lines)
        if self._credentials is not None:
            wanted = f"Basic {b64encode(self._credentials.encode()).decode()}"
            if headers.pop("Proxy-Authorization", "") != wanted:
                self.refused += 1
                writer.write(
                    b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
                )
                return
        if method == "CONNECT":
            host, _, port = target.rpartition(":")
            there = await self._connect(host.strip("[]"), int(port))
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            url = urlsplit(target)
            there = await self._connect(url.hostname, url.port or 80)
            path = f"{url.path or '/'}{'?' + url.query if url.query else ''}"
            headers["Connection"] = "close"
            said = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            there[1].write(f"{method} {path} HTTP/1.1\r\n{said}\r\n".encode("latin-1"))
        await _join((reader, writer), there)


class SocksProxy(_Proxy):
    @property
    def url(self) -> str:
        return f"socks5://127.0.0.1:{self.port}"

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, count = await reader.readexactly(2)
        offered = await reader.readexactly(count)
        method = 0 if self._credentials is None else 2
        if method not in offered:
            self.refused += 1
            writer.write(b"\x05\xff")
            return
        writer.write(bytes((5, method)))
        if method == 2 and not await self._is_opened(reader):
            self.refused += 1
            writer.write(b"\x01\x01")
            return
        if method == 2:
            writer.write(b"\x01\x00")
        *_, kind = await reader.readexactly(4)
        if kind == 3:
            host = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
        else:
            family, size = (socket.AF_INET, 4) if kind == 1 else (socket.AF_INET6, 16)
            host = socket.inet_ntop(family, await reader.readexactly(size))
        there = await self._connect(host, int.from_bytes(await reader.readexactly(2)))
        writer.write(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
        await _join((reader, writer), there)

    async def _is_opened(self, reader: asyncio.StreamReader) -> bool:
        async def word() -> str:
            return (await reader.readexactly((await reader.readexactly(1))[0])).decode()

        await reader.readexactly(1)
        return f"{await word()}:{await word()}" == self._credentials


async def _join(one: Streams, other: Streams) -> None:
    async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while some := await reader.read(65536):
                writer.write(some)
                await writer.drain()
        writer.close()

    try:
        await asyncio.gather(pour(one[0], other[1]), pour(other[0], one[1]))
    finally:
        other[1].transport.abort()
