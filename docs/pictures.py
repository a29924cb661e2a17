"""The picture of the desks as SVG, drawn by hand: no library, no font, readable on light and dark pages."""

SAYS = {
    "clinic top": "urls, celery, admin site, health: joins the desks",
    "scheduling": "when, with whom: times, visits, invites",
    "intake": "who are you, why do you come: the form",
    "notifications": "may we contact this address, what did we send, did it arrive",
    "clinic kernel": "Record, User, ClinicProfile, encrypted columns, private links",
}
TIP = """\
<defs><marker id="tip" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="7" markerHeight="7" orient="auto">
<path d="M0 0L8 4L0 8z" fill="#1f5f5b"/></marker></defs>"""
LEFT, BOX_WIDTH, BOX_HEIGHT, GAP, TOP_EDGE, LANE = 20, 460, 58, 38, 20, 22


def _box(name: str, top: int) -> list[str]:
    middle = LEFT + BOX_WIDTH // 2
    return [
        f'<rect x="{LEFT}" y="{top}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="8" fill="#eef4f3" stroke="#1f5f5b"/>',
        f'<text x="{middle}" y="{top + 24}" font-weight="bold">{name}</text>',
        f'<text x="{middle}" y="{top + 44}" font-size="13">{SAYS[name]}</text>',
    ]


def _arrow(path: str) -> str:
    return f'<path d="{path}" fill="none" stroke="#1f5f5b" stroke-width="1.5" marker-end="url(#tip)"/>'


def desks(arrows: list[tuple[str, str]], order: list[str]) -> str:
    """Boxes from the latest desk down to the kernel; a straight arrow to the next, the others in lanes beside."""
    tops = {name: TOP_EDGE + index * (BOX_HEIGHT + GAP) for index, name in enumerate(order)}
    parts, lane = [], 0
    for name in order:
        parts += _box(name, tops[name])
    for importer, imported in arrows:
        if order.index(imported) == order.index(importer) + 1:
            parts.append(_arrow(f"M{LEFT + BOX_WIDTH // 2} {tops[importer] + BOX_HEIGHT}V{tops[imported] - 3}"))
            continue
        lane += 1
        edge, beside = LEFT + BOX_WIDTH, LEFT + BOX_WIDTH + lane * LANE
        start, end = tops[importer] + 8 + 5 * lane, tops[imported] + 8 + 5 * lane
        parts.append(_arrow(f"M{edge} {start}H{beside}V{end}H{edge + 3}"))
    width, height = LEFT + BOX_WIDTH + (lane + 1) * LANE, tops[order[-1]] + BOX_HEIGHT + TOP_EDGE
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">',
            TIP,
            "<title>The desks and what they import</title>",
            f"<desc>{'; '.join(f'{a} imports {b}' for a, b in arrows)}.</desc>",
            f'<rect width="{width}" height="{height}" fill="#fff"/>',
            '<g font-family="system-ui,sans-serif" font-size="16" fill="#1d2b2a" text-anchor="middle">',
            *parts,
            "</g>",
            "</svg>",
            "",
        ]
    )
