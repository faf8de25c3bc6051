"""Read the weights of a quantised TensorFlow Lite classifier as float32 arrays."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

_TENSOR_DTYPES = {2: np.int32, 3: np.uint8, 9: np.int8}
_CONV_2D, _DEPTHWISE_CONV_2D = 3, 4


@dataclass(frozen=True)
class Convolution:
    """One convolution with its batch normalisation folded in.

    `kernel` is float32 in PyTorch's layout: (out, in, height, width), where `in` is 1 for a
    depthwise convolution; `bias` is float32 (out,).
    """

    kernel: FloatArray
    bias: FloatArray
    stride: int
    is_depthwise: bool


def read_convolutions(path: Path) -> list[Convolution]:
    """All convolutions of a .tflite graph, in the order in which they run.

    Eight-bit weights come back as `scale * (value - zero_point)`, per channel where the file
    says so. Source: TensorFlow Lite 8-bit quantization specification.
    """
    from tflite import Conv2DOptions, DepthwiseConv2DOptions, Model

    model = Model.GetRootAs(path.read_bytes(), 0)
    graph = model.Subgraphs(0)
    convolutions = []
    for position in range(graph.OperatorsLength()):
        operator = graph.Operators(position)
        code = model.OperatorCodes(operator.OpcodeIndex())
        kind = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
        if kind not in (_CONV_2D, _DEPTHWISE_CONV_2D):
            continue
        is_depthwise = kind == _DEPTHWISE_CONV_2D
        options = DepthwiseConv2DOptions() if is_depthwise else Conv2DOptions()
        table = operator.BuiltinOptions()
        options.Init(table.Bytes, table.Pos)
        kernel = _dequantised(model, graph, operator.Inputs(1))
        axes = (3, 0, 1, 2) if is_depthwise else (0, 3, 1, 2)
        convolutions.append(
            Convolution(
                kernel=np.ascontiguousarray(kernel.transpose(axes)),
                bias=_dequantised(model, graph, operator.Inputs(2)),
                stride=options.StrideH(),
                is_depthwise=is_depthwise,
            )
        )
    return convolutions


def _dequantised(model: object, graph: object, index: int) -> FloatArray:
    tensor = graph.Tensors(index)  # type: ignore[attr-defined]
    raw = model.Buffers(tensor.Buffer()).DataAsNumpy()  # type: ignore[attr-defined]
    values = raw.tobytes()
    array = np.frombuffer(values, _TENSOR_DTYPES[tensor.Type()]).reshape(tensor.ShapeAsNumpy())
    quantization = tensor.Quantization()
    scale = np.asarray(quantization.ScaleAsNumpy(), np.float32)
    zero_point = np.asarray(quantization.ZeroPointAsNumpy(), np.float32)
    shape = [1] * array.ndim
    shape[quantization.QuantizedDimension() if scale.size > 1 else 0] = scale.size
    centred = array.astype(np.float32) - zero_point.reshape(shape)
    return np.asarray(centred * scale.reshape(shape), np.float32)
