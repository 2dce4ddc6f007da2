from collections.abc import Callable

from click.testing import Result

from copydesk.settings import COMMAND_LINE, known_variables


def test_every_setting_is_listed_with_its_default(run: Callable[..., Result]) -> None:
    lines = {line.split()[0]: line for line in run("settings").stdout.splitlines() if line.split()}
    assert {*known_variables(), *COMMAND_LINE} <= lines.keys()
    assert "(required)" in lines["DATABASE_URL"]
    assert "(unset)" in lines["COPYDESK_CATALOGUE"]
    assert " 1048576 " in lines["COPYDESK_MAX_BODY_BYTES"]
    assert " [5,300,1800," in lines["COPYDESK_RETRY_SCHEDULE_SECONDS"]
    assert " false " in lines["COPYDESK_ALLOW_HTTP"]
    assert " 8000 " in lines["COPYDESK_INGEST_PORT"]
