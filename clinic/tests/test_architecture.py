"""What import-linter does not see: relations, migrations, signals, sizes and templates."""

import ast
import functools
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib import admin
from django.db.migrations.loader import MigrationLoader

from clinic.history import is_history

ROOT = Path(__file__).resolve().parents[2]
LAYERS = ["clinic", "notifications", "intake", "scheduling"]  # a later desk knows the earlier ones

WRITTEN_BY_HAND = sorted(
    path.relative_to(ROOT) for app in LAYERS for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts
)
MODULES = [path for path in WRITTEN_BY_HAND if "tests" not in path.parts]
TEMPLATES = sorted(path.relative_to(ROOT) for path in (ROOT / "templates").rglob("*.html"))


def _our_models():
    return [model for model in apps.get_models() if model._meta.app_label in LAYERS and not is_history(model)]


@functools.cache  # several tests walk each module
def _nodes(path):
    return list(ast.walk(ast.parse((ROOT / path).read_text())))


@pytest.fixture(scope="module", autouse=True)
def _forget_the_nodes():
    yield
    _nodes.cache_clear()  # a million objects


def _wrong(paths, faults_in):
    """{path: its faults} of those that have any: one test walks every file, so that a fault names its file."""
    assert paths
    return {str(path): faults for path in paths if (faults := list(faults_in(path)))}


def _is_upwards(from_app, to_app):
    return to_app in LAYERS and LAYERS.index(to_app) > LAYERS.index(from_app)


def test_relations_point_to_earlier_desks():
    upwards = [
        f"{model._meta.label}.{field.name} -> {field.related_model._meta.label}"
        for model in _our_models()
        for field in model._meta.get_fields()
        if field.is_relation
        and not field.auto_created
        and field.related_model is not None
        and _is_upwards(model._meta.app_label, field.related_model._meta.app_label)
    ]

    assert upwards == []


def test_migrations_depend_on_earlier_desks():
    migrations = MigrationLoader(None, ignore_no_migrations=True).disk_migrations

    upwards = [
        (key, dependency)
        for key, migration in migrations.items()
        if key[0] in LAYERS
        for dependency in (*migration.dependencies, *migration.run_before)
        if _is_upwards(key[0], dependency[0])
    ]
    assert upwards == []


def test_every_model_has_an_admin_page_or_stands_on_one():
    inline = {row.model for page in admin.site._registry.values() for row in page.inlines}

    missing = [
        model._meta.label for model in _our_models() if not admin.site.is_registered(model) and model not in inline
    ]
    assert missing == []


def _long_functions(path):
    for node in _nodes(path):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno - node.lineno + 1 > 40:
            yield node.name


def test_functions_are_short_and_so_are_tests():
    assert _wrong(WRITTEN_BY_HAND, _long_functions) == {}


def test_files_are_short_and_so_are_those_of_tests():
    lines = {str(path): len((ROOT / path).read_text().splitlines()) for path in WRITTEN_BY_HAND}

    assert {path: count for path, count in lines.items() if count > 300} == {}


# Django's own signals are how the kernel hooks into `migrate`, Celery's how it hooks into the worker.
FOREIGN_SIGNALS = {"django.db.models.signals": {"post_migrate"}, "celery.signals": None, "django.test.signals": None}


def _signals_of_ours(path):
    for node in _nodes(path):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.endswith(("signals", "dispatch")):
            allowed = FOREIGN_SIGNALS.get(node.module, set())
            yield from (name.name for name in node.names if allowed is not None and name.name not in allowed)


def test_no_signals_between_our_desks():
    assert _wrong(MODULES, _signals_of_ours) == {}


TOP = {"urls.py", "site_urls.py", "health.py", "celery.py", "admin_site.py", "__init__.py"}


def _imports_of_later_desks(path):
    if path.parts[0] == "clinic" and (path.name in TOP or path.parts[1] == "accounts"):
        return
    for node in _nodes(path):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        yield from (name for name in names if _is_upwards(path.parts[0], name.partition(".")[0]))


def test_no_module_imports_a_later_desk_even_inside_a_function():
    assert _wrong(MODULES, _imports_of_later_desks) == {}


ANSWER_MODELS = {"Flag", "Questionnaire", "ResponseRevision", "Review", "SafetyEvent", "SafetyItem", "Screening"}


def _imported_answers(path):
    for node in _nodes(path):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("intake"):
            yield from {name.name for name in node.names} & (ANSWER_MODELS | {"ScreeningResponse"})


def test_schedule_imports_no_model_of_answers():
    assert _wrong([path for path in MODULES if path.parts[0] == "scheduling"], _imported_answers) == {}


WRITTEN_BY = {"Message": "notifications/outbox.py", "Consent": "notifications/consent.py"}
MAKES = {"create", "bulk_create", "get_or_create", "update_or_create"}


def _made_models(path):
    """Names of the models whose rows a module makes: `Model(...)` or `Model.objects.create(...)` and its like."""
    for node in _nodes(path):
        if isinstance(node, ast.Call):
            model, _, method = ast.unparse(node.func).partition(".objects.")
            if not method or method in MAKES:
                yield model.rpartition(".")[2]


def test_ledger_and_outbox_have_one_writer_each():
    makers = {model: {str(path) for path in MODULES if model in _made_models(path)} for model in WRITTEN_BY}

    assert makers == {model: {writer} for model, writer in WRITTEN_BY.items()}


INLINE = re.compile(r"<style|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|<script(?![^>]*\ssrc=)|javascript:", re.IGNORECASE)
ELSEWHERE = re.compile(r"(?:src|href|action)\s*=\s*[\"'](?:https?:)?//", re.IGNORECASE)


LOADS = re.compile(r"<script|<img|<link|\son[a-z]+\s*=|url\(", re.IGNORECASE)
LETTERS = [path for path in TEMPLATES if path.parts[1] == "messages"]  # mail readers drop style sheets, run no script


def test_no_template_has_inline_script_or_style_or_loads_from_elsewhere():
    pages = [path for path in TEMPLATES if path not in LETTERS]

    assert _wrong(pages, lambda path: INLINE.findall((ROOT / path).read_text())) == {}
    assert _wrong(pages, lambda path: ELSEWHERE.findall((ROOT / path).read_text())) == {}


def test_no_letter_loads_or_runs_anything():
    assert _wrong(LETTERS, lambda path: LOADS.findall((ROOT / path).read_text())) == {}
