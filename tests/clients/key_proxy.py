"""A proxy that adds the key to every request, for clients that have no way to be given one: the conformance suite.

Everything else passes as it came, hostile names in Host and Origin too; only its own name becomes the server's.
"""
import asyncio
import re
import threading

BYTES = 64 * 1024
ENDS = (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError)  # how a connection ends


class KeyProxy:
    """`with KeyProxy(port, key) as proxy:` listens at 127.0.0.1:proxy.port."""

    def __init__(self, port, key):
        self.target, self.key, self.port = port, key, None
        self.loop = asyncio.new_event_loop()
        self.ready = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self):
        self.thread.start()
        self.ready.wait()
        return self

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()

    def run(self):
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(asyncio.start_server(self.serve, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self.ready.set()
        self.loop.run_forever()
        server.close()
        tasks = asyncio.all_tasks(self.loop)
        for task in tasks:
            task.cancel()
        self.loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self.loop.close()

    def head(self, head):
        own, target = f"127.0.0.1:{self.port}".encode(), f"127.0.0.1:{self.target}".encode()
        head = re.sub(rb"(?im)^((?:host|origin): *(?:http://)?)" + re.escape(own) + rb"(?=\r)", rb"\g<1>" + target, head)
        line, rest = head.split(b"\r\n", 1)
        return line + b"\r\nAuthorization: Bearer " + self.key.encode() + b"\r\n" + rest

    async def serve(self, client, to_client):
        server, to_server = await asyncio.open_connection("127.0.0.1", self.target)
        back = asyncio.ensure_future(self.copy(server, to_client))
        try:
            while True:
                head = await client.readuntil(b"\r\n\r\n")
                to_server.write(self.head(head))
                length = re.search(rb"(?im)^content-length: *(\d+)", head)
                if length:
                    to_server.write(await client.readexactly(int(length[1])))
                await to_server.drain()
        except ENDS:
            pass
        finally:
            to_server.close()
            await back

    @staticmethod
    async def copy(source, sink):
        try:
            while data := await source.read(BYTES):
                sink.write(data)
                await sink.drain()
        except ENDS:
            pass
        finally:
            sink.close()
