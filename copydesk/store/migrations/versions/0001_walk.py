"""The walk: keys, stories and their revisions, enrichments, events, subscriptions, deliveries, attempts."""

from alembic import op

revision = "0001"
down_revision = None

STATEMENTS = (
    """
    CREATE TABLE api_keys (
        id uuid PRIMARY KEY,
        source text NOT NULL,
        scopes text[] NOT NULL,
        note text,
        prefix text NOT NULL,
        token_sha256 bytea NOT NULL UNIQUE,
        created_at timestamptz NOT NULL DEFAULT now(),
        revoked_at timestamptz
    )
    """,
    """
    CREATE TABLE stories (
        id uuid PRIMARY KEY,
        source text NOT NULL,
        uri text NOT NULL,
        newest_version integer NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        UNIQUE (source, uri)
    )
    """,
    """
    CREATE TABLE revisions (
        id uuid PRIMARY KEY,
        story_id uuid NOT NULL REFERENCES stories,
        version integer NOT NULL,
        lane text NOT NULL CHECK (lane IN ('breaking', 'normal', 'backfill')),
        content_sha256 bytea NOT NULL,
        document jsonb NOT NULL,
        state text NOT NULL
            CHECK (state IN ('accepted', 'enriching', 'enriched', 'quarantined', 'discarded')),
        generation integer NOT NULL DEFAULT 1,
        attempts integer NOT NULL DEFAULT 0,
        accepted_at timestamptz NOT NULL DEFAULT now(),
        due_at timestamptz NOT NULL DEFAULT now(),
        enqueued_at timestamptz,
        lease_token uuid,
        leased_at timestamptz,
        lease_until timestamptz,
        settled_at timestamptz,
        published boolean,
        stage text,
        reason text,
        detail text,
        UNIQUE (story_id, version)
    )
    """,
    "CREATE INDEX revisions_waiting ON revisions (lane, due_at) WHERE state = 'accepted'",
    "CREATE INDEX revisions_leased ON revisions (lane, lease_until) WHERE state = 'enriching'",
    "CREATE INDEX revisions_quarantined ON revisions (settled_at) WHERE state = 'quarantined'",
    """
    CREATE TABLE steps (
        id uuid PRIMARY KEY,
        revision_id uuid NOT NULL REFERENCES revisions ON DELETE CASCADE,
        name text NOT NULL,
        generation integer NOT NULL,
        attempt integer,
        started_at timestamptz NOT NULL DEFAULT now(),
        duration_ms double precision,
        worker text NOT NULL,
        outcome text NOT NULL,
        detail text
    )
    """,
    "CREATE INDEX steps_revision_id ON steps (revision_id)",
    """
    CREATE TABLE enrichments (
        revision_id uuid NOT NULL REFERENCES revisions ON DELETE CASCADE,
        generation integer NOT NULL,
        enrichment jsonb NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (revision_id, generation)
    )
    """,
    """
    CREATE TABLE events (
        id uuid PRIMARY KEY,
        type text NOT NULL,
        story_id uuid NOT NULL REFERENCES stories,
        revision_id uuid NOT NULL REFERENCES revisions,
        generation integer NOT NULL,
        source text NOT NULL,
        data jsonb,
        position bigint UNIQUE,
        created_at timestamptz NOT NULL DEFAULT now(),
        UNIQUE (revision_id, generation, type)
    )
    """,
    "CREATE INDEX events_unplaced ON events (created_at, id) WHERE position IS NULL",
    "CREATE INDEX events_story_id ON events (story_id)",
    """
    CREATE TABLE event_counter (
        single boolean PRIMARY KEY DEFAULT true CHECK (single),
        position bigint NOT NULL DEFAULT 0
    )
    """,
    "INSERT INTO event_counter DEFAULT VALUES",
    """
    CREATE TABLE subscriptions (
        id uuid PRIMARY KEY,
        source text NOT NULL,
        url text NOT NULL,
        secret bytea NOT NULL,
        event_types text[] NOT NULL,
        filter jsonb,
        description text,
        enabled boolean NOT NULL DEFAULT true,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        deleted_at timestamptz,
        next_due timestamptz
    )
    """,
    "CREATE INDEX subscriptions_source ON subscriptions (source)",
    "CREATE INDEX subscriptions_next_due ON subscriptions (next_due) WHERE next_due IS NOT NULL",
    """
    CREATE TABLE deliveries (
        id uuid PRIMARY KEY,
        event_id uuid NOT NULL REFERENCES events,
        subscription_id uuid NOT NULL REFERENCES subscriptions,
        state text NOT NULL CHECK (state IN
            ('due', 'sending', 'delivered', 'exhausted', 'superseded', 'expired', 'discarded')),
        attempts integer NOT NULL DEFAULT 0,
        schedule_start integer NOT NULL DEFAULT 0,
        due_at timestamptz NOT NULL DEFAULT now(),
        lease_token uuid,
        lease_until timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        settled_at timestamptz,
        status integer,
        error_class text,
        UNIQUE (event_id, subscription_id)
    )
    """,
    "CREATE INDEX deliveries_due ON deliveries (subscription_id, due_at, id) WHERE state = 'due'",
    "CREATE INDEX deliveries_sending ON deliveries (subscription_id, lease_until) WHERE state = 'sending'",
    "CREATE INDEX deliveries_subscription_id ON deliveries (subscription_id, id)",
    """
    CREATE TABLE attempts (
        id uuid NOT NULL,
        started_at timestamptz NOT NULL,
        delivery_id uuid NOT NULL,
        number integer NOT NULL,
        duration_ms double precision NOT NULL,
        status integer,
        error_class text,
        detail text,
        response text,
        dispatcher text NOT NULL,
        PRIMARY KEY (started_at, id)
    ) PARTITION BY RANGE (started_at)
    """,
    "CREATE INDEX attempts_delivery_id ON attempts (delivery_id)",
    # Takes what no day's partition takes, so that an attempt is never refused.
    "CREATE TABLE attempts_default PARTITION OF attempts DEFAULT",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
