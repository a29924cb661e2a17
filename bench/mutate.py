"""Mutation check by hand: changes one thing at a time in a module's functions and asks its tests to notice.

    make mutate MODULE=scheduling/slots.py
    python bench/mutate.py notifications/consent.py --most 30 --tests notifications/tests/test_consent.py

The tests are collected and run once, unchanged; then each change is tried in a fork of that process, whose functions get
the changed code in place, with a copy of the test database of its own. A fork without a change goes first and must pass:
else the script, not the tests, would notice. Nothing is written to the source. Constants and
tables outside functions are not changed. A survivor is a change that no test noticed: explain it in docs/mutation.md or
write the test. `--most` takes an even sample. SQLite only; tests with threads or killed parts are left out.
"""

import argparse
import ast
import copy
import functools
import gc
import mmap
import os
import shutil
import signal
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
SWAPS: dict[type[ast.AST], Any] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add,
}  # fmt: skip
SURVIVED, NOTICED, NOT_TRIED, BROKE = range(4)
CACHED = type(functools.cache(len))


def tests_of(module: str) -> list[str]:
    """The module's own tests, or those of its folder; none where `mutate.toml` has neither."""
    known = tomllib.loads(Path(__file__).with_suffix(".toml").read_text())
    folders: dict[str, str] = known.get(module) or known.get(str(Path(module).parent)) or {}
    return [f"{folder}/test_{name}.py" for folder, names in folders.items() for name in names.split()]


def swap_operator(node: ast.AST) -> bool:
    """`<` to `<=`, `and` to `or`, `+` to `-` and back."""
    if isinstance(node, ast.Compare) and type(node.ops[0]) in SWAPS:
        node.ops = [SWAPS[type(node.ops[0])](), *node.ops[1:]]
        return True
    if isinstance(node, ast.BoolOp | ast.BinOp) and type(node.op) in SWAPS:
        node.op = SWAPS[type(node.op)]()
        return True
    return False


def raise_constant(node: ast.AST, by: int = 1) -> bool:
    """True to False, a number to the next one."""
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        node.value = not node.value
        return True
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        node.value += by
        return True
    return False


def lower_constant(node: ast.AST) -> bool:
    """A number to the one before."""
    is_number = isinstance(node, ast.Constant) and isinstance(node.value, int) and not isinstance(node.value, bool)
    return is_number and raise_constant(node, -1)


