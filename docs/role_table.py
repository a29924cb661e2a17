"""The role matrix as a page for people: what each role may open and send, from the matrix that a test holds."""

import csv
from pathlib import Path

MATRIX = Path(__file__).resolve().parents[1] / "clinic" / "tests" / "role_matrix.csv"
ROLES = ("no_role", "front_desk", "clinician", "medical_director", "manager", "auditor")
REFUSED = {"403", "404", "405", "login"}
WORDS = {(True, True): "opens, sends", (True, False): "opens", (False, True): "sends", (False, False): "no"}
HEAD = """\
# Who gets how far

From `clinic/tests/role_matrix.csv`, where a test holds what every address answers to every role, GET and POST. An address that is
not in it fails the build: `make matrix`, then read what changed. Without a login every address below leads to the login. Left out:
addresses that refuse everybody, and those where all roles, also none, get the same.

*opens*: the page is shown. *sends*: a form or button is taken up, be it that it comes back to be mended.
A list takes a POST for its bulk actions, each of which has a row; without one it shows itself again.
"""


def role_page() -> str:
    """Markdown; one row for each staff address on which the roles differ."""
    with MATRIX.open() as lines:
        rows = [
            {key.strip(): (cell or "").strip() for key, cell in row.items() if key} for row in csv.DictReader(lines)
        ]
    shown = [
        (row["route"], [_words(row[role]) for role in ROLES]) for row in rows if row["route"].startswith("/admin/")
    ]
    heads = [role.replace("_", " ") for role in ROLES]
    table = [f"| address | {' | '.join(heads)} |", "|---" * (len(heads) + 1) + "|"]
    table += [f"| `{route}` | {' | '.join(words)} |" for route, words in shown if len(set(words)) > 1]
    return "\n".join([HEAD, *table, ""])


def _words(cell: str) -> str:
    if "/" not in cell:
        return "may" if cell == "yes" else "no"
    seen, sent = cell.split("/")
    return WORDS[seen not in REFUSED, sent not in REFUSED]
