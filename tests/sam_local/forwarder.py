"""Leads containers to ports of this machine that only the machine itself can reach."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator


@contextlib.contextmanager
def forwarded(address: str, *ports: int) -> Iterator[list[int]]:
    """Ports of `address` that lead to ports of 127.0.0.1, as long as the block lasts."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def serve(port: int) -> asyncio.Server:
        return await asyncio.start_server(lambda reader, writer: connect(reader, writer, port), address, 0)

    servers = [asyncio.run_coroutine_threadsafe(serve(port), loop).result(timeout=10) for port in ports]
    try:
        yield [server.sockets[0].getsockname()[1] for server in servers]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=10)


async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
    there_reader, there_writer = await asyncio.open_connection("127.0.0.1", port)
    await asyncio.gather(pump(reader, there_writer), pump(there_reader, writer))


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()
