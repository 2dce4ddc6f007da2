"""What the documents say is there: settings, metrics, codes, commands, links, tests."""

import ast
import os
import re
import subprocess
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import pytest
from prometheus_client import Counter
from standardwebhooks import WebhookVerificationError

from copydesk import contracts
from copydesk.metrics import METRICS
from copydesk.model import DeliveryState, ErrorClass, EventType, Lane, Outcome, RevisionState, Scope
from copydesk.settings import COMMAND_LINE, known_variables, spelled_default
from copydesk.web.problems import PROBLEMS
from services.cli import main
from services.enrich import catalogue
from services.publish import filters, sender, signature

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("schemas/**/*.md")])
FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
ROW = re.compile(r"^\| `([^`]+)` \|([^|\n]*)\|", re.MULTILINE)
# Places of the machine at hand; what copydesk itself uses may be named.
FOREIGN = re.compile(r"(?<![\w.~-])/(?:work|tmp|opt|root|mnt|srv|usr|Users)/|/home/(?!you/)")
SPOKEN = re.compile(r"`(?:\S*/)?copydesk ([a-z-][^`]*)`")
TYPED = re.compile(r"(?:^|[/(]|\$ )copydesk ([a-z-][^)#\n]*)", re.MULTILINE)
LOG_METHODS = {"debug", "info", "warning", "error", "exception", "critical"}
EVENT = re.compile(r"[a-z]+\.[a-z_]+")


def _name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def _read(name: str) -> str:
    return (ROOT / name).read_text()


def _rows(name: str) -> dict[str, str]:
    """Returns the first two cells of each table row whose first cell is one word in code."""
    return {first: second.strip(" `") for first, second in ROW.findall(_read(name))}


def _blocks(name: str, language: str) -> list[str]:
    return [code for kind, code in FENCE.findall(_read(name)) if kind == language]


# Settings


def test_every_setting_is_documented_with_its_default() -> None:
    shown = _rows("docs/reference/settings.md")
    known = {name: spelled_default(*place) for name, place in known_variables().items()}
    assert shown == {**dict.fromkeys(COMMAND_LINE, "(unset)"), **known}


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_settings_that_a_page_names_exist(page: Path) -> None:
    named = set(re.findall(r"COPYDESK_[A-Z_]+[A-Z]\b(?!_)", page.read_text()))
    others = {"COPYDESK_LEASE_SECOND", "COPYDESK_WEBHOOK_SECRET"}  # a typing error; what a receiver has
    assert named <= {*known_variables(), *COMMAND_LINE, *others}


# Operations


def test_every_metric_is_documented_with_its_labels() -> None:
    shown = _rows("docs/reference/metrics.md")
    for metric in METRICS:
        name = metric.describe()[0].name + ("_total" if isinstance(metric, Counter) else "")
        assert shown.get(name) == ", ".join(metric._labelnames), name  # noqa: SLF001 - told nowhere else


def test_every_problem_code_is_documented_with_its_status() -> None:
    shown = _rows("docs/reference/problems.md")
    assert shown == {code: str(kind.status) for code, kind in PROBLEMS.items()}


def test_an_alert_names_metrics_that_are_there_and_every_gauge_and_failure_has_one() -> None:
    known = _rows("docs/reference/metrics.md").keys()
    text = _read("docs/operations.md")
    alerts = text[text.index("## Alerts") : text.index("## Metrics")]
    assert set(re.findall(r"copydesk_\w+[a-z]\b", alerts)) <= known
    shown_by_status = {"copydesk_lane_waiting", "copydesk_lane_leased", "copydesk_deliveries_owed"}
    summed_by_lane = {"copydesk_quarantined_total"}
    gauges = {name for name in known if not name.endswith(("_total", "_seconds"))}
    failures = {name for name in known if re.search("problems|failures|quarantined|oldest", name)}
    assert {name for name in gauges | failures if name not in alerts} <= shown_by_status | summed_by_lane


@pytest.mark.parametrize("name", ["docs/operations.md", "docs/webhooks.md"])
def test_every_error_class_of_a_delivery_is_documented(name: str) -> None:
    assert set(ErrorClass) <= _rows(name).keys()


def test_every_reason_of_quarantine_is_documented() -> None:
    reasons = contracts.schema("event")["$defs"]["reason"]["enum"]
    assert set(reasons) <= _rows("docs/operations.md").keys()


def _log_events() -> Iterator[str]:
    """Yields the names of the events that the code logs, as far as they are written out."""
    sources = [*ROOT.glob("copydesk/**/*.py"), *ROOT.glob("services/**/*.py")]
    for call in (node for path in sources for node in ast.walk(ast.parse(path.read_text()))):
        if not isinstance(call, ast.Call) or not call.args:
            continue
        logs = isinstance(call.func, ast.Attribute) and call.func.attr in LOG_METHODS
        if logs or (isinstance(call.func, ast.Name) and call.func.id == "tell"):
            said = [part.value for part in ast.walk(call.args[0]) if isinstance(part, ast.Constant)]
            yield from (word for word in said if isinstance(word, str) and EVENT.fullmatch(word))


