"""What people and bodies do, told by the words for it."""

import pytest

from services.enrich.actors.occupations import is_armed, sectors_of_body, sectors_of_person


@pytest.mark.parametrize(
    ("role", "employer", "sectors"),
    [
        ("midwife", (), ("MED",)),
        ("retired cocoa farmer", (), ("AGR",)),
        ("plant pathologist", (), ("EDU",)),
        ("provincial health director", (), ("MED",)),
        ("tea seller", (), ("BUS",)),
        ("lorry driver", (), ("LAB",)),
        ("police spokesman", (), ("COP",)),
        ("hurdler", (), ()),
        ("spokeswoman", ("REB",), ("REB",)),
        ("commander", ("REB",), ("REB",)),
        ("commander", (), ("MIL",)),
        ("president", (), ("GOV",)),
        ("president", ("LAB",), ("LAB",)),
        ("vice chancellor", (), ("EDU",)),
        ("secretary general", (), ("GOV",)),
        ("secretary general", ("IGO",), ("IGO",)),
        ("brigadier general", (), ("MIL",)),
        ("chief executive", (), ("BUS",)),
        ("former interior minister", (), ("ELI",)),
        ("ex general", (), ("ELI",)),
        ("former headteacher", (), ("EDU",)),
        ("", ("MIL",), ("MIL",)),
        ("juggler of knives", (), ()),
    ],
)
def test_a_role_tells_what_somebody_does(
    role: str, employer: tuple[str, ...], sectors: tuple[str, ...]
) -> None:
    assert sectors_of_person(role.split(), employer) == sectors


@pytest.mark.parametrize(
    ("name", "sectors"),
    [
        ("ministry of health", ("GOV",)),
        ("national library of jamaica", ("EDU",)),
        ("universidad de la republica", ("EDU",)),
        ("cocoa board", ("GOV",)),
        ("citrus growers association", ("AGR",)),
        ("baltic fleet", ("MIL",)),
        ("lakeside mosque", ("REL",)),
        ("militia", ("REB",)),
        ("blue lagoon", ()),
        ("", ()),
    ],
)
def test_a_name_or_description_tells_what_a_body_does(name: str, sectors: tuple[str, ...]) -> None:
    assert sectors_of_body(name.split()) == sectors


def test_militias_are_armed_and_mining_companies_are_not() -> None:
    assert is_armed(["shadowy", "rebel", "group"])
    assert is_armed(["militia"])
    assert not is_armed(["mining", "company"])
    assert not is_armed([])
