"""TCP proxies that hold every byte back for a while: a distant host on a kernel without netem.

    delay.py MILLISECONDS ADDRESS:PORT...

Prints the local port of each proxy, one a line, and serves until its stdin closes.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float) -> None:
    """Copy one direction; bytes leave ``delay`` seconds after they came, however many."""
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def deliver() -> None:
        while True:
            due, data = await queue.get()
            await asyncio.sleep(max(0.0, due - loop.time()))
            if not data:
                break
            writer.write(data)
            await writer.drain()
        writer.close()

    delivering = asyncio.create_task(deliver())
    try:
        while data := await reader.read(1 << 16):
            queue.put_nowait((loop.time() + delay, data))
    except ConnectionError:
        pass
    queue.put_nowait((loop.time() + delay, b""))
    await delivering


async def serve(delay: float, targets: list[tuple[str, int]]) -> None:
    for address, port in targets:

        async def connected(
            reader: asyncio.StreamReader,
            writer: asyncio.StreamWriter,
            address: str = address,
            port: int = port,
        ) -> None:
            far_reader, far_writer = await asyncio.open_connection(address, port)
            await asyncio.gather(
                pump(reader, far_writer, delay),
                pump(far_reader, writer, delay),
                return_exceptions=True,
            )

        server = await asyncio.start_server(connected, "127.0.0.1", 0)
        print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


def until_stdin_closes() -> None:
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    threading.Thread(target=until_stdin_closes, daemon=True).start()
    named = [word.rsplit(":", 1) for word in sys.argv[2:]]
    asyncio.run(serve(float(sys.argv[1]) / 1000, [(host, int(port)) for host, port in named]))