def test_every_log_event_is_documented() -> None:
    events = set(_log_events())
    assert "http.request" in events, "the search finds nothing any more"
    assert {event for event in events if f"`{event}`" not in _read("docs/operations.md")} == set()


# Glossary


@pytest.mark.parametrize("words", [RevisionState, DeliveryState, EventType, Outcome, Scope, Lane])
def test_every_word_of_the_model_is_in_the_glossary(words: type[Any]) -> None:
    text = _read("docs/glossary.md")
    assert [word for word in words if f"`{word}`" not in text] == []


# Webhooks


Verify = Callable[[str, Mapping[str, str], bytes], Any]
MakeSecret = Callable[[], signature.Secret]
EVENT_BODY = b'{"type": "story.published", "data": {"title": "F\xc3\xaate"}}'


def _signed(secret: signature.Secret, *, age: int = 0) -> tuple[str, dict[str, str], bytes]:
    """Returns what a subscriber verifies with, and a webhook as a dispatcher sends it."""
    shown = signature.shown(secret) if isinstance(secret, bytes) else signature.public(secret)
    return shown, signature.headers(secret, "0192-event", int(time.time()) - age, EVENT_BODY), EVENT_BODY


@pytest.fixture(params=range(3))
def way(request: pytest.FixtureRequest) -> tuple[Verify, MakeSecret]:
    """Each way to verify that the page shows, as it stands there, and what makes its secrets."""
    blocks = _blocks("docs/webhooks.md", "python")
    assert len(blocks) == 3
    scope: dict[str, Any] = {}
    exec(compile(blocks[request.param], "docs/webhooks.md", "exec"), scope)  # noqa: S102 - our own page
    asymmetric = "Ed25519" in blocks[request.param]
    return scope["verify"], signature.new_private_key if asymmetric else signature.new_secret


def test_receivers_verify_as_documented(way: tuple[Verify, MakeSecret]) -> None:
    verify, make = way
    assert verify(*_signed(make()))["data"] == {"title": "Fête"}


@pytest.mark.parametrize("forgery", ["body", "id", "secret", "age"])
def test_receivers_refuse_what_was_forged(way: tuple[Verify, MakeSecret], forgery: str) -> None:
    verify, make = way
    made = make()
    secret, headers, body = _signed(made)
    match forgery:
        case "body":
            body = body.replace(b"story.published", b"story.updated")
        case "id":
            headers = {**headers, "webhook-id": "0192-other"}
        case "secret":
            secret, _, _ = _signed(make())
        case "age":
            _, headers, _ = _signed(made, age=301)
    with pytest.raises((WebhookVerificationError, ValueError)):
        verify(secret, headers, body)


@pytest.mark.parametrize("variable", ["COPYDESK_INGEST_URL", "COPYDESK_PUBLISH_URL"])
def test_commands_that_speak_to_a_service_are_named_where_its_address_is(variable: str) -> None:
    modules = (ROOT / "services" / "cli").glob("*.py")
    speaking = {path.stem for path in modules if f'address("{variable}"' in path.read_text()}
    assert speaking
    for told in (COMMAND_LINE[variable].partition("Unset")[0], COMMAND_LINE["COPYDESK_API_KEY"]):
        assert speaking <= set(re.findall(r"`copydesk (\w+)`", told))
    assert [each for each in speaking if f"`copydesk {each}`" not in _read("docs/configuration.md")] == []


def test_the_contents_of_a_long_page_name_its_sections() -> None:
    text = _read("docs/operations.md")
    sections = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert [each for each in sections if f"- [{each}](#" not in text] == []


def test_the_filter_and_the_bounds_of_webhooks_are_documented() -> None:
    text = _read("docs/webhooks.md")
    members = contracts.schema("subscription")["$defs"]["filter"]["properties"].keys()
    assert [member for member in members if f"| `{member}` |" not in text] == []
    assert f"{filters.MOST_VALUES} values" in text
    assert f"{sender.READ_BYTES >> 10} KiB" in text
    assert f"{sender.KEPT_BYTES >> 10} KiB" in text


@pytest.mark.parametrize("name", ["docs/webhooks.md", "docs/operations.md"])
def test_the_retry_schedule_is_documented(name: str) -> None:
    group, field = known_variables()["COPYDESK_RETRY_SCHEDULE_SECONDS"]
    pauses = [_duration(seconds) for seconds in group.model_fields[field].default]
    assert f"{', '.join(pauses[:-1])} and {pauses[-1]}" in " ".join(_read(name).split())


