"""Logs without persons: one JSON object a line, from allow-listed fields only.

A log line holds the constant text of the call (`record.msg`, before anything is put into it), the
allow-listed `extra` fields, and for errors the types and code places of the traceback. Arguments,
exception texts, paths and everything else never reach the log, whoever writes it: names, addresses,
numbers, tokens and answers travel in exactly those. A library's text that comes without arguments
may have been put together before; of such a line only the place is kept.
"""

import contextvars
import datetime as dt
import json
import logging
import traceback
from types import TracebackType
from typing import Any

request_id: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="")

ALLOWED_EXTRA = (
    "message_id", "appointment_id", "kind", "channel", "state", "attempt", "error_code", "provider", "task", "count", "seconds",
    "method", "route", "status", "size", "check", "command",
)  # fmt: skip


OUR_LOGGERS = ("clinic", "notifications", "intake", "scheduling")


def _event(record: logging.LogRecord) -> str:
    is_constant = record.name.partition(".")[0] in OUR_LOGGERS or bool(record.args)
    return record.msg if is_constant and isinstance(record.msg, str) else f"{record.module}.{record.funcName}"


def _places(error: BaseException, trace: TracebackType | None) -> list[str]:
    frames = [
        f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)
    ]
    return [type(error).__qualname__, *frames[-12:]]


class AllowListFormatter(logging.Formatter):
    """Formats a record as JSON from its constant text and its allow-listed fields."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "event": _event(record),
        }
        if request_id.get():
            line["request_id"] = request_id.get()
        for name in ALLOWED_EXTRA:
            if hasattr(record, name):
                line[name] = getattr(record, name)
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = _places(record.exc_info[1], record.exc_info[2])
        return json.dumps(line, default=lambda value: type(value).__qualname__)


CONFIGURATION: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"allow_list": {"()": "clinic.logs.AllowListFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "allow_list"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
    },
}
