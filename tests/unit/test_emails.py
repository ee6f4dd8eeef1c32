"""One spelling for each address, and never that of somebody else."""

import pytest

from proctor_app.errors import Invalid
from proctor_app.services.emails import normal_email


@pytest.mark.parametrize(
    ("given", "normal"),
    [
        ("  Ana@Example.TEST ", "ana@example.test"),
        ("bob@groß.example", "bob@groß.example"),
        ("strauß@x.example", "strauß@x.example"),
        ("JOSÉ@x.example", "josé@x.example"),
    ],
)
def test_an_address_is_put_in_lower_case_and_stays_its_owners(given: str, normal: str) -> None:
    assert normal_email(given) == normal


@pytest.mark.parametrize("given", ["", "@", "a@", "a b@x.example", "a" * 300 + "@x.example"])
def test_what_is_no_address_is_refused(given: str) -> None:
    with pytest.raises(Invalid):
        normal_email(given)
