"""Public rate limits, kept in the database: durable, and shared by all processes.

Keys are HMACs, so the table names nobody. Limits are multiplied by `RATE_LIMIT_FACTOR`. Carrier
networks share addresses, so limits per network address are high.
"""

import datetime as dt
import ipaddress
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import salted_hmac

from clinic.models import RateBucket


@dataclass(frozen=True, kw_only=True)
class Limit:
    """At most `most` acts per `window` for one key."""

    name: str
    most: int
    window: dt.timedelta


def network_of(ip: str) -> str:
    """The address itself for IPv4, the /64 for IPv6: one home or phone. Other text as it is."""
    try:
        address = ipaddress.ip_address(ip.partition("%")[0])
    except ValueError:
        return ip
    plain = getattr(address, "ipv4_mapped", None) or address
    return str(plain) if plain.version == 4 else str(ipaddress.ip_network(f"{plain}/64", strict=False))


def take(limit: Limit, value: str) -> bool:
    """Count one act of `value` (a network, a number, an address). False when that is one too many.

    Inside a transaction the row stays locked until its end, and the count goes when it is undone: a
    refused act is then not counted, and the limit holds all the same. Take several in one order.
    """
    return take_some(limit, value, 1) == 1


def take_some(limit: Limit, value: str, number: int) -> int:
    """Count `number` acts of `value` at once; how many of them the limit still lets through."""
    now = timezone.now()
    window = int(now.timestamp() // limit.window.total_seconds())
    digest = salted_hmac("clinic.limits", f"{limit.name}|{window}|{value}", algorithm="sha256").hexdigest()
    key = f"{limit.name[:15]}:{digest}"
    with transaction.atomic():
        RateBucket.objects.bulk_create(
            [RateBucket(key=key, count=0, expires_at=now + limit.window)], ignore_conflicts=True
        )
        RateBucket.objects.filter(key=key).update(count=F("count") + number)
        count = RateBucket.objects.values_list("count", flat=True).get(key=key)
    most = limit.most * settings.RATE_LIMIT_FACTOR
    return int(max(0, min(number, most - (count - number))))


def forget_expired() -> int:
    """Delete windows that are over. Called by the sweep."""
    deleted, _by_model = RateBucket.objects.filter(expires_at__lt=timezone.now()).delete()
    return deleted
