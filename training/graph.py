"""An ONNX graph while it is being written: weights, nodes, and matrices in eight bits."""

from typing import Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

MICROSOFT: Final = "com.microsoft"
_OPSET: Final = 17
_RUNTIME: Final = 9
"""The version of the file format: one that onnxruntime has read since 1.15."""

_LEVELS: Final = 63
"""Weights are -63 to 63: processors without VNNI add products in 16 bits, where those of -127 overflow."""


def array(tensor: Tensor) -> NDArray[np.float32]:
    """Returns the tensor's values."""
    return tensor.detach().float().numpy()


class Graph:
    """Nodes and weights in the order they are added; each method returns the name of its result."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._weights: list[onnx.TensorProto] = []

    def weight(self, name: str, value: NDArray[np.generic]) -> str:
        """Adds a constant."""
        self._weights.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, kind: str, *inputs: str, domain: str = "", results: int = 1, **attributes: object) -> str:
        """Adds a node; of several results the names are this one, then this one with .1, .2 and so on."""
        name = f"{kind}.{len(self._nodes)}"
        outputs = [name, *(f"{name}.{number}" for number in range(1, results))]
        self._nodes.append(
            helper.make_node(kind, list(inputs), outputs, name=name, domain=domain, **attributes)
        )
        return name

    def table(self, name: str, rows: Tensor, numbers: str) -> str:
        """Looks numbers up in a table that is kept in eight bits, each row with its own scale."""
        values = array(rows)
        scale = np.maximum(np.abs(values).max(1, keepdims=True), 1e-8) / 127
        whole = self.weight(f"{name}.rows", np.rint(values / scale).astype(np.int8))
        found = self.node("Cast", self.node("Gather", whole, numbers), to=TensorProto.FLOAT)
        return self.node("Mul", found, self.node("Gather", self.weight(f"{name}.scales", scale), numbers))

    def linear(self, name: str, x: str, *parts: nn.Linear) -> str:
        """Multiplies by the matrices of the parts side by side, in integers, with a scale a column."""
        values = np.concatenate([array(part.weight) for part in parts]).T
        scale = np.maximum(np.abs(values).max(0), 1e-8) / _LEVELS
        return self.node(
            "DynamicQuantizeMatMul",
            x,
            self.weight(f"{name}.weight", np.rint(values / scale).astype(np.int8)),
            self.weight(f"{name}.scale", scale.astype(np.float32)),
            "",
            self.weight(f"{name}.bias", np.concatenate([array(part.bias) for part in parts])),
            domain=MICROSOFT,
        )

    def exact(self, name: str, x: str, part: nn.Linear) -> str:
        """Multiplies by the matrix of one part as it is."""
        product = self.node("MatMul", x, self.weight(f"{name}.weight", array(part.weight).T))
        return self.node("Add", product, self.weight(f"{name}.bias", array(part.bias)))

    def normalised(self, name: str, x: str, part: nn.LayerNorm, skipped: str = "") -> str:
        """Normalises x, with what was skipped added to it if there is any."""
        weights = (
            self.weight(f"{name}.weight", array(part.weight)),
            self.weight(f"{name}.bias", array(part.bias)),
        )
        if skipped:  # SkipLayerNormalization, which does both, takes twenty times as long on a CPU
            x = self.node("Add", x, skipped)
        return self.node("LayerNormalization", x, *weights, epsilon=part.eps)

    def model(
        self, inputs: dict[str, list[str]], result: str, shape: list[str | int], about: dict[str, str]
    ) -> onnx.ModelProto:
        """Returns the whole: whole numbers of these sizes in, `logits` out, and what it says of itself."""
        self._nodes.append(helper.make_node("Identity", [result], ["logits"]))
        graph = helper.make_graph(
            self._nodes,
            "tagger",
            [helper.make_tensor_value_info(name, TensorProto.INT64, sizes) for name, sizes in inputs.items()],
            [helper.make_tensor_value_info("logits", TensorProto.FLOAT, shape)],
            self._weights,
        )
        opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(MICROSOFT, 1)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=_RUNTIME, producer_name="copydesk")
        helper.set_model_props(model, about)
        return model
