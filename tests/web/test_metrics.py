import ast
import os
import subprocess
import sys
import threading
from pathlib import Path

import httpx2
import pytest
from prometheus_client import REGISTRY

from copydesk import metrics

CHILDREN = """
import multiprocessing, os
from copydesk import metrics

def work(lane):
    metrics.SWEPT.labels(lane).inc(2)

def main():
    context = multiprocessing.get_context("fork")
    for _ in range(3):
        child = context.Process(target=work, args=["normal"])
        child.start()
        child.join()
    print(metrics.render().decode())

main()
"""


def test_every_metric_is_ours_and_explains_itself() -> None:
    named = {value for name, value in vars(metrics).items() if name.isupper()}
    declared = {value for value in named if hasattr(value, "collect")} - {REGISTRY}
    assert declared == set(metrics.METRICS)
    for metric in metrics.METRICS:
        (family,) = metric.collect()
        assert family.name.startswith("copydesk_")
        assert family.documentation.endswith(".")


def test_no_other_file_declares_a_metric() -> None:
    root = Path(metrics.__file__).parents[1]
    sources = [*root.glob("copydesk/**/*.py"), *root.glob("services/**/*.py")]
    declaring = [path for path in sources if "prometheus_client" in _imports(path)]
    assert declaring == [Path(metrics.__file__)]


def _imports(path: Path) -> set[str]:
    """Returns the packages that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").partition(".")[0])
    return found


def test_metrics_are_served_on_a_port_of_their_own_until_stopped(unused_port: int) -> None:
    stop = metrics.serve(unused_port, "127.0.0.1")
    try:
        with pytest.raises(OSError, match="in use"):
            metrics.serve(unused_port, "127.0.0.1")
        reply = httpx2.get(f"http://127.0.0.1:{unused_port}/metrics")
        assert "copydesk_enrichments_total" in reply.text
    finally:
        stop()
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(f"http://127.0.0.1:{unused_port}/metrics")


def test_port_0_serves_nothing() -> None:
    before = threading.enumerate()
    stop = metrics.serve(0, "127.0.0.1")
    assert threading.enumerate() == before
    stop()


def test_what_counts_for_labels_is_looked_up_once() -> None:
    child = metrics.of(metrics.SWEPT, "normal")
    assert child is metrics.of(metrics.SWEPT, "normal")
    assert child is not metrics.of(metrics.SWEPT, "backfill")
    before = REGISTRY.get_sample_value("copydesk_swept_total", {"lane": "normal"}) or 0
    child.inc()
    assert REGISTRY.get_sample_value("copydesk_swept_total", {"lane": "normal"}) == before + 1


def test_a_process_shows_its_own_metrics() -> None:
    assert metrics.registry() is REGISTRY
    assert b"copydesk_http_requests_total" in metrics.render()


def test_a_process_with_children_shows_their_sum(tmp_path: Path) -> None:
    shown = subprocess.run(
        [sys.executable, "-c", CHILDREN],
        env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert 'copydesk_swept_total{lane="normal"} 6.0' in shown.stdout
