"""What the desk's pages cost with 100,000 visits: CPU time of each beside that of bare pages, in one run.

Run: export DEBUG=1 DATA_DIR=/tmp/bench-desk; .venv/bin/python manage.py migrate
     .venv/bin/python manage.py seed_demo --clinicians 50 --days 365 --appointments 100000
     .venv/bin/python bench/desk.py            (one page, with where its time goes: bench/desk.py "search by name")
With DATABASE_URL set, the same on PostgreSQL (ANALYZE after the seed). All are asked side by side by one process, so
the ratios mean something on any machine. The database's time counts: SQLite works inside the process, and of
PostgreSQL the process that serves us is read where it runs on this machine.

Three floors are measured (docs/adr/0035):
- `livez` answers "ok" before anybody is asked who they are. No page of staff can come near it.
- `staff` answers "ok" to a member of staff through the whole middleware, without a page.
- `frame` answers an empty page to a member of staff: whole middleware, rights, the head of every page of staff.
  It asks nothing of the clinic's work, so it does not grow with it. This is the bare view of the promise: the least
  that a person behind a login can be shown. The desk's own counts are no part of it: each page pays for them.
The promise is a ratio to `frame` below 60; exits 1 when one page takes more, or does not answer 200. The ratio to
`staff` is the stricter reading: most pages keep it too, docs/next.md says which do not.
"""

import cProfile
import logging
import os
import pstats
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
os.environ.setdefault("DEBUG", "1")

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth.models import Group  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from clinic.models import User  # noqa: E402
from intake.models import ConsultationRequest  # noqa: E402
from scheduling.models import Appointment  # noqa: E402

FLOORS = {"livez": "/livez", "staff": "/admin/desk/bare/", "frame": "/admin/desk/bare/frame/"}
BARE, PROMISE, ROUNDS, OK = "frame", 60, 5, 200


def pages() -> dict[str, str]:
    """Every list and board of the desk, and the pages about one person."""
    patient = ConsultationRequest.objects.latest("created_at").patient_id
    visit = Appointment.objects.latest("starts_at")
    desk = "today", "next", "requests", "search", "duplicates", "week", "reports", "access", "waiting", "stranded"
    more = "safety", "review", "phone", "messages", "messages/inbox"
    return {
        **{name: f"/admin/desk/{name}/" for name in (*desk, *more)},
        "search by name": "/admin/desk/search/?q=jordan",
        "search by phone": "/admin/desk/search/?q=612-555-0142",
        "reports of a year": "/admin/desk/reports/?first=2026-01-01&last=2026-12-31",
        "patient": f"/admin/desk/patients/{patient}/",
        "visit": f"/admin/desk/visits/{visit.pk}/",
        "week of a full diary": f"/admin/desk/week/?clinician={visit.clinician_id}",
        "visits": "/admin/scheduling/appointment/",
        "every visit": "/admin/scheduling/appointment/?day=all",
        "admin: requests": "/admin/intake/consultationrequest/",
        "admin: people": "/admin/intake/patient/",
    }


def cpu() -> float:
    """CPU seconds so far: of this process, and of the database's process that serves it where the kernel tells."""
    own = time.process_time()
    if connection.vendor != "postgresql":
        return own
    served_by = Path(f"/proc/{connection.connection.info.backend_pid if connection.connection else 0}/schedstat")
    return own + (int(served_by.read_text().split()[0]) / 1e9 if served_by.exists() else 0)


def seconds(client: Client, path: str) -> tuple[float, int]:
    """The median of CPU seconds, and the status."""
    took, status = [], 0
    for _round in range(ROUNDS):
        began = cpu()
        status = client.get(path).status_code
        took.append(cpu() - began)
    return statistics.median(took), status


def queries(client: Client, path: str) -> int:
    """How often the page asks the database."""
    with CaptureQueriesContext(connection) as found:
        client.get(path)
    return len(found)


def member_of_staff() -> Client:
    """Somebody with every role, logged in; nothing is kept for debugging."""
    logging.disable(logging.CRITICAL)
    settings.ALLOWED_HOSTS = ["*"]
    settings.ROOT_URLCONF = "bench.desk_urls"
    settings.DEBUG = False  # a debugging cursor keeps and measures each query
    client = Client(raise_request_exception=False)
    user, _made = User.objects.update_or_create(email="bench@clinic.example", defaults={"is_staff": True})
    user.groups.set(Group.objects.all())
    client.force_login(user)
    return client


def profile(client: Client, path: str) -> None:
    """Where the time of one page goes, and what it asks."""
    client.get(path)
    with cProfile.Profile() as watched:
        client.get(path)
    pstats.Stats(watched).sort_stats("tottime").print_stats(14).sort_stats("cumtime").print_stats(45)
    with CaptureQueriesContext(connection) as found:
        client.get(path)
    for one in sorted(found, key=lambda query: -float(query["time"]))[:6]:
        print(f"\n{one['time']} s  {one['sql'][:1500]}")


def main() -> int:
    """Measure and print."""
    client = member_of_staff()
    if len(sys.argv) > 1:
        profile(client, {**FLOORS, **pages()}[sys.argv[1]])
        return 0
    floors = {name: min(seconds(client, path)[0] for _try in range(3)) for name, path in FLOORS.items()}
    print(f"{Appointment.objects.count()} visits, {connection.vendor}; a bare page takes in ms of CPU: ", end="")
    print(", ".join(f"{name} {took * 1000:.2f}" for name, took in floors.items()))
    print(f"{'page':24} status queries       ms {'':3}" + "".join(f"{'x ' + name:>9}" for name in floors))
    is_kept = True
    for name, path in pages().items():
        took, status = seconds(client, path)
        is_kept = is_kept and status == OK and took / floors[BARE] < PROMISE
        ratios = "".join(f"{took / floor:9.1f}" for floor in floors.values())
        print(f"{name:24} {status:6} {queries(client, path):7} {took * 1000:8.1f} {'':3}{ratios}", flush=True)
    return int(not is_kept)


if __name__ == "__main__":
    sys.exit(main())
