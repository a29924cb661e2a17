"""The states in which a page of a sitting can be: each function leads a person there."""

import datetime as dt

from django.utils import timezone

from clinic.models import ClinicProfile
from intake.models import Screening
from intake.screening import sittings
from intake.tests.screening.sitting_steps import BEFORE, BORN, signer


def at_choice(person):
    person.post(person.home)
    person.post(**BORN)
    person.post(**BEFORE)
    return person


def in_english(person):
    at_choice(person).post(how="english")
    return person


def start(person):
    person.get()


def choice(person):
    at_choice(person)


def birthday_wrong(person):
    person.post(person.home)
    person.post(born_month="13", born_day="", born_year="")


def birthday_asked(person):
    person.post(person.home)


def birthday_future(person):
    person.post(person.home)
    person.post(born_month="1", born_day="1", born_year=str(timezone.now().year + 1))


def held(person):
    person.post(person.home)
    person.post(born_month="1", born_day="1", born_year=str(timezone.now().year - 10))


def before(person):
    person.post(person.home)
    person.post(**BORN)


def before_wrong(person):
    before(person)
    person.post(phone="12", whereabouts="", contact_name="", contact_phone="6125550199")


def question(person):
    in_english(person)


def question_blank(person):
    in_english(person).post()


def ticks_wrong(person):
    at_choice(person).post(how="interpreter")
    person.post(q1=["none", "avm"])


def rows_wrong(person):
    at_choice(person).post(how="interpreter")
    person.post(q1="none")
    person.post(q1="none")
    person.post(**{"q2-rows": "2", "q2-0-2": "10", "q2-no": "on"})


def whole_list(person):
    in_english(person)
    person.get(person.at.replace("/q/", "/all/"))
    person.post()


def after_item_nine(person):
    in_english(person).choose("LA6569-3", "LA6570-1")


def emergency(person):
    after_item_nine(person)
    person.choose("LA33-6", "LA33-6")


def check(person):
    in_english(person).choose("LA6568-5", "-declined", "LA6572-7")
    person.post(f"{person.home}check/")


def done_with_help(person):
    after_item_nine(person)
    person.post(f"{person.home}check/", anyway="1")


def done(person):
    in_english(person).choose("LA6568-5", "LA6568-5", "LA6572-7")
    person.post(f"{person.home}check/", anyway="1")


def changed_later(person):
    done(person)
    person.get(f"{person.home}check/")


def in_person(person):
    person.post(f"{person.home}in-person/")


def in_person_start(person):
    in_person(person)
    person.get(person.home)


def begun_start(person):
    at_choice(person)
    person.get(person.home)


def waived(person):
    sittings.waive(screening=person.screening, by=signer(), reason="known")
    person.get()


def too_late(person):
    at_choice(person)
    Screening.objects.update(resumable_until=timezone.now() - dt.timedelta(seconds=1))
    person.get(person.home)


def not_offered(person):
    ClinicProfile.objects.update(screening_on=False)
    person.get()


def locked(person):
    at_choice(person)
    person.client.cookies.clear()
    for _try in range(7):
        person.post(f"{person.home}birthday/", **{**BORN, "born_year": "1960"})


def copy_later(person):
    done(person)
    person.get(f"{person.home}copy/")


def copy(person):
    done(person)
    sittings.confirm_date_of_birth(screening=person.screening, by=signer())
    person.get(f"{person.home}copy/")


STATES = [
    start, choice, birthday_asked, birthday_wrong, birthday_future, held, before, before_wrong, question, question_blank,
    ticks_wrong, rows_wrong, whole_list, after_item_nine, emergency, check, done_with_help, done, changed_later,
    in_person, in_person_start, begun_start, waived, too_late, not_offered, locked, copy_later, copy,
]  # fmt: skip
