"""Claims that the clinic must not make, with what to say instead (clinical reference, section 4).

A net for slips of the pen, over what we ship (a test) and what staff save (a warning): whoever writes
"this is not a cure" meant well, and can save it all the same. Each claim has its English and its Spanish form.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A claim that is false or cannot be shown, and the sentence that can."""

    pattern: str
    spanish: str
    say: str
    because: str


CLAIMS = (
    Claim(
        pattern=r"not a controlled substance|isn.t a controlled substance|uncontrolled substance",
        spanish=r"no es una sustancia controlada|sustancia no controlada",
        say="Ketamine is a controlled substance: Schedule III.",
        because="64 FR 37673, 13 July 1999",
    ),
    Claim(
        pattern=r"(?:low|little|minimal|no) (?:risk|chance) of (?:addiction|dependence|misuse)|non-?addictive|not addictive",
        spanish=r"(?:bajo|poco|m[ií]nimo|ning[uú]n|sin) riesgo de (?:adicci[oó]n|dependencia|abuso)|no (?:es adictiv[ao]|causa adicci[oó]n|crea adicci[oó]n)|\bno adictiv[ao]",
        say="Ketamine can be misused and can lead to dependence. We screen for substance use and monitor.",
        because="boxed warning of esketamine; FDA, 10 October 2023",
    ),
    Claim(
        pattern=r"(?:no|minimal|few|without|hardly any) side[ -]effects|(?:completely|perfectly|totally|100 ?%) safe\b|no risks?\b",
        spanish=r"(?:sin|pocos|m[ií]nimos|casi sin|no tiene) (?:efectos secundarios|riesgos?\b(?! de))|(?:efectos secundarios|riesgos) m[ií]nimos|(?:completamente|totalmente|perfectamente|100 ?%) segur[ao]",
        say="Name the common and the serious side effects.",
        because="esketamine label",
    ),
    Claim(
        pattern=r"(?<!not )(?<!only )fda[ -]approved for (?:depression|anxiety|ptsd|ocd)",
        spanish=r"(?<!no est[aá] )(?<!no )aprobad[ao] por la fda para (?:la |el |tratar (?:la |el )?)?(?:depresi[oó]n|ansiedad|tept|toc|estr[eé]s)|(?<!no )la fda (?:la |lo )?(?:ha aprobado|aprob[oó]) (?:la ketamina )?para (?:la |el )?(?:depresi[oó]n|ansiedad|tept|toc)",
        say="IV ketamine is approved as an anesthetic; its use for depression, anxiety, PTSD or OCD is off-label.",
        because="Ketalar label; FDA, 10 October 2023",
    ),
    Claim(
        pattern=r"safe (?:to use )?at home|lozenges? (?:are|is) (?:as good|equal)",
        spanish=r"segur[ao] (?:de usar |para usar(?:la|se)? )?en (?:la )?casa|(?:pastillas|tabletas) son (?:igual de|tan) buenas",
        say="The FDA warned about compounded ketamine used at home without someone trained watching.",
        because="FDA, 10 October 2023",
    ),
    Claim(
        pattern=r"(?:safer|faster|better|quicker|more effective) than (?:other |approved |any )?(?:antidepressants?|medicines?|medications?|drugs?|treatments?)",
        spanish=r"(?:m[aá]s (?:segur[ao]|r[aá]pid[ao]|eficaz|efectiv[ao])|mejor|act[uú]a m[aá]s r[aá]pido|funciona mejor) que (?:otr[ao]s |los |las |cualquier )?(?:antidepresivos?|medicinas?|medicamentos?|tratamientos?)",
        say="We know of no evidence that it is safer, works better or faster than approved medicines.",
        because="FDA, 10 October 2023",
    ),
    Claim(
        pattern=r"\bcures?\b|permanent(?:ly)? relie|success rates?|guarantee[sd]?\b|\d+ ?% of (?:our )?(?:patients|people) (?:improve|get better|recover|respond)",
        spanish=r"\b(?:cura|curan|curar[aá]|curamos)\b|alivio permanente|tasas? de [eé]xito|garantiz\w+|\d+ ?% de (?:nuestros |los |las )?(?:pacientes|personas) (?:mejora|se recupera|responde)",
        say="Some people improve, often for days to weeks; the benefit may fade; it does not work for everyone.",
        because="Sanacora 2017",
    ),
    Claim(
        pattern=r"(?<!not been shown to )(?:prevents?|stops?|ends?) suicid",
        spanish=r"\b(?:previene|evita|detiene|impide) (?:el suicidio|los suicidios|suicidios)",
        say="It has not been shown to prevent suicide.",
        because="esketamine label",
    ),
    Claim(
        pattern=r"works (?:equally |just as )?well for (?:anxiety|ptsd|ocd)|(?:anyone|everyone|everybody) (?:can )?qualif|you (?:may )?qualify\b|instant(?:ly)? (?:approved|eligib)",
        spanish=r"funciona (?:igual de )?bien para (?:la |el )?(?:ansiedad|tept|toc)|(?:cualquiera|cualquier persona|todos|todas las personas) (?:puede[n]? )?calific\w+|usted califica|aprobaci[oó]n (?:inmediata|instant[aá]nea)",
        say="A licensed clinician decides after a full evaluation.",
        because="clinical reference, section 2",
    ),
    Claim(
        pattern=r"drive (?:yourself )?home (?:the same day|afterwards|after)|(?:return|go back) to work the same day",
        spanish=r"(?<!no )(?:manejar|conducir)(?: a (?:su )?casa)? (?:el mismo d[ií]a|despu[eé]s de la (?:sesi[oó]n|infusi[oó]n))|(?:volver|regresar) al trabajo el mismo d[ií]a",
        say="Do not drive until the next day after a restful sleep; an adult must take you home.",
        because="esketamine label",
    ),
    Claim(
        pattern=r"(?<!not )covered by (?:most |your )?insurance|insurance covers",
        spanish=r"(?<!no est[aá] )cubiert[ao] por (?:el|su|la mayor[ií]a de los) segur|(?<!no )\bel seguro (?:la |lo )?(?:cubre|paga)\b",
        say="Most plans do not cover IV ketamine for mental health; ask about costs.",
        because="clinical reference, section 4",
    ),
    Claim(
        pattern=r"hipaa[ -](?:certified|compliant)|100 ?% (?:secure|private)|never be shared|completely (?:secure|confidential)",
        spanish=r"certificad[ao]s? (?:por|en|seg[uú]n) (?:la )?hipaa|cumpl\w+ (?:con )?(?:la )?hipaa|100 ?% (?:segur[ao]s?|privad[ao]s?|confidencial)|(?:nunca|jam[aá]s) (?:se )?compart\w+|completamente (?:confidencial|privad[ao])",
        say="Say what is protected and how, and who works for the clinic.",
        because="FTC Act, section 5",
    ),
    Claim(
        pattern=r"mentally ill|commit(?:s|ted)? suicide|(?:successful|failed) (?:suicide )?attempt",
        spanish=r"enferm[ao]s? mental(?:es)?\b|comet(?:er|e|i[oó]|en) (?:un )?suicidio|(?:intento (?:de suicidio )?(?:exitoso|fallido)|suicidio (?:exitoso|fallido))",
        say="Write “people with depression”, “died by suicide”, “suicide attempt”.",
        because="safe messaging guidelines",
    ),
)  # fmt: skip


def false_claims(text: str) -> list[tuple[str, Claim]]:
    """The words found, in English or in Spanish, and the claim they make, in the order of the list."""
    plain = " ".join(re.sub(r"[*_`]", "", text).split())
    return [
        (found.group(), claim)
        for claim in CLAIMS
        for pattern in (claim.pattern, claim.spanish)
        for found in re.finditer(pattern, plain, flags=re.IGNORECASE)
    ]
