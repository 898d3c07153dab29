"""Production starts only with settings that are fit for it."""

import os
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from salesflow.people.models import User
from salesflow.runtime.guard import refuse_demo_people
from tests.support.instance import CHECKOUT, MANAGE

GOOD = {
    "SALESFLOW_ENV": "production",
    "SECRET_KEY": "k7Yt0vJm2Qe9Xb4Rw1Zs8Lc5Nh3Pf6Ga" * 2,
    "SITE_URL": "https://crm.example.org",
}


def _check(tmp_path, **changed: str) -> "subprocess.CompletedProcess[str]":
    env = {**os.environ, "SALESFLOW_DATA": str(tmp_path), **GOOD, **changed}
    return subprocess.run(
        [sys.executable, MANAGE, "check", "--deploy", "--tag", "security", "--fail-level", "WARNING"],
        env={key: value for key, value in env.items() if value},
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
    )


def test_good_settings_pass_every_check_of_django(tmp_path):
    done = _check(tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("SECRET_KEY", "", "In production SECRET_KEY must be a random text"),
        ("SECRET_KEY", "short", "In production SECRET_KEY must be a random text"),
        ("SITE_URL", "", "In production SITE_URL must name the HTTPS address"),
        ("SITE_URL", "http://crm.example.org", "In production SITE_URL must name the HTTPS address"),
    ],
)
def test_unfit_settings_are_refused_in_one_sentence(tmp_path, name, value, sentence):
    done = _check(tmp_path, **{name: value})
    assert done.returncode != 0
    assert done.stderr.startswith(sentence)
    assert len(done.stderr.strip().splitlines()) == 1


def test_people_of_the_demo_company_are_refused_while_they_are_active(db):
    User.objects.create(email="boss@example.org", name="Boss")
    refuse_demo_people()
    rep = User.objects.create(email="rep1@example.com", name="Rep", is_demo=True)
    with pytest.raises(ImproperlyConfigured, match="rep1@example"):
        refuse_demo_people()
    rep.is_active = False
    rep.save()
    refuse_demo_people()
