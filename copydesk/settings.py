"""Settings, from the environment only: each names its unit, its bounds and an example."""

import difflib
import os
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from copydesk import spelling
from copydesk.errors import SettingError
from copydesk.model import Lane

PREFIX = "COPYDESK_"

Port = Annotated[int, Field(ge=0, le=spelling.LAST_PORT)]
Seconds = Annotated[float, Field(gt=0, le=31 * 86_400)]
Days = Annotated[int, Field(ge=0, le=36_500)]
Count = Annotated[int, Field(ge=1, le=1_000_000)]
LISTED = BeforeValidator(spelling.listed)


class Settings(BaseSettings):
    """What every process reads."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, populate_by_name=True, extra="forbid")

    database_url: Annotated[str, AfterValidator(spelling.postgres_url)] = Field(
        validation_alias="DATABASE_URL",
        description="PostgreSQL 16 to 18. All data is there.",
        examples=["postgresql://copydesk:secret@localhost:5432/copydesk"],
    )
    broker_url: Annotated[str, AfterValidator(spelling.broker_url)] = Field(
        validation_alias="BROKER_URL",
        description=(
            "Redis (or RabbitMQ), which carries ids to the workers. Publish and the dispatcher never connect"
            " to it, but ask for it all the same."
        ),
        examples=["redis://localhost:6379/0"],
    )
    database_pool_size: Annotated[int, Field(ge=1, le=200)] = Field(
        10,
        description=(
            "Connections that one process keeps open at the most; ingest has 2 more, for what it commits. A"
            " worker keeps 1 for each story at once, the sweep 2, whatever this says."
        ),
        examples=["10"],
    )
    log_format: Literal["json", "text"] = Field(
        "json",
        description="Log lines as JSON objects, or as text for a person; `copydesk up` begins with text.",
        examples=["json", "text"],
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least severe level that is logged.", examples=["info"]
    )
    host: str = Field(
        "127.0.0.1",
        description="The address on which the process listens, for its API and its metrics.",
        examples=["127.0.0.1", "0.0.0.0"],  # noqa: S104
    )


class WebSettings(Settings):
    """What a process with an HTTP API reads."""

    max_body_bytes: Annotated[int, Field(ge=1_024, le=64 << 20)] = Field(
        1 << 20, description="The largest request body, before and after inflating.", examples=["1048576"]
    )
    max_header_bytes: Annotated[int, Field(ge=1_024, le=1 << 20)] = Field(
        32 << 10, description="The largest request line and headers together.", examples=["32768"]
    )
    body_timeout_seconds: Seconds = Field(
        15, description="How long a request may take to arrive, headers and body each.", examples=["15"]
    )
    shutdown_seconds: Seconds = Field(
        20, description="How long a stopping server waits for the requests in hand.", examples=["20"]
    )
    max_connections: Count = Field(
        1_000, description="Connections served at once; more are answered 503.", examples=["1000"]
    )


class IngestSettings(WebSettings):
    """What ingest reads."""

    ingest_port: Port = Field(8000, description="The port of ingest.", examples=["8000"])
    enqueue_timeout_seconds: Seconds = Field(
        1,
        description="How long ingest waits for the broker before it leaves the story to the sweep.",
        examples=["1"],
    )
    enqueue_pause_seconds: Seconds = Field(
        5, description="How long ingest leaves a broker alone that has just failed.", examples=["5"]
    )


class EnrichSettings(Settings):
    """What the workers of enrich and the sweep read."""

    worker_concurrency: Annotated[int, Field(ge=1, le=64)] = Field(
        1,
        description="Stories that one worker enriches at once, each in a child process.",
        examples=["2"],
    )
    lanes: Annotated[tuple[Lane, ...], NoDecode, LISTED, AfterValidator(spelling.in_order)] = Field(
        tuple(Lane),
        min_length=1,
        description="The lanes that this worker takes stories from. Every lane needs a worker.",
        examples=["breaking", "normal,backfill"],
    )
    worker_metrics_port: Port = Field(
        9101, description="Where a worker serves /metrics; 0 turns it off.", examples=["9101"]
    )
    sweep_metrics_port: Port = Field(
        9102, description="Where the sweep serves /metrics; 0 turns it off.", examples=["9102"]
    )
    soft_limit_seconds: Seconds = Field(
        20,
        description=(
            "After this long an enrichment is interrupted and tried again later. A worker also waits this"
            " long for a database that is away."
        ),
        examples=["20"],
    )
    hard_limit_seconds: Seconds = Field(
        25, description="After this long the child that enriches is killed.", examples=["25"]
    )
    lease_seconds: Seconds = Field(
        30,
        description="How long one worker holds a story. After that another one may take it.",
        examples=["30"],
    )
    max_attempts: Annotated[int, Field(ge=1, le=100)] = Field(
        5, description="Tries before a story is quarantined.", examples=["5"]
    )
    retry_seconds: Seconds = Field(
        5,
        description="The pause before the second try. It doubles with each further one; ±20 %.",
        examples=["5"],
    )
    sweep_seconds: Seconds = Field(5, description="The pause between two turns of the sweep.", examples=["5"])
    forgotten_seconds: Seconds = Field(
        15,
        description="The sweep enqueues again what was enqueued longer ago than this and is not leased.",
        examples=["15"],
    )
    visibility_timeout_seconds: Seconds = Field(
        3600,
        description=(
            "When Redis hands a message that was never acknowledged to another worker. Recovery does not"
            " wait for it: the sweep is faster."
        ),
        examples=["3600"],
    )
    retain_attempts_days: Days = Field(
        0,
        description=(
            "The sweep removes attempts that are older, by whole days. 0 keeps them as long as their events."
        ),
        examples=["30"],
    )
    retain_events_days: Days = Field(
        0,
        description=(
            "The sweep removes events that are older and owed to nobody, with their deliveries. 0 keeps them"
            " as long as their stories."
        ),
        examples=["90"],
    )
    retain_stories_days: Days = Field(
        0,
        description=(
            "The sweep removes stories to which nothing has happened for so long, with all that belongs to"
            " them. 0 keeps them for good."
        ),
        examples=["365"],
    )
    catalogue: str | None = Field(
        None,
        description=(
            'A catalogue file that extends the built-in one, or replaces it where it says `"replace": true`;'
            " workers read it again when it changes. It must satisfy `schemas/catalogue.schema.json`."
        ),
        examples=["/etc/copydesk/actors.json"],
    )

    @model_validator(mode="after")
    def _limits_ascend(self) -> Self:
        if not self.soft_limit_seconds < self.hard_limit_seconds < self.lease_seconds:
            raise ValueError(
                "COPYDESK_SOFT_LIMIT_SECONDS < COPYDESK_HARD_LIMIT_SECONDS < COPYDESK_LEASE_SECONDS"
                " must hold,"
                f" got {self.soft_limit_seconds:g}, {self.hard_limit_seconds:g} and {self.lease_seconds:g}"
            )
        return self

    @model_validator(mode="after")
    def _parts_go_before_the_whole(self) -> Self:
        kept = (self.retain_attempts_days, self.retain_events_days, self.retain_stories_days)
        given = [days for days in kept if days]
        if given != sorted(given):
            raise ValueError(
                "COPYDESK_RETAIN_ATTEMPTS_DAYS <= COPYDESK_RETAIN_EVENTS_DAYS <= COPYDESK_RETAIN_STORIES_DAYS"
                f" must hold for those that are not 0, got {', '.join(map(str, kept))}"
            )
        return self


class EndpointSettings(Settings):
    """What publish and the dispatcher read about the endpoints that may be called: the same for both."""

    allow_cidr: Annotated[tuple[spelling.Network, ...], NoDecode, BeforeValidator(spelling.networks)] = Field(
        (),
        description=(
            "Address blocks that endpoints may be in although they are private or special. Addresses, never"
            " names; 100 at the most. `copydesk up` adds 127.0.0.0/8 and ::1/128."
        ),
        examples=["10.20.0.0/16,fd12:3456:789a::/48"],
    )
    allow_http: bool = Field(
        default=False,
        description=(
            "Whether endpoints may be http://, besides https://. `copydesk up` says true, unless told"
            " otherwise."
        ),
        examples=["true"],
    )
    allow_ports: Annotated[tuple[range, ...], NoDecode, PlainValidator(spelling.ports)] = Field(
        (),
        description=(
            "Ports of endpoints besides 443 and 8443, and with http:// allowed 80 and 8080. A range begins at"
            " 1024 or above; lower ports are named one by one. `copydesk up` adds 1024-65535."
        ),
        examples=["444,9000-9999"],
    )
    send_timeout_seconds: Seconds = Field(
        15, description="How long one attempt may take, the reply's body included.", examples=["15"]
    )
    proxy: Annotated[str | None, AfterValidator(spelling.proxy_url)] = Field(
        None,
        description=(
            "An HTTP proxy through which every endpoint is called; it decides which addresses a name may lead"
            " to. Proxies of the environment, such as `https_proxy`, are never used."
        ),
        examples=["http://proxy.internal:3128"],
    )


class SecretSettings(Settings):
    """What whoever reads or writes the secrets of subscriptions reads: the same for all."""

    secrets_key: Annotated[tuple[bytes, ...], NoDecode, BeforeValidator(spelling.keys)] = Field(
        repr=False,
        description="Encrypts the secrets of subscriptions in the database: 32 bytes in base64."
        " Several with commas: the first encrypts, all decrypt.",
        examples=["$(copydesk secrets key)"],
    )


class PublishSettings(WebSettings, EndpointSettings, SecretSettings):
    """What publish reads."""

    publish_port: Port = Field(8001, description="The port of publish.", examples=["8001"])
    max_waiting: Count = Field(
        500,
        description=(
            "Readers of events that wait at once, in long-polls and streams together, half of them of one"
            " source; more are answered 503."
        ),
        examples=["500"],
    )


class DispatcherSettings(EndpointSettings, SecretSettings):
    """What the dispatcher reads."""

    dispatcher_metrics_port: Port = Field(
        9103, description="Where a dispatcher serves /metrics; 0 turns it off.", examples=["9103"]
    )
    in_flight_per_subscription: Annotated[int, Field(ge=1, le=1_000)] = Field(
        8,
        description="Deliveries sent at once to one subscription, by all dispatchers together.",
        examples=["8"],
    )
    in_flight: Annotated[int, Field(ge=1, le=10_000)] = Field(
        256,
        description="Deliveries that one dispatcher sends at once, but for those whose endpoint is slow.",
        examples=["256"],
    )
    slow_in_flight: Annotated[int, Field(ge=1, le=100_000)] = Field(
        1_024,
        description=(
            "Deliveries besides that have taken longer than a second, or whose endpoint's last attempt did:"
            " they keep no others waiting. At most one more file is open for each."
        ),
        examples=["1024"],
    )
    delivery_lease_seconds: Seconds = Field(
        30,
        description="How long a dispatcher holds a delivery. After that another one may send it.",
        examples=["30"],
    )
    backlog_days: Annotated[int, Field(ge=1, le=365)] = Field(
        14,
        description=(
            "How long what is owed is kept for a subscription that is disabled. What is older expires."
        ),
        examples=["14"],
    )
    poll_seconds: Seconds = Field(
        5, description="How often a dispatcher looks for work when nothing wakes it.", examples=["5"]
    )
    retry_schedule_seconds: Annotated[tuple[Seconds, ...], NoDecode, LISTED] = Field(
        (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400),
        min_length=1,
        max_length=50,
        description=(
            "The pauses before the second and each further attempt; ±20 %. After the last one a delivery is"
            " exhausted."
        ),
        examples=["5,300,1800,7200"],
    )

    @model_validator(mode="after")
    def _lease_outlives_attempt(self) -> Self:
        if not self.send_timeout_seconds < self.delivery_lease_seconds:
            raise ValueError(
                "COPYDESK_SEND_TIMEOUT_SECONDS < COPYDESK_DELIVERY_LEASE_SECONDS must hold,"
                f" got {self.send_timeout_seconds:g} and {self.delivery_lease_seconds:g}"
            )
        return self


GROUPS: tuple[type[Settings], ...] = (IngestSettings, EnrichSettings, PublishSettings, DispatcherSettings)

# Read by the command line, not by a service.
COMMAND_LINE = {
    "COPYDESK_API_KEY": (
        "The key that `copydesk post`, `copydesk listen`, `copydesk events`, `copydesk replay` and"
        " `copydesk erase` send. `copydesk up` registers it in place of making one."
    ),
    "COPYDESK_DATA": (
        "Where `copydesk up` keeps its data, and where the other commands look for it. Unset:"
        " `~/.local/share/copydesk`, as root `/var/lib/copydesk`."
    ),
    "COPYDESK_INGEST_URL": (
        "Where `copydesk post` finds ingest. Unset: where the running `copydesk up` has it, else"
        " `http://127.0.0.1:8000`."
    ),
    "COPYDESK_PUBLISH_URL": (
        "Where `copydesk listen`, `copydesk events`, `copydesk replay` and `copydesk erase` find publish."
        " Unset: where the running `copydesk up` has it, else `http://127.0.0.1:8001`."
    ),
    "COPYDESK_WEBHOOK_SECRET": (
        "The subscription's secret, as `copydesk webhook verify` and the receivers of the documents take it."
    ),
}


def variable(group: type[Settings], field: str) -> str:
    """Returns the environment variable of a field."""
    alias = group.model_fields[field].validation_alias
    return alias if isinstance(alias, str) else PREFIX + field.upper()


def spelled_default(group: type[Settings], field: str) -> str:
    """Returns a field's default as one would write it into the environment; lists in brackets."""
    found = group.model_fields[field]
    if found.is_required():
        return "(required)"
    value = found.default
    if value is None:
        return "(unset)"
    if isinstance(value, bool):
        return str(value).lower()
    return f"[{','.join(map(str, value))}]" if isinstance(value, tuple) else str(value)


