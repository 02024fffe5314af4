"""The protocol buffers in which the official files keep what each training run measured."""

from __future__ import annotations

import functools
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_FIELDS = {
    "EvaluationData": (
        ("current_epoch", 1, "double"),
        ("training_time", 2, "double"),
        ("train_accuracy", 3, "double"),
        ("validation_accuracy", 4, "double"),
        ("test_accuracy", 5, "double"),
        ("checkpoint_path", 6, "string"),
    ),
    "ModelMetrics": (
        ("evaluation_data", 1, "EvaluationData"),
        ("trainable_parameters", 2, "int32"),
        ("total_time", 3, "double"),
    ),
}
"""Name, number and type of every field, from the schema that Ying et al. published with the data set."""


@functools.cache
def model_metrics() -> type[Any]:
    """The message class `ModelMetrics`, made from its schema without a compiler."""
    kinds = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="nasbench/model_metrics.proto", package="nasbench", syntax="proto2")
    for name, fields in _FIELDS.items():
        message = file.message_type.add(name=name)
        for field, number, kind in fields:
            if kind in _FIELDS:
                message.field.add(
                    name=field,
                    number=number,
                    label=kinds.LABEL_REPEATED,
                    type=kinds.TYPE_MESSAGE,
                    type_name=f".nasbench.{kind}",
                )
            else:
                scalar = kinds.Type.Value(f"TYPE_{kind.upper()}")
                message.field.add(name=field, number=number, label=kinds.LABEL_OPTIONAL, type=scalar)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    made: type[Any] = message_factory.GetMessageClass(pool.FindMessageTypeByName("nasbench.ModelMetrics"))
    return made
