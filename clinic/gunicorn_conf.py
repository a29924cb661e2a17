"""How gunicorn serves the product: `gunicorn -c python:clinic.gunicorn_conf clinic.wsgi`.

No access log: `clinic.request` writes one line a request, with the route and never the path, which
may hold a private link. The error log goes through the same allow-list as everything else.
"""

import os
import socket
import threading
from typing import Any

import gunicorn.http.wsgi  # type: ignore[import-untyped]
from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]

gunicorn.http.wsgi.SERVER = "web"  # what we run on is nobody's business
READ_SECONDS = 10.0


class ImpatientWorker(ThreadWorker):  # type: ignore[misc]  # untyped
    """Gives a request READ_SECONDS to arrive. gunicorn waits for ever: a few callers that drip bytes held all threads."""

    def handle(self, conn: Any) -> Any:
        deadline = threading.Timer(READ_SECONDS, _stop_reading, [conn.sock])
        deadline.daemon = True
        deadline.start()
        try:
            return super().handle(conn)
        finally:
            deadline.cancel()


def _stop_reading(client: socket.socket) -> None:
    """The read that waits ends; an answer on its way still goes out."""
    try:
        client.shutdown(socket.SHUT_RD)
    except OSError:  # it is closed
        return


bind = f"0.0.0.0:{os.environ.get('PORT', '8000')}"
worker_class = ImpatientWorker
workers = 2
threads = 4
timeout = 30
graceful_timeout = 20
keepalive = 5
max_requests = 2000
max_requests_jitter = 200
limit_request_line = 4094
limit_request_fields = 100
forwarder_headers = ""  # a stranger's SCRIPT_NAME header, passed on by a proxy on this machine, ended in a 500
accesslog = None
control_socket_disable = True
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"allow_list": {"()": "clinic.logs.AllowListFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "allow_list"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "gunicorn.error": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        "gunicorn.access": {"handlers": [], "level": "CRITICAL", "propagate": False},
    },
}
