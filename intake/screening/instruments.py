"""The scored instruments as tables: items, codes, points, bands (clinical.md 1). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
OFTEN = {"LA6568-5": 0, "LA6569-3": 1, "LA6570-1": 2, "LA6571-9": 3}
OFTEN_TEXTS = ("Not at all", "Several days", "More than half the days", "Nearly every day")
MORE_DAYS_THAN_NOT = "LA18938-3"  # NLM's form of one GAD-7 item uses it for 2
YES_NO = {"LA32-8": 0, "LA33-6": 1, "373067005": 0, "373066001": 1, "N": 0, "Y": 1}
YES_NO_TEXTS = ("No", "Yes")
DIFFICULTY = {"LA6572-7": 0, "LA6573-5": 1, "LA6575-0": 2, "LA6574-3": 3}  # the codes do not ascend
DIFFICULTY_TEXTS = ("Not difficult at all", "Somewhat difficult", "Very difficult", "Extremely difficult")
NEVER = "LA6270-8"


@dataclass(frozen=True, kw_only=True)
class ItemTable:
    """One item: its LOINC (or local) code, the points of each answer code, the answers' words by points."""

    code: str
    points: Mapping[str, int]
    texts: tuple[str, ...]
    other_texts: Mapping[str, int] = field(default_factory=dict)
    is_yes_no: bool = False
    is_count: bool = False  # a number is how many times, not points

    @property
    def worded(self) -> tuple[tuple[str, int], ...]:
        """Each answer's words with its points."""
        return (*((words, points) for points, words in enumerate(self.texts)), *self.other_texts.items())

    @property
    def most(self) -> int:
        """The highest points of one answer."""
        return len(self.texts) - 1


@dataclass(frozen=True, kw_only=True)
class Instrument:
    """A scored instrument. `bands` go up: (least total, name). `partial_from`: with fewer answers nothing is shown."""

    name: str
    items: tuple[ItemTable, ...]
    bands: tuple[tuple[int, str], ...]
    panel: str = ""
    totals: frozenset[str] = frozenset()
    extras: tuple[ItemTable, ...] = ()  # belong to the form, do not count
    safety: frozenset[str] = frozenset()
    partial_from: int = 0
    is_prorated: bool = False

    @property
    def most(self) -> int:
        """The highest total."""
        return sum(item.most for item in self.items)

    @cached_property
    def known(self) -> dict[str, ItemTable]:
        """Every item of the form by code, scored or not."""
        return {item.code: item for item in (*self.items, *self.extras)}

    def band_of(self, total: int) -> str:
        """The band a total lies in."""
        return [name for least, name in self.bands if total >= least][-1]


def _often(*codes: str, also: tuple[str, ...] = ()) -> tuple[ItemTable, ...]:
    return tuple(
        ItemTable(
            code=code,
            points={**OFTEN, MORE_DAYS_THAN_NOT: 2} if code in also else OFTEN,
            texts=OFTEN_TEXTS,
            other_texts={"More days than not": 2} if code in also else {},
        )
        for code in codes
    )


def _yes_no(*codes: str) -> tuple[ItemTable, ...]:
    return tuple(ItemTable(code=code, points=YES_NO, texts=YES_NO_TEXTS, is_yes_no=True) for code in codes)


def _ladder(code: str, **points: str) -> ItemTable:
    """Answers in ascending order, as text=code."""
    return ItemTable(code=code, points={name: n for n, name in enumerate(points.values())}, texts=tuple(points))


# The LOINC numbers of PHQ-9 are not in the order of its items.
PHQ9 = Instrument(
    name="PHQ-9",
    items=_often(*("44250-9", "44255-8", "44259-0", "44254-1", "44251-7", "44258-2", "44252-5", "44253-3", "44260-8")),
    bands=((0, "minimal"), (5, "mild"), (10, "moderate"), (15, "moderately severe"), (20, "severe")),
    panel="44249-1",
    totals=frozenset({"44261-6", "55758-7"}),
    extras=(ItemTable(code="69722-7", points=DIFFICULTY, texts=DIFFICULTY_TEXTS),),
    safety=frozenset({"44260-8"}),
    partial_from=7,
    is_prorated=True,
)
_GAD = ("69725-0", "68509-9", "69733-4", "69734-2", "69735-9", "69689-8", "69736-7")
GAD7 = Instrument(
    name="GAD-7",
    items=_often(*_GAD, also=_GAD),
    bands=((0, "minimal"), (5, "mild"), (10, "moderate"), (15, "severe")),
    panel="69737-5",
    totals=frozenset({"70274-6"}),
    extras=(ItemTable(code="69722-7", points=DIFFICULTY, texts=DIFFICULTY_TEXTS),),
    partial_from=5,
    is_prorated=True,
)
GATE = "102011-4"
PC_PTSD5 = Instrument(
    name="PC-PTSD-5",
    items=_yes_no("102012-2", "102013-0", "102014-8", "102015-5", "102016-3"),
    bands=((0, "negative"), (3, "positive")),
    panel="102010-6",
    totals=frozenset({"102017-1"}),
    extras=_yes_no(GATE),
)
AUDIT_C = Instrument(
    name="AUDIT-C",
    items=(
        _ladder(
            "68518-0",
            **{
                "Never": NEVER,
                "Monthly or less": "LA18926-8",
                "2-4 times a month": "LA18927-6",
                "2-3 times a week": "LA18928-4",
                "4 or more times a week": "LA18929-2",
            },
        ),
        _ladder(
            "68519-8",
            **{
                "1 or 2": "LA15694-5",
                "3 or 4": "LA15695-2",
                "5 or 6": "LA18930-0",
                "7 to 9": "LA18931-8",
                "10 or more": "LA18932-6",
            },
        ),
        _ladder(
            "68520-6",
            **{
                "Never": NEVER,
                "Less than monthly": "LA18933-4",
                "Monthly": "LA18876-5",
                "Weekly": "LA18891-4",
                "Daily or almost daily": "LA18934-2",
            },
        ),
    ),
    bands=((0, "negative"), (3, "positive")),
    panel="72109-2",
    totals=frozenset({"75626-2"}),
)
DRUG_1 = Instrument(
    name="DRUG-1",
    items=(
        ItemTable(
            code="68524-8",
            points={NEVER: 0, "LA26460-8": 1, "LA18876-5": 2, "LA18891-4": 3, "LA18934-2": 4},
            texts=("Never", "Once or twice", "Monthly", "Weekly", "Daily or almost daily"),
            is_count=True,
        ),
    ),
    bands=((0, "negative"), (1, "positive")),
)
ASQ_ACUTE = "asq-5"
ASQ = Instrument(
    name="ASQ",
    items=_yes_no("asq-1", "asq-2", "asq-3", "asq-4", ASQ_ACUTE),
    bands=((0, "negative"), (1, "positive")),
    safety=frozenset({"asq-1", "asq-2", "asq-3", "asq-4", ASQ_ACUTE}),
)
INSTRUMENTS: dict[str, Instrument] = {found.name: found for found in (PHQ9, GAD7, PC_PTSD5, AUDIT_C, DRUG_1, ASQ)}
