"""Names, addresses and numbers of people who do not exist."""

from collections.abc import Iterator

FIRST = (
    "Avery", "Blair", "Casey", "Devon", "Ellis", "Frankie", "Gray", "Harper", "Indigo", "Jules", "Kit", "Lane",
    "Marlow", "Noor", "Oakley", "Parker", "Quinn", "Remy", "Sage", "Tatum", "Umi", "Vale", "Wren", "Yael", "Zion",
)  # fmt: skip
LAST = (
    "Alderly", "Bellwright", "Carrow", "Dunmere", "Eastlake", "Fenwright", "Greavely", "Hollins", "Ingleby", "Larkwell",
    "Merrow", "Northam",
)  # fmt: skip
CLINICIANS = ("Dr. Dana Rivers", "Dr. Sol Harbor", "Morgan Fields, NP")
# Not 612: whoever tries the demo by hand types such a number, and one number holds few visits.
AREA_CODES = ("651", "763", "952", "507", "218", "320")
NUMBERS = range(100, 200)  # 555-0100 to 555-0199 belong to nobody: North America keeps them for fiction


def people() -> Iterator[tuple[str, str, str]]:
    """Name, e-mail address, number in E.164. Names end, so numbers follow them; phone numbers come round again."""
    index = 0
    while True:
        first, last = FIRST[index % len(FIRST)], LAST[index % len(LAST)]  # 25 and 12 share no factor: 300 pairs
        turn = index // (len(FIRST) * len(LAST))
        name = f"{first} {last}" + (f" {turn + 1}" if turn else "")
        area, number = AREA_CODES[index // len(NUMBERS) % len(AREA_CODES)], NUMBERS[index % len(NUMBERS)]
        yield name, f"{first}.{last}{turn or ''}@person.example".lower(), f"+1{area}5550{number}"
        index += 1
