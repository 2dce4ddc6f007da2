"""The receiver of the system tests, on an address of the host that containers reach."""

import threading
from http.server import ThreadingHTTPServer

from tests.system.receiver import Receiver

NAME = "receiver.test"  # what receiver.yml calls the host


class BridgeReceiver(Receiver):
    """Takes and verifies the same at `outside_url` as at `url`.

    Args:
        address: the host's address on Docker's bridge; nobody outside this machine reaches it.
    """

    def __init__(self, address: str) -> None:
        super().__init__()
        self._outside = ThreadingHTTPServer((address, 0), self._server.RequestHandlerClass)
        self._outside.daemon_threads = True
        self.outside_url = f"http://{NAME}:{self._outside.server_port}/hook"
        self._outside_thread = threading.Thread(target=self._outside.serve_forever, args=(0.05,), daemon=True)
        self._outside_thread.start()

    def close(self) -> None:
        """Stops listening."""
        self._outside.shutdown()
        self._outside.server_close()
        self._outside_thread.join()
        super().close()
