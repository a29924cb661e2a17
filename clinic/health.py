"""Is it alive, is it ready. Answers name parts and ages, never a host, a path or an error's text.

`/livez` touches nothing: a restart would not mend a database that is down. `/readyz` is for alarms
and for the step "may traffic come"; it turns red when messages stop leaving, too.
"""

import datetime as dt
import logging
import os
from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from clinic.models import Heartbeat
from clinic.public import public
from notifications.selectors import oldest_due_age

TIMEOUT_SECONDS = 0.5
BEAT_MAY_BE_SILENT = dt.timedelta(minutes=3)  # it sweeps each minute
MAY_WAIT = dt.timedelta(minutes=10)

logger = logging.getLogger("clinic.health")


class _NotReadyError(Exception):
    """A part answered, but not well."""


def _database() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL statement_timeout = %s", [int(TIMEOUT_SECONDS * 1000)])
        cursor.execute("SELECT 1")


def _broker() -> None:
    if not settings.REDIS_URL:
        if not os.access(str(settings.CELERY_BROKER_TRANSPORT_OPTIONS["data_folder_in"]), os.W_OK):
            raise _NotReadyError
        return
    with Redis.from_url(
        settings.REDIS_URL,
        socket_connect_timeout=TIMEOUT_SECONDS,
        socket_timeout=TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    ) as broker:
        broker.ping()


def _outbox() -> None:
    age = oldest_due_age(timezone.now())
    if age is not None and age > MAY_WAIT:
        raise _NotReadyError


def _beat() -> None:
    seen_at = Heartbeat.objects.values_list("seen_at", flat=True).filter(name="beat").first()
    if seen_at is None or timezone.now() - seen_at > BEAT_MAY_BE_SILENT:
        raise _NotReadyError


CHECKS: dict[str, Callable[[], None]] = {
    "database": _database,
    "broker": _broker,
    "outbox": _outbox,
    "beat": _beat,
}


def _passes(name: str, check: Callable[[], None]) -> bool:
    try:
        check()
    except (DatabaseError, RedisError, OSError, _NotReadyError):
        logger.warning("not ready", extra={"check": name}, exc_info=True)
        return False
    return True


@public
@require_safe
def livez(_request: HttpRequest) -> HttpResponse:
    """200 as long as this process answers. No database, no session, no template."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@public
@require_safe
def readyz(_request: HttpRequest) -> JsonResponse:
    """200 when every part works, else 503: `{"status": "ok", "checks": {"database": "ok", ...}}`."""
    checks = {name: "ok" if _passes(name, check) else "failing" for name, check in CHECKS.items()}
    is_ready = set(checks.values()) == {"ok"}
    return JsonResponse({"status": "ok" if is_ready else "failing", "checks": checks}, status=200 if is_ready else 503)