def known_variables() -> dict[str, tuple[type[Settings], str]]:
    """Returns every setting: variable → (group, field)."""
    return {variable(group, field): (group, field) for group in GROUPS for field in group.model_fields}


def check_names(environment: Mapping[str, str]) -> None:
    """Refuses a `COPYDESK_*` variable that no process reads.

    Raises:
        SettingError: names the variable and the nearest known one.
    """
    known = {**known_variables(), **COMMAND_LINE}
    for name in sorted(environment):
        if name.startswith(PREFIX) and name not in known:
            endings = [each.removeprefix(PREFIX) for each in known]
            near = difflib.get_close_matches(name.removeprefix(PREFIX), endings, n=1)
            hint = f"did you mean {PREFIX}{near[0]}?" if near else "`copydesk settings` lists them."
            raise SettingError(f"{name}: there is no such setting; {hint}")


Group = TypeVar("Group", bound=Settings)


def load(group: type[Group], **overrides: Any) -> Group:  # noqa: ANN401 - a setting may have any type
    """Reads one group of settings from the environment.

    Raises:
        SettingError: one line a fault, each with the variable, the fault and an example.
    """
    check_names(os.environ)
    try:
        return group(**overrides)
    except ValidationError as error:
        faults = {fault["loc"][:1]: fault for fault in reversed(error.errors())}
        raise SettingError("\n".join(_sentence(group, each) for each in reversed(faults.values()))) from None


def load_partly(group: type[Group], environment: Mapping[str, str]) -> Group:
    """Reads one group of settings as `load` does, for one who does not care what must be set and is not.

    Raises:
        SettingError: as `load` does.
    """
    stand_in = {
        "database_url": "postgresql://localhost",
        "broker_url": "redis://localhost",
        "secrets_key": (bytes(spelling.KEY_BYTES),),
    }
    missing = {
        field: value
        for field, value in stand_in.items()
        if field in group.model_fields and not environment.get(variable(group, field))
    }
    return load(group, **missing)


def _sentence(group: type[Settings], fault: Any) -> str:  # noqa: ANN401 - pydantic's own shape
    place = str(fault["loc"][0]) if fault["loc"] else ""
    names = {variable(group, field): field for field in group.model_fields} | {
        f: f for f in group.model_fields
    }
    if place not in names:
        return str(fault["msg"]).removeprefix("Value error, ")
    field = group.model_fields[names[place]]
    name = variable(group, names[place])
    message = "is not set" if fault["type"] == "missing" else str(fault["msg"]).removeprefix("Value error, ")
    example = (field.examples or [""])[0]
    return f"{name}: {message}. {field.description} Example: {name}={example}"
