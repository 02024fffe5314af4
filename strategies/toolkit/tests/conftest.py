"""HW-NAS-Bench on CIFAR-10, for the tests that need a complete table of two goals."""

from hardware_table import data_folder, table

__all__ = ["data_folder", "table"]