def _duration(seconds: int) -> str:
    for unit, length in (("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"


# Decisions


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads(_read("pyproject.toml"))["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    wanted = [re.match(r"[\w.\[\]-]+", line) for group in groups for line in group]
    names = {found[0] for found in wanted if found} - {"copydesk[build]"}
    reasons = _rows("docs/decisions/0006-dependencies.md")
    assert {name for name, reason in reasons.items() if reason} == names


def test_decisions_are_numbered_and_have_the_same_parts() -> None:
    pages = sorted(ROOT.glob("docs/decisions/*.md"))
    for number, page in enumerate(pages, start=1):
        assert page.name.startswith(f"{number:04}-")
        headings = re.findall(r"^#{1,2} (.+)$", page.read_text(), re.MULTILINE)
        assert headings[0].startswith(f"{number}. ")
        assert headings[1:] == ["Context", "Decision", "Consequences"]


# Promises


def test_there_are_nine_promises_and_each_names_tests_that_would_fail_without_it() -> None:
    promises = re.split(r"^### (?=\d)", _read("docs/architecture.md"), flags=re.MULTILINE)[1:]
    assert [int(promise.partition(".")[0]) for promise in promises] == list(range(1, 10))
    for promise in promises:
        named = re.findall(r"^- `(tests/[\w/.-]+\.py)::(test_\w+)`", promise, re.MULTILINE)
        assert len(named) >= 2, promise
        for path, test in named:
            assert test in _tests(path), f"{path}::{test}"


def _tests(path: str) -> set[str]:
    """Returns the names of a file's tests: what pytest would collect, not what is merely written there."""
    tree = ast.parse(_read(path))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


# Everything


def _prose(page: Path) -> str:
    return FENCE.sub("", page.read_text())


def _anchors(page: Path) -> set[str]:
    """Returns the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", _prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(_prose(page)):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        assert found.exists(), target
        assert ROOT in found.parents, target
        if anchor:
            assert anchor in _anchors(found), target


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_targets_of_make_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", _read("Makefile"), re.MULTILINE))
    assert set(re.findall(r"(?:`|^\$ |^)make ([a-z-]+)", page.read_text(), re.MULTILINE)) <= targets


def _command(words: list[str]) -> str | None:
    """Returns the word that is no command or option of `copydesk`, if there is one."""
    command: click.Command = main
    for word in words:
        if word.startswith("--"):
            known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
            if command is main:
                known.add("--version")
            if word.partition("=")[0] not in known:
                return word
        elif isinstance(command, click.Group):
            if word == "COMMAND":
                return None
            if word not in command.commands:
                return word
            command = command.commands[word]
    return None


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_commands_and_options_of_copydesk_exist(page: Path) -> None:
    typed = "\n".join(code for kind, code in FENCE.findall(page.read_text()) if kind in {"sh", "console"})
    lines = [*SPOKEN.findall(_prose(page)), *TYPED.findall(typed)]
    assert [line for line in lines if _command(line.split()) is not None] == []


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_files_and_tests_that_are_named_exist(page: Path) -> None:
    pattern = r"`((?:copydesk|services|tests|schemas|docs|\.ci)/[\w./-]*)(?:::(\w+))?`"
    for path, test in re.findall(pattern, page.read_text()):
        assert (ROOT / path).exists(), path
        assert not test or f"def {test}(" in _read(path), f"{path}::{test}"


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_modules_that_are_started_exist(page: Path) -> None:
    for module in re.findall(r"python -m (services(?:\.\w+)+)", page.read_text()):
        path = ROOT / module.replace(".", "/")
        assert (path / "__main__.py").exists() or path.with_suffix(".py").exists(), module


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_nothing_outside_the_project_is_named(page: Path) -> None:
    assert FOREIGN.findall(page.read_text()) == []


def test_the_readme_shows_the_two_commands_and_every_page() -> None:
    text = _read("README.md")
    assert "`make run`" in text
    assert "`make test`" in text
    pages = [*ROOT.glob("docs/*.md"), *ROOT.glob("docs/how-to/*.md"), *ROOT.glob("docs/reference/*.md")]
    assert [name for page in pages if f"({(name := _name(page))}" not in text] == []


def test_the_check_before_a_merge_lints_and_tests_and_fails_with_its_step(tmp_path: Path) -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    steps = re.findall(r"^step (.+)$", script.read_text(), re.MULTILINE)
    assert steps == ["make lint", "make test", "make node-test", "engine", "make compose-test"]
    fake = tmp_path / "make"
    fake.write_text('#!/bin/sh\ntest "$1" != test || exit 7\n')
    fake.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run([str(script)], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 7
    assert "make lint: ok" in done.stdout
    assert "make test: FAILED with status 7" in done.stdout


def test_the_readme_counts_what_there_is() -> None:
    text = _read("README.md")
    actors = f"{len(catalogue.load().entries):,}".replace(",", " ")
    stories = len(list((ROOT / "tests" / "gold" / "stories").iterdir()))
    assert f"a catalogue of {actors} actors" in text
    assert f"on {stories} stories [annotated by hand]" in text
