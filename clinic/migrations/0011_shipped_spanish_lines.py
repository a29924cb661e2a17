"""Gives the shipped crisis lines of a standing installation their Spanish; words that staff changed stay as they are."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

SPANISH = {
    ("988 Suicide & Crisis Lifeline", "Call or text 988, any time, free and confidential"): {
        "name_es": "988 Línea de Prevención del Suicidio y Crisis",
        "what_to_do_es": "Llame al 988 y oprima 2, o envíe AYUDA al 988, a cualquier hora, gratis y confidencial",
        "key_es": "2",
        "word_es": "AYUDA",
    },
    ("Crisis Text Line", "Text HOME to 741741, any time, free"): {
        "name_es": "Crisis Text Line (ayuda por mensaje de texto)",
        "what_to_do_es": "Envíe HOLA al 741741, a cualquier hora, gratis",
        "word_es": "HOLA",
    },
    ("Emergency", "Call 911 or go to the nearest emergency room if you are in danger now"): {
        "name_es": "Emergencia",
        "what_to_do_es": "Si está en peligro ahora, llame al 911 o vaya a la sala de emergencias más cercana",
    },
}


def fill(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    lines = apps.get_model("clinic", "CrisisLine").objects
    for (name, what_to_do), words in SPANISH.items():
        lines.filter(name=name, what_to_do=what_to_do, name_es="").update(**words)


class Migration(migrations.Migration):
    dependencies = [("clinic", "0010_crisis_lines_in_spanish")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
