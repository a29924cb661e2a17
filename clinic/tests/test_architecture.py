"""What import-linter does not see: relations, migrations, signals, sizes and templates."""

import ast
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib import admin
from django.db.migrations.loader import MigrationLoader

ROOT = Path(__file__).resolve().parents[2]
LAYERS = ["clinic", "notifications", "intake", "scheduling"]  # a later desk knows the earlier ones

MODULES = sorted(
    path.relative_to(ROOT)
    for app in LAYERS
    for path in (ROOT / app).rglob("*.py")
    if "migrations" not in path.parts and "tests" not in path.parts
)
TEMPLATES = sorted(path.relative_to(ROOT) for path in (ROOT / "templates").rglob("*.html"))


def _our_models():
    return [model for model in apps.get_models() if model._meta.app_label in LAYERS]


def _tree(path):
    return ast.parse((ROOT / path).read_text())


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


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_module_is_short_and_so_are_its_functions(path):
    text = (ROOT / path).read_text()
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]

    too_long = [node.name for node in functions if node.end_lineno - node.lineno + 1 > 40]
    assert too_long == []
    assert len(text.splitlines()) <= 300


# Django's own signals are how the kernel hooks into `migrate`, Celery's how it hooks into the worker.
FOREIGN_SIGNALS = {"django.db.models.signals": {"post_migrate"}, "celery.signals": None, "django.test.signals": None}


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_no_signals_between_our_desks(path):
    found = []
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.endswith(("signals", "dispatch")):
            allowed = FOREIGN_SIGNALS.get(node.module, set())
            found += [name.name for name in node.names if allowed is not None and name.name not in allowed]

    assert found == []


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_module_does_not_import_a_later_desk_even_inside_a_function(path):
    top = {"urls.py", "site_urls.py", "health.py", "celery.py", "admin_site.py", "__init__.py"}
    if path.parts[0] == "clinic" and path.name in top:
        return
    imported = {
        name.partition(".")[0]
        for node in ast.walk(_tree(path))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }

    assert [app for app in imported if _is_upwards(path.parts[0], app)] == []


WRITTEN_BY = {"Message": "notifications/outbox.py", "Consent": "notifications/consent.py"}
MAKES = {"create", "bulk_create", "get_or_create", "update_or_create"}


def _made_models(path):
    """Names of the models whose rows a module makes: `Model(...)` or `Model.objects.create(...)` and its like."""
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Call):
            model, _, method = ast.unparse(node.func).partition(".objects.")
            if not method or method in MAKES:
                yield model.rpartition(".")[2]


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_ledger_and_outbox_have_one_writer_each(path):
    made = set(_made_models(path))

    assert [model for model, writer in WRITTEN_BY.items() if model in made and str(path) != writer] == []


def test_writers_of_ledger_and_outbox_are_found():
    assert [model for model, writer in WRITTEN_BY.items() if model in set(_made_models(writer))] == [*WRITTEN_BY]


INLINE = re.compile(r"<style|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|<script(?![^>]*\ssrc=)|javascript:", re.IGNORECASE)
ELSEWHERE = re.compile(r"(?:src|href|action)\s*=\s*[\"'](?:https?:)?//", re.IGNORECASE)


@pytest.mark.parametrize("path", TEMPLATES, ids=str)
def test_template_has_no_inline_script_or_style(path):
    if path.parts[1] == "messages":
        return  # letters: mail readers drop style sheets, and run no script
    text = (ROOT / path).read_text()

    assert INLINE.findall(text) == []
    assert ELSEWHERE.findall(text) == []


@pytest.mark.parametrize("path", [path for path in TEMPLATES if path.parts[1] == "messages"], ids=str)
def test_letter_loads_nothing_and_runs_nothing(path):
    text = (ROOT / path).read_text()

    assert re.findall(r"<script|<img|<link|\son[a-z]+\s*=|url\(", text, re.IGNORECASE) == []
