"""An address on a loopback port that nobody of ours should ask."""

import socket
from typing import Self


class Elsewhere:
    """Takes connections and never answers. `was_asked` says whether there was one."""

    def __enter__(self) -> Self:
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.setblocking(False)
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        return self

    def __exit__(self, *_exception: object) -> None:
        self._server.close()

    def was_asked(self) -> bool:
        try:
            asking, _address = self._server.accept()
        except BlockingIOError:
            return False
        asking.close()
        return True
