"""Where the model's time goes: the best of each operator, and what the processor could do."""

from typing import Any

import pytest

from bench import ceiling
from bench.ceiling import Spent
from services.enrich.actors.model import ModelTagger


def event(name: str, microseconds: int, *shapes: list[int]) -> dict[str, Any]:
    kind = name.partition(".")[0]
    inputs = [{"float": shape} for shape in shapes]
    return {"name": name, "dur": microseconds, "args": {"op_name": kind, "input_type_shape": inputs}}


PRODUCT = ([1, 10, 384], [1152], [1152])
ATTENTION = ([1, 10, 384], [1, 10, 384], [1, 10, 384])


def test_of_each_operator_the_best_run_counts_in_each_window() -> None:
    first = [event("DynamicQuantizeMatMul.1", 900, *PRODUCT), event("DynamicQuantizeMatMul.1", 500, *PRODUCT)]
    second = [event("DynamicQuantizeMatMul.1", 700, *PRODUCT), event("Gelu.2", 50, [1, 10, 384])]
    found = ceiling.spent([first, second])
    assert list(found) == ["DynamicQuantizeMatMul", "Gelu"]
    assert found["DynamicQuantizeMatMul"].seconds == pytest.approx(0.0012)
    assert found["DynamicQuantizeMatMul"].products == 2 * 10 * 384 * 1152
    assert found["Gelu"] == Spent(5e-05)


def test_attention_multiplies_each_piece_with_each_twice() -> None:
    [found] = ceiling.spent([[event("MultiHeadAttention.3", 10, *ATTENTION)]]).values()
    assert found.products == 2 * 10 * 10 * 384


def test_the_table_says_what_would_be_left_if_the_matrices_were_all() -> None:
    found = {"DynamicQuantizeMatMul": Spent(0.08, 4_000_000_000), "Gelu": Spent(0.02), "Shape": Spent(1e-6)}
    lines = list(ceiling.table(found, 40e9, 400))
    assert "| DynamicQuantizeMatMul | 80% | 80.0 | 50 |" in lines
    assert "| Gelu | 20% | 20.0 |  |" in lines
    assert not any("Shape" in line for line in lines)
    assert "| bytes with AVX2, at best | | | 80 |" in lines
    assert lines[-1].startswith(
        "At that rate the matrices alone would take 50 ms of a story of 400 words: 8,000 words"
    )


def test_the_model_is_profiled_as_it_is_run() -> None:
    [events] = ceiling.profiled(ModelTagger(), "Ana Ruiz left Lima.", 2)
    found = ceiling.spent([events])
    pieces = 5 + 2  # and what the model is told of begin and end
    each = 384 * (3 * 384 + 384 + 4 * 384 + 4 * 384)
    assert found["DynamicQuantizeMatMul"].products == 6 * pieces * each
    assert ceiling.floats(1) > 0
