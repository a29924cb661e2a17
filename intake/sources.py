"""Where a request came from: one short word of a fixed list, given by the link people followed or by staff.

No cookie and no address of another page: `/consultation/?from=website`. Any other word counts as not known.
"""

PHONE, WALK_IN = "phone", "walk_in"
FROM_LINKS = {
    "website": "Our website",
    "search": "Search engine",
    "maps": "Map listing",
    "social": "Social media",
    "newsletter": "Newsletter",
    "referral": "Another clinic or doctor",
    "insurer": "Insurer",
    "poster": "Poster or card",
}
LABELS = {**FROM_LINKS, PHONE: "Phone", WALK_IN: "Walked in", "": "Not known"}


def source_from_link(word: str) -> str:
    """The word when a link may say it, else empty."""
    return word if word in FROM_LINKS else ""
