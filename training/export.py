"""Writes a trained network as the model that enrich runs: ONNX in eight bits, with its tokenizer."""

import argparse
import json
from pathlib import Path

import onnx
import torch

from services.enrich.actors.labels import LABELS
from services.enrich.actors.windows import ROOM
from training.corpora import SOURCES
from training.graph import MICROSOFT, Graph
from training.network import HEADS, Network, published


def written(network: Network, told: list[str], about: dict[str, str]) -> onnx.ModelProto:
    """Returns the network as a graph that takes `ids` and `shapes` [batch, pieces] and gives `logits`.

    Args:
        network: trained.
        told: the sources whose habits the model is to follow, of `SOURCES`; the mean of several.
        about: what the file says of itself.
    """
    graph = Graph()
    source = network.sources.weight[[SOURCES.index(name) for name in told]].mean(0)
    x = graph.node(
        "Add",
        graph.table("words", network.words.weight, "ids"),
        graph.table("shapes", network.shapes.weight, "shapes"),
    )
    x = graph.node("Add", x, _places(graph, network.places.weight[: ROOM + 2] + source))
    x = graph.normalised("embedded", x, network.embedded)
    for number, layer in enumerate(network.layers):
        name = f"layers.{number}"
        joined = graph.linear(f"{name}.joined", x, layer.query, layer.key, layer.value)
        query = graph.node("Split", joined, axis=-1, results=3)
        mixed = graph.node(
            "MultiHeadAttention", query, f"{query}.1", f"{query}.2", domain=MICROSOFT, num_heads=HEADS
        )
        x = graph.normalised(
            f"{name}.attended", graph.linear(f"{name}.output", mixed, layer.output), layer.attended, x
        )
        wide = graph.node("Gelu", graph.linear(f"{name}.widen", x, layer.widen), domain=MICROSOFT)
        x = graph.normalised(
            f"{name}.finished", graph.linear(f"{name}.narrow", wide, layer.narrow), layer.finished, x
        )
    shape: list[str | int] = ["batch", "pieces", len(LABELS)]
    inputs = {name: ["batch", "pieces"] for name in ("ids", "shapes")}
    return graph.model(inputs, graph.exact("head", x, network.head), shape, about)


def _places(graph: Graph, table: torch.Tensor) -> str:
    """Returns the rows of the table that belong to as many places as there are pieces."""
    rows = graph.weight("places", table.detach().float().numpy())
    count = graph.node("Shape", "ids", start=1, end=2)
    return graph.node("Slice", rows, graph.weight("zero", torch.zeros(1, dtype=torch.int64).numpy()), count)


def tokenizer() -> str:
    """Returns the published tokenizer as JSON, without the padding and cutting it was published with."""
    settings = json.loads(published("tokenizer.json").read_text("utf-8"))
    settings["padding"] = settings["truncation"] = None
    return json.dumps(settings, ensure_ascii=False, separators=(",", ":")) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path, help="what train wrote")
    parser.add_argument(
        "--to", type=Path, default=Path("services/enrich/model"), help="the folder of the model"
    )
    parser.add_argument(
        "--version", required=True, help="what records will call the model, such as 2026.11.1"
    )
    parser.add_argument("--told", nargs="+", default=["any"], choices=SOURCES, help="whose habits it follows")
    parser.add_argument(
        "--temperature", type=float, default=1.0, help="divides the logits before they become confidences"
    )
    args = parser.parse_args()
    network = Network()
    network.load_state_dict(torch.load(args.checkpoint))
    about = {"version": args.version, "labels": " ".join(LABELS), "temperature": f"{args.temperature:g}"}
    args.to.mkdir(parents=True, exist_ok=True)
    onnx.save(written(network.eval(), args.told, about), args.to / "model.onnx")
    (args.to / "tokenizer.json").write_text(tokenizer(), "utf-8")


if __name__ == "__main__":
    main()
