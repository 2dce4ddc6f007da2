"""docs/reference/metrics.md."""

from prometheus_client import Counter

from copydesk.metrics import METRICS
from docs.generate.markdown import code, join, table

INTRODUCTION = """# Metrics

Prometheus text at `/metrics`. Which process shows what, and when to look:
[operations](../operations.md#alerts). A histogram `x` has the series `x_bucket`, `x_sum` and `x_count`."""


def page() -> str:
    """Returns the page."""
    rows = []
    for metric in METRICS:
        said = next(iter(metric.describe()))
        name = said.name + ("_total" if isinstance(metric, Counter) else "")
        labels = ", ".join(metric._labelnames)  # noqa: SLF001 - told nowhere else
        rows.append((code(name), labels, said.type, said.documentation))
    return join(INTRODUCTION, table(("metric", "labels", "type", "counts"), rows))
