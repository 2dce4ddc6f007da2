"""The tables, as SQLAlchemy Core knows them; the migrations make them, a test compares the two."""

from sqlalchemy import (
    JSON,
    REAL,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

metadata = MetaData()
_TIME = DateTime(timezone=True)
_NOW = text("now()")
FIRST_EDITION = 1 << 32 | 1
"""The edition of a delivery tells the order of a story's records: its version, then its generation."""


def _id() -> Column[object]:
    return Column("id", UUID(as_uuid=True), primary_key=True)


api_keys = Table(
    "api_keys",
    metadata,
    _id(),
    Column("source", Text, nullable=False),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("note", Text),
    Column("prefix", Text, nullable=False),
    Column("token_sha256", LargeBinary, nullable=False),
    Column("created_at", _TIME, nullable=False, server_default=_NOW),
    Column("revoked_at", _TIME),
    UniqueConstraint("token_sha256", name="api_keys_token_sha256_key"),
)

stories = Table(
    "stories",
    metadata,
    _id(),
    Column("source", Text, nullable=False),
    Column("uri", Text, nullable=False),
    Column("newest_version", Integer, nullable=False),
    Column("created_at", _TIME, nullable=False, server_default=_NOW),
    UniqueConstraint("source", "uri", name="stories_source_uri_key"),
)

revisions = Table(
    "revisions",
    metadata,
    _id(),
    Column("story_id", ForeignKey("stories.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("lane", Text, nullable=False),
    Column("content_sha256", LargeBinary, nullable=False),
    Column("document", JSONB, nullable=False),
    Column("state", Text, nullable=False),
    Column("generation", Integer, nullable=False, server_default=text("1")),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("accepted_at", _TIME, nullable=False, server_default=_NOW),
    Column("due_at", _TIME, nullable=False, server_default=_NOW),
    Column("enqueued_at", _TIME),
    Column("lease_token", UUID(as_uuid=True)),
    Column("leased_at", _TIME),
    Column("lease_until", _TIME),
    Column("settled_at", _TIME),
    Column("published", Boolean),
    Column("stage", Text),
    Column("reason", Text),
    Column("detail", Text),
    Column("erased_at", _TIME),
    UniqueConstraint("story_id", "version", name="revisions_story_id_version_key"),
    CheckConstraint(
        "state IN ('accepted', 'enriching', 'enriched', 'quarantined', 'discarded')",
        name="revisions_state_check",
    ),
    CheckConstraint("lane IN ('breaking', 'normal', 'backfill')", name="revisions_lane_check"),
    Index("revisions_waiting", "lane", "due_at", postgresql_where=text("state = 'accepted'")),
    Index("revisions_leased", "lane", "lease_until", postgresql_where=text("state = 'enriching'")),
    Index("revisions_quarantined", "settled_at", postgresql_where=text("state = 'quarantined'")),
)

steps = Table(
    "steps",
    metadata,
    _id(),
    Column("revision_id", ForeignKey("revisions.id", ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("attempt", Integer),
    Column("started_at", _TIME, nullable=False, server_default=_NOW),
    Column("duration_ms", Float),
    Column("worker", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("detail", Text),
    Index("steps_revision_id", "revision_id"),
)

enrichments = Table(
    "enrichments",
    metadata,
    Column("revision_id", ForeignKey("revisions.id", ondelete="CASCADE"), nullable=False),
    Column("generation", Integer, nullable=False),
    Column("enrichment", JSONB, nullable=False),
    Column("created_at", _TIME, nullable=False, server_default=_NOW),
    PrimaryKeyConstraint("revision_id", "generation", name="enrichments_pkey"),
)

events = Table(
    "events",
    metadata,
    _id(),
    Column("type", Text, nullable=False),
    Column("story_id", ForeignKey("stories.id")),
    Column("revision_id", ForeignKey("revisions.id")),
    Column("generation", Integer),
    Column("source", Text, nullable=False),
    Column("data", JSONB),
    Column("position", BigInteger),
    Column("created_at", _TIME, nullable=False, server_default=_NOW),
    Column("subscription_id", ForeignKey("subscriptions.id")),
    Column("cause", Text),
    UniqueConstraint("revision_id", "generation", "type", name="events_revision_id_generation_type_key"),
    UniqueConstraint("position", name="events_position_key"),
    UniqueConstraint("subscription_id", "type", "cause", name="events_subscription_id_type_cause_key"),
    # An event tells of a revision, or of a subscription.
    CheckConstraint(
        "CASE WHEN subscription_id IS NULL THEN num_nulls(story_id, revision_id, generation) = 0"
        " AND cause IS NULL ELSE num_nonnulls(story_id, revision_id, generation) = 0"
        " AND num_nulls(cause, data) = 0 END",
        name="events_about_check",
    ),
    Index("events_unplaced", "created_at", "id", postgresql_where=text("position IS NULL")),
    Index("events_story_id", "story_id"),
)

event_counter = Table(
    "event_counter",
    metadata,
    Column("single", Boolean, primary_key=True, server_default=text("true")),
    Column("position", BigInteger, nullable=False, server_default=text("0")),
    Column("removed_position", BigInteger, nullable=False, server_default=text("0")),
    CheckConstraint("single", name="event_counter_single_check"),
)

# Numbers the changes of subscriptions; a trigger asks it.
change_counter = Table(
    "change_counter",
    metadata,
    Column("single", Boolean, primary_key=True, server_default=text("true")),
    Column("change", BigInteger, nullable=False, server_default=text("0")),
    CheckConstraint("single", name="change_counter_single_check"),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    _id(),
    Column("source", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("event_types", ARRAY(Text), nullable=False),
    Column("filter", JSONB(none_as_null=True)),
    Column("description", Text),
    Column("enabled", Boolean, nullable=False, server_default=text("true")),
    Column("created_at", _TIME, nullable=False, server_default=_NOW),
    Column("updated_at", _TIME, nullable=False, server_default=_NOW),
    Column("deleted_at", _TIME),
    Column("next_due", _TIME),
    Column("last_sequence", BigInteger, nullable=False, server_default=text("0")),
    Column("signature_scheme", Text, nullable=False, server_default=text("'v1'")),
    Column("public_key", Text),
    Column("change", BigInteger, nullable=False, server_default=text("0")),
    Column("retry_schedule_seconds", ARRAY(Float)),
    Column("expires_after_seconds", Integer),
    Column("rate_per_second", Float),
    Column("in_flight", Integer),
    Column("tokens", Float, nullable=False, server_default=text("1")),
    Column("tokens_at", _TIME, nullable=False, server_default=_NOW),
    Column("failing_since", _TIME),
    Column("failures", Integer, nullable=False, server_default=text("0")),
    Column("failed_deliveries", Integer, nullable=False, server_default=text("0")),
    Column("warned_percent", Integer, nullable=False, server_default=text("0")),
    Column("slowness", Integer, nullable=False, server_default=text("0")),
    Column("slowed_at", _TIME),
    Column("held_until", _TIME),
    Column("disabled_at", _TIME),
    Column("disabled_reason", Text),
    Column("projection", Text, nullable=False, server_default=text("'full'")),
    Column("fields", ARRAY(Text)),
    Column("offsets", Text, nullable=False, server_default=text("'code_points'")),
    Column("max_bytes", Integer),
    Column("unverified", Boolean, nullable=False, server_default=text("false")),
    Column("verify", Boolean, nullable=False, server_default=text("false")),
    Column("carried", LargeBinary),
    CheckConstraint("projection IN ('full', 'thin')", name="subscriptions_projection_check"),
    CheckConstraint("offsets IN ('code_points', 'utf16')", name="subscriptions_offsets_check"),
    CheckConstraint(
        "disabled_reason IN ('requested', 'gone', 'failing')", name="subscriptions_disabled_reason_check"
    ),
    CheckConstraint("signature_scheme IN ('v1', 'v1a')", name="subscriptions_signature_scheme_check"),
    Index("subscriptions_source", "source"),
    Index("subscriptions_change", "change"),
    Index(
        "subscriptions_told",
        "id",
        postgresql_where=text(
            "deleted_at IS NULL AND event_types && ARRAY['subscription.disabled',"
            " 'subscription.recovered', 'delivery.failing', 'delivery.exhausted']"
        ),
    ),
    Index("subscriptions_next_due", "next_due", postgresql_where=text("next_due IS NOT NULL")),
)

# What a subscription's deliveries are signed with besides its secret, until `expires_at`.
former_secrets = Table(
    "former_secrets",
    metadata,
    _id(),
    Column("subscription_id", ForeignKey("subscriptions.id", ondelete="CASCADE"), nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("expires_at", _TIME, nullable=False),
    Column("public_key", Text),
    Index("former_secrets_subscription_id", "subscription_id"),
)

deliveries = Table(
    "deliveries",
    metadata,
    _id(),
    Column("event_id", ForeignKey("events.id"), nullable=False),
    Column("subscription_id", ForeignKey("subscriptions.id"), nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("schedule_start", Integer, nullable=False, server_default=text("0")),
    Column("due_at", _TIME, nullable=False, server_default=_NOW),
    Column("lease_token", UUID(as_uuid=True)),
    Column("lease_until", _TIME),
    Column("created_at", _TIME, nullable=False, server_default=_NOW),
    Column("settled_at", _TIME),
    Column("status", Integer),
    Column("error_class", Text),
    Column("sequence", BigInteger),
    Column("resume_at", _TIME),
    Column("story_id", UUID(as_uuid=True)),
    Column("edition", BigInteger),
    UniqueConstraint("event_id", "subscription_id", name="deliveries_event_id_subscription_id_key"),
    CheckConstraint(
        "state IN ('due', 'sending', 'delivered', 'exhausted', 'superseded', 'expired', 'discarded')",
        name="deliveries_state_check",
    ),
    Index("deliveries_due", "subscription_id", "due_at", "id", postgresql_where=text("state = 'due'")),
    Index("deliveries_sending", "subscription_id", "lease_until", postgresql_where=text("state = 'sending'")),
    Index("deliveries_subscription_id", "subscription_id", "id"),
    Index(
        "deliveries_story",
        "subscription_id",
        "story_id",
        "edition",
        postgresql_where=text(f"edition > {FIRST_EDITION}"),
    ),
)

# What of the past is to be sent again, or was never owed; a dispatcher carries it out step by step.
replays = Table(
    "replays",
    metadata,
    _id(),
    Column("source", Text, nullable=False),
    Column("subscription_id", ForeignKey("subscriptions.id"), nullable=False),
    Column("chosen", Text, nullable=False),
    Column("since", _TIME),
    Column("before", _TIME),
    Column("filter", JSONB(none_as_null=True)),
    Column("dry_run", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    Column("first_position", BigInteger, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("last_position", BigInteger, nullable=False),
    Column("again", BigInteger, nullable=False, server_default=text("0")),
    Column("added", BigInteger, nullable=False, server_default=text("0")),
    Column("superseded", BigInteger, nullable=False, server_default=text("0")),
    Column("expired", BigInteger, nullable=False, server_default=text("0")),
    Column("waiting", BigInteger, nullable=False, server_default=text("0")),
    Column("created_at", _TIME, nullable=False, server_default=_NOW),
    Column("due_at", _TIME, nullable=False, server_default=_NOW),
    Column("settled_at", _TIME),
    CheckConstraint("chosen IN ('all', 'failed', 'missing')", name="replays_chosen_check"),
    CheckConstraint("state IN ('running', 'done', 'cancelled')", name="replays_state_check"),
    Index("replays_running", "due_at", postgresql_where=text("state = 'running'")),
    Index("replays_subscription_id", "subscription_id"),
)

# Partitioned by day of `started_at`: dropping a day is dropping a table.
attempts = Table(
    "attempts",
    metadata,
    Column("id", UUID(as_uuid=True), nullable=False),
    Column("started_at", _TIME, nullable=False),
    Column("delivery_id", UUID(as_uuid=True), nullable=False),
    Column("number", Integer, nullable=False),
    Column("duration_ms", Float, nullable=False),
    Column("status", Integer),
    Column("error_class", Text),
    Column("detail", Text),
    Column("response", Text),
    Column("dispatcher", Text, nullable=False),
    Column("subscription_id", UUID(as_uuid=True)),
    Column("sent", JSON(none_as_null=True)),
    Column("received", JSON(none_as_null=True)),
    Column("dns_ms", REAL),
    Column("connect_ms", REAL),
    Column("tls_ms", REAL),
    Column("first_byte_ms", REAL),
    PrimaryKeyConstraint("started_at", "id", name="attempts_pkey"),
    Index("attempts_delivery_id", "delivery_id"),
    # Statistics are added up from this index alone.
    Index(
        "attempts_subscription_id",
        "subscription_id",
        "started_at",
        "id",
        postgresql_include=["duration_ms", "error_class"],
    ),
    Index(
        "attempts_failed",
        "subscription_id",
        "started_at",
        "id",
        postgresql_where=text("error_class IS NOT NULL"),
    ),
    Index(
        "attempts_error_class",
        "subscription_id",
        "error_class",
        "started_at",
        "id",
        postgresql_where=text("error_class IS NOT NULL"),
    ),
    Index(
        "attempts_status",
        "subscription_id",
        "status",
        "started_at",
        "id",
        postgresql_where=text("error_class IS NOT NULL"),
    ),
    postgresql_partition_by="RANGE (started_at)",
)
