"""What the database itself refuses at the intake desk, on both engines."""

from clinic import triggers

QUESTIONNAIRES = "intake_questionnaire"
SIGNED = "questionnaire_signed_stays"
SIGNED_ROW_STAYS = "questionnaire_signed_row_stays"
CONTENT = (
    "url",
    "version",
    "instrument",
    "title",
    "language",
    "definition",
    "digest",
    "change_note",
    "signed_by_id",
    "signed_at",
)


def register_triggers() -> None:
    """Signed questionnaires stay as they are, ledgers only grow, flags and safety items never go away."""
    for table in ("intake_responserevision", "intake_safetyevent", "intake_contactattempt"):
        triggers.append_only(table)
    for table in ("intake_screeningresponse", "intake_flag", "intake_safetyitem", "intake_review"):
        triggers.keep_rows(table)
    changed = {
        "sqlite": " OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in CONTENT),
        "postgresql": " OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in CONTENT),
    }
    moved = "NEW.status <> OLD.status AND NOT (OLD.status = 'published' AND NEW.status = 'retired')"
    _register(SIGNED, "UPDATE", {engine: f"{text} OR ({moved})" for engine, text in changed.items()})
    _register(SIGNED_ROW_STAYS, "DELETE", dict.fromkeys(changed, "1 = 1"))


def _register(name: str, action: str, conditions: dict[str, str]) -> None:
    """Refuse an action on a questionnaire that is not a draft, where the condition holds."""
    when = {engine: f"OLD.status <> 'draft' AND ({condition})" for engine, condition in conditions.items()}
    head = f"CREATE TRIGGER {name} BEFORE {action} ON {QUESTIONNAIRES} FOR EACH ROW"
    function = (
        "CREATE OR REPLACE FUNCTION intake_refuse_signed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION 'a signed questionnaire stays as it is' "
        "USING ERRCODE = 'integrity_constraint_violation'; END $$; "
    )
    sqlite = f"{head} WHEN {when['sqlite']} BEGIN SELECT RAISE(ABORT, 'a signed questionnaire stays as it is'); END"
    postgresql = f"{function} {head} WHEN ({when['postgresql']}) EXECUTE FUNCTION intake_refuse_signed()"
    triggers.register(
        triggers.Trigger(name=name, table=QUESTIONNAIRES, create_sql={"sqlite": sqlite, "postgresql": postgresql})
    )
