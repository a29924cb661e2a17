"""Mutation check by hand: changes one thing at a time in a module, in a copy, and asks its tests to notice.

    python bench/mutate.py scheduling/slots.py scheduling/tests/test_slots.py
    python bench/mutate.py notifications/consent.py notifications/tests/test_consent.py --most 30

A survivor is a change that no test noticed: explain it in the note or write the test. `--most` takes an
even sample. The tests of the unchanged copy run first, so that a broken test does not count as noticing.
"""

import argparse
import ast
import copy
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "var", "*.pyc", "__pycache__", ".*_cache", ".hypothesis")
SWAPS: dict[type[ast.AST], Any] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add,
}  # fmt: skip


def swap_operator(node: ast.AST) -> bool:
    """`<` to `<=`, `and` to `or`, `+` to `-` and back."""
    if isinstance(node, ast.Compare) and type(node.ops[0]) in SWAPS:
        node.ops[0] = SWAPS[type(node.ops[0])]()
        return True
    if isinstance(node, ast.BoolOp | ast.BinOp) and type(node.op) in SWAPS:
        node.op = SWAPS[type(node.op)]()
        return True
    return False


def change_constant(node: ast.AST) -> bool:
    """True to False, a number to the next one."""
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        node.value = not node.value
        return True
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        node.value += 1
        return True
    return False


def drop_not(node: ast.AST) -> bool:
    """`not x` to `bool(x)`."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        node.op = ast.UAdd()
        node.operand = ast.Call(func=ast.Name(id="bool", ctx=ast.Load()), args=[node.operand], keywords=[])
        return True
    return False


def drop_statement(node: ast.AST) -> bool:
    """A call whose result nobody uses, or a `raise`, does nothing."""
    is_call = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    return is_call or isinstance(node, ast.Raise)


def mutants(source: str) -> Iterator[tuple[int, str, str]]:
    """(line, what was done, changed source), one change each."""
    tree = ast.parse(source)
    changes: tuple[Callable[[ast.AST], bool], ...] = (swap_operator, change_constant, drop_not, drop_statement)
    for index, original in enumerate(ast.walk(tree)):
        for change in changes:
            changed = copy.deepcopy(tree)
            node = next(found for place, found in enumerate(ast.walk(changed)) if place == index)
            if not change(node):
                continue
            if change is drop_statement:
                changed = _without(changed, node)
            line = getattr(original, "lineno", 0)
            yield line, change.__name__, ast.unparse(ast.fix_missing_locations(changed))


def _without(tree: ast.Module, gone: ast.AST) -> ast.Module:
    for parent in ast.walk(tree):
        for block in ("body", "orelse", "finalbody"):
            statements = getattr(parent, block, None)
            if isinstance(statements, list) and gone in statements:
                statements[statements.index(gone)] = ast.Pass()
    return tree


def tests_pass(folder: Path, tests: list[str]) -> bool:
    """Whether the tests of the copy pass, stopping at the first that does not."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", *tests]
    environment = {**os.environ, "DEBUG": "1", "DATA_DIR": str(folder / "var")}
    try:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=300, check=False)
    except subprocess.TimeoutExpired:
        return False  # an endless loop is noticed
    return done.returncode == 0


def main() -> int:
    """Print a line for each survivor and the count; exit 1 when there is one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("module")
    parser.add_argument("tests", nargs="+")
    parser.add_argument("--most", type=int, default=10_000)
    given = parser.parse_args()
    source = (ROOT / given.module).read_text()
    every = list(mutants(source))
    chosen = every[:: max(1, -(-len(every) // given.most))]
    survivors = 0
    with tempfile.TemporaryDirectory(prefix="mutate-") as name:
        folder = Path(name) / "copy"
        shutil.copytree(ROOT, folder, ignore=LEFT_OUT)
        if not tests_pass(folder, given.tests):
            print("The tests fail on the unchanged code.")
            return 2
        for line, what, changed in chosen:
            (folder / given.module).write_text(changed)
            if tests_pass(folder, given.tests):
                survivors += 1
                print(f"{given.module}:{line}: {what}: {source.splitlines()[line - 1].strip()}", flush=True)
    print(f"{survivors} of {len(chosen)} changes survived ({len(every)} possible).")
    return int(survivors > 0)


if __name__ == "__main__":
    sys.exit(main())
