import pytest

from services.cli import faults
from services.cli.faults import Fault, FaultError


def test_a_list_is_what_happens_to_the_first_requests() -> None:
    assert faults.parse("500, timeout,slow,410") == [
        Fault(0, 500),
        Fault(faults.SILENT_SECONDS, None),
        Fault(faults.SLOW_SECONDS, None),
        Fault(0, 410),
    ]


@pytest.mark.parametrize("text", ["", "200", "299", "600", "5oo", "500,", "\u0665\u0660\u0660", "500 " * 3])
def test_what_is_no_fault_is_refused(text: str) -> None:
    with pytest.raises(FaultError, match="--fail takes slow, timeout and statuses"):
        faults.parse(text)


def test_a_list_has_a_bound() -> None:
    with pytest.raises(FaultError, match="at the most"):
        faults.parse(",".join(["500"] * 101))