def drop_not(node: ast.AST) -> bool:
    """`not x` to `x`."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        node.op = ast.UAdd()
        node.operand = ast.Call(func=ast.Name(id="bool", ctx=ast.Load()), args=[node.operand], keywords=[])
        return True
    return False


def negate_condition(node: ast.AST) -> bool:
    """`if x` to `if not x`, where x is no comparison: those are swapped."""
    if isinstance(node, ast.If | ast.IfExp) and not isinstance(node.test, ast.Compare | ast.UnaryOp):
        node.test = ast.UnaryOp(op=ast.Not(), operand=node.test)
        return True
    return False


def return_nothing(node: ast.AST) -> bool:
    """`return x` to `return None`."""
    if isinstance(node, ast.Return) and node.value is not None and not isinstance(node.value, ast.Constant):
        node.value = ast.Constant(value=None)
        return True
    return False


def drop_statement(node: ast.AST) -> bool:
    """A call whose result nobody uses, or a `raise`, does nothing."""
    is_call = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    return is_call or isinstance(node, ast.Raise)


CHANGES: tuple[Callable[[ast.AST], bool], ...] = (
    swap_operator, raise_constant, lower_constant, drop_not, negate_condition, return_nothing, drop_statement,
)  # fmt: skip


def mutants(source: str) -> Iterator[tuple[int, str, ast.Module]]:
    """(line, what was done, changed module), one change each, inside functions only."""
    tree = ast.parse(source)
    inside = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for statement in function.body
        for node in ast.walk(statement)
    }
    for index, original in enumerate(ast.walk(tree)):
        for change in CHANGES if id(original) in inside else ():
            if not change(copy.copy(original)):
                continue
            changed = copy.deepcopy(tree)
            node = next(found for place, found in enumerate(ast.walk(changed)) if place == index)
            change(node)
            if change is drop_statement:
                _drop(changed, node)
            yield getattr(original, "lineno", 0), change.__name__, ast.fix_missing_locations(changed)


def _drop(tree: ast.Module, gone: ast.AST) -> None:
    for parent in ast.walk(tree):
        for block in ("body", "orelse", "finalbody"):
            statements = getattr(parent, block, None)
            if isinstance(statements, list) and gone in statements:
                statements[statements.index(gone)] = ast.copy_location(ast.Pass(), gone)


def _codes(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _codes(constant)


def put_in_place(changed: ast.Module, path: str) -> bool:
    """Whether the functions of the module, wherever they are referred to, could be given the changed code."""
    new = {(code.co_qualname, code.co_firstlineno): code for code in _codes(compile(changed, path, "exec"))}
    placed = True
    gc.unfreeze()  # conftest.py hides what lives as long as the run
    for found in gc.get_objects():
        kind = type(found)  # `isinstance` would wake lazy objects, which ask the database or a request that is gone
        if kind is FunctionType and found.__code__.co_filename == path:
            code, names = (
                new.get((found.__code__.co_qualname, found.__code__.co_firstlineno)),
                found.__code__.co_freevars,
            )
            if code is not None and not code.co_freevars:
                code = code.replace(co_freevars=names)  # its one `super()` is gone
            if code is None or code.co_freevars != names:
                placed = False
                continue
            found.__code__ = code
        elif kind is CACHED:
            found.cache_clear()  # else an answer of the unchanged code is given
    return placed


class Mutation:
    """A pytest plugin that runs the collected tests once as they are, then once for each change."""

    def __init__(self, module: str, most: int, seconds: float) -> None:
        self.path, self.source = str(ROOT / module), (ROOT / module).read_text()
        every = list(mutants(self.source))
        self.possible, self.chosen = len(every), every[:: max(1, -(-len(every) // most))]
        self.module, self.seconds = module, seconds
        self.counts, self.failed = [0, 0, 0, 0], False
        self.noticed_by = mmap.mmap(-1, 4)  # a fork writes down the place of the test that failed

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember that a test noticed."""
        self.failed = self.failed or report.failed

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Instead of the ordinary loop."""
        from django.db import connections  # noqa: PLC0415 - Django is set up by now

        begun = time.monotonic()
        if not session.items or not self.passes(session.items):
            print("\nThe tests fail on the unchanged code, or there are none.")
            self.counts[SURVIVED] = 1
            return True
        longest = 10 + 10 * (time.monotonic() - begun)
        connections.close_all()
        if self.in_a_fork(session.items, ast.parse(self.source), longest) != SURVIVED:
            print("\nThe unchanged code does not pass in a fork: what the tests notice here says nothing.")
            self.counts[SURVIVED] = 1
            return True
        until = time.monotonic() + self.seconds
        for line, what, changed in self.chosen:
            if time.monotonic() > until:
                break
            answer = self.in_a_fork(session.items, changed, longest)
            self.counts[answer] += 1
            if answer == NOTICED:
                self.put_first(session.items, int.from_bytes(self.noticed_by))
            if answer == SURVIVED:
                print(f"\n{self.module}:{line}: {what}: {self.source.splitlines()[line - 1].strip()}", flush=True)
        if self.in_a_fork(session.items, ast.parse(self.source), longest) != SURVIVED:
            print("\nThe unchanged code does not pass in the order that the tests ended in: the count says too little.")
            self.counts[SURVIVED] += 1
        tried, broke = sum(self.counts[:2]), self.counts[BROKE]
        print(
            f"\n{self.module}: {self.counts[SURVIVED]} of {tried} survived ({self.possible} possible, {broke} broke the script)."
        )
        return True

    @staticmethod
    def put_first(items: list[pytest.Item], place: int) -> None:
        """Who noticed one change often notices the next.

        Not a test that empties tables, which others may not follow, nor one of another folder than the first: what
        was set up for its folder in the parent process would be in its way.
        """
        marker = items[place].get_closest_marker("django_db")
        is_near = items[place].path.parent == items[0].path.parent
        if is_near and (marker is None or not marker.kwargs.get("transaction")):
            items.insert(0, items.pop(place))

    def passes(self, items: list[pytest.Item]) -> bool:
        """Run until one fails; what lives as long as the session stays set up."""
        for place, item in enumerate(items):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=items[(place + 1) % len(items)])
            if self.failed:
                self.noticed_by[:] = place.to_bytes(4)
                return False
        return True

    def in_a_fork(self, items: list[pytest.Item], changed: ast.Module, longest: float) -> int:
        """Whether a change survived; one that takes ten times as long was noticed."""
        child = os.fork()
        if child == 0:
            answer = BROKE
            try:
                os.setpgid(0, 0)
                self.use_own_database()
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, 1)
                os.dup2(nowhere, 2)
                if put_in_place(changed, self.path):
                    answer = SURVIVED if self.passes(items) else NOTICED
                else:
                    answer = NOT_TRIED
            finally:
                os._exit(answer)
        until = time.monotonic() + longest
        while time.monotonic() < until:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.02)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return NOTICED

    def use_own_database(self) -> None:
        """A copy, so that a test which stopped half-way leaves nothing to the next change."""
        from django.db import connection  # noqa: PLC0415 - as above

        standing = Path(str(connection.settings_dict["NAME"]))
        if standing.exists():  # else no test of these uses one
            own = shutil.copyfile(standing, standing.with_suffix(".mutated"))
            connection.settings_dict["NAME"] = str(own)


def main() -> int:
    """Print a line for each survivor and the count; exit 1 when there is one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("module")
    parser.add_argument("--tests", nargs="+")
    parser.add_argument("--most", type=int, default=10_000)
    parser.add_argument("--minutes", type=float, default=600)
    given = parser.parse_args()
    os.environ.pop("DATABASE_URL", None)
    os.environ["HYPOTHESIS_PROFILE"] = "unshrunk"
    os.chdir(ROOT)
    plugin = Mutation(given.module, given.most, given.minutes * 60)
    options = ["-q", "-s", "-p", "no:cacheprovider", "-m", "not race and not faults and not journey"]
    pytest.main([*options, *(given.tests or tests_of(given.module))], plugins=[plugin])
    return int(plugin.counts[SURVIVED] > 0)


if __name__ == "__main__":
    sys.exit(main())
