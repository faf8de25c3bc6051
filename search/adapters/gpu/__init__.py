"""A GPU behind `VectorIndex`, where everything is compared; torch is loaded when one is opened."""

from search.adapters.gpu.builder import GpuIndexBuilder
from search.adapters.gpu.driver import check_device, may_have_gpu

__all__ = ["GpuIndexBuilder", "check_device", "may_have_gpu"]
