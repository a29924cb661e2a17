"""The crispy pack `intake`, rendered through the real tag."""

import re

import pytest
from crispy_forms.helper import FormHelper
from crispy_forms.layout import ButtonHolder, Fieldset, Layout, Submit
from django import forms
from django.template import engines
from django.test import RequestFactory
from django.utils.html import format_html

from clinic.headings import Heading
from clinic.templatetags.intake_pack import headed_label

PAGE = engines["django"].from_string(
    '{% extends "base.html" %}{% load crispy_forms_tags %}{% block title %}Ask{% endblock %}'
    "{% block main %}{% crispy form %}{% endblock %}"
)


class SampleForm(forms.Form):
    who = forms.ChoiceField(
        label="Who is it for?",
        help_text="We ask this first",
        choices=[("me", "Me"), ("other", "Someone else")],
        widget=forms.RadioSelect,
        error_messages={"required": "Select who it is for"},
    )
    name = forms.CharField(
        label="Name", help_text="As <you> like", error_messages={"required": "Enter the name we should use"}
    )
    website = forms.CharField(required=False, widget=forms.TextInput(attrs={"class": "honeypot"}))
    topics = forms.MultipleChoiceField(
        label="Topics", required=False, choices=[("a", "A"), ("b", "B")], widget=forms.CheckboxSelectMultiple
    )
    agreed = forms.BooleanField(label="Text me", help_text="Wording", error_messages={"required": "Tick the box"})
    phone = forms.CharField(label="Phone", required=False)
    message = forms.CharField(label="Message", required=False, widget=forms.Textarea)
    key = forms.CharField(widget=forms.HiddenInput, error_messages={"required": "Load the page again"})

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["message"].is_optional = True
        self.helper = FormHelper()
        self.helper.attrs = {"data-page": "ask"}
        self.helper.layout = Layout(
            "who",
            Fieldset("About you", "name", "website"),
            "topics",
            "agreed",
            "phone",
            "message",
            "key",
            ButtonHolder(Submit("go", "Continue")),
        )

    def clean(self):
        if self.cleaned_data.get("name") == "nobody":
            raise forms.ValidationError("Nobody cannot come")
        return self.cleaned_data


def render(**data: str) -> str:
    """The page; without data an unbound form."""
    html = PAGE.render({"form": SampleForm(data or None)}, RequestFactory().get("/"))
    return re.sub(r"\s+", " ", html)


def block(page: str, name: str) -> str:
    """One field's element, up to the next field."""
    return page.split(f'id="div_id_{name}"')[1].split('<div class="field')[0]


@pytest.fixture(autouse=True)
def _database(db):
    """The page's header reads the clinic's profile."""


def test_form_is_never_checked_by_the_browser():
    page = render()

    assert '<form data-page="ask" method="post" novalidate>' in page
    assert re.findall(r"\srequired|\*</|<[^>]*\srequired", page) == []


def test_helper_attributes_do_not_leak_into_groups():
    assert render(name="x").count('data-page="ask"') == 1


def test_unbound_form_shows_no_problem():
    page = render()

    assert "<title>Ask " in page
    assert "There is a problem" not in page
    assert "has-error" not in page


def test_summary_comes_first_takes_focus_and_links_to_the_first_control():
    page = render(phone="1")

    summary = re.search(r'<div class="error-summary" role="alert" tabindex="-1".*?</div>', page).group()
    assert "<title>Error: Ask " in page
    assert page.index("error-summary") < page.index('id="div_id_who"')
    assert "There is a problem" in summary
    assert re.findall(r'<li>(?:<a href="#(\w+)">)?([^<]+)', summary) == [
        ("id_who_0", "Select who it is for"),
        ("id_name", "Enter the name we should use"),
        ("id_agreed", "Tick the box"),
        ("", "Load the page again"),
    ]
    assert [target for target in re.findall(r'href="#(id_\w+)"', summary) if f'id="{target}"' not in page] == []


def test_problem_of_the_whole_form_is_in_the_summary():
    assert "<li>Nobody cannot come</li>" in render(name="nobody", who="me", agreed="on", key="k")


def test_field_has_label_hint_error_and_input_in_this_order():
    name = block(render(phone="1"), "name")

    places = [name.index(part) for part in ("<label", "id_name_helptext", "id_name_error", "<input")]
    assert places == sorted(places)
    assert 'aria-describedby="id_name_helptext id_name_error"' in name
    assert 'aria-invalid="true"' in name
    assert "As &lt;you&gt; like" in name


def test_radios_are_a_fieldset_with_legend_and_nothing_chosen():
    who = block(render(phone="1"), "who")

    assert '<fieldset aria-describedby="id_who_helptext id_who_error"> <legend>Who is it for?</legend>' in who
    assert re.findall(r'<input type="radio"[^>]*> <label for="(\w+)">([^<]+)', who) == [
        ("id_who_0", "Me"),
        ("id_who_1", "Someone else"),
    ]
    assert "checked" not in who


def test_single_box_has_its_label_after_it():
    agreed = block(render(), "agreed")

    assert agreed.index("<input") < agreed.index("<label") < agreed.index("Wording")
    assert 'aria-describedby="id_agreed_helptext"' in agreed


def test_only_fields_that_say_so_are_marked_optional():
    page = render()

    assert page.count("(optional)") == 1
    assert "(optional)" in block(page, "message")


def test_honeypot_is_out_of_reach_of_people():
    trap = re.search(r'<div class="honeypot" aria-hidden="true">.*?</div>', render()).group()

    assert 'tabindex="-1"' in trap
    assert 'autocomplete="off"' in trap


def test_hidden_fields_have_neither_label_nor_box():
    page = render()

    assert '<input type="hidden" name="key" id="id_key">' in page
    assert 'id="div_id_key"' not in page


def test_submit_is_a_button_of_ours():
    assert '<button type="submit" name="go" value="Continue" id="submit-id-go" class="button">' in render()


def test_a_question_that_is_the_page_s_heading_holds_its_label_and_not_the_other_way_round():
    class Asked(forms.Form):
        lower = forms.CharField(
            label=Heading("The <lower>", stem="Your blood & pressure", lang=format_html(' lang="{}"', "en"))
        )

    html = headed_label(Asked()["lower"])

    assert html == (
        '<label for="id_lower"><span class="caption" lang="en">Your blood &amp; pressure</span></label> '
        '<h1 lang="en"><label for="id_lower">The &lt;lower&gt;</label></h1>'
    )
    assert headed_label(SampleForm()["name"]) == ""
