"""Recipes of NAS-Bench-NLP with the perplexities that their logs have: the best one on WikiText-2, and a plain one."""

from __future__ import annotations

from nasapi.reference import Anchor

_SOURCE = "the logs of NAS-Bench-NLP (Klyuchnikov et al., 2020): the best of 50 epochs"
_BEST = (
    '{"node_0": {"op": "linear", "input": ["x", "h_prev_0"]}, "node_1": {"op": "linear", "input": ["x", "h_prev_0"]}, '
    '"node_2": {"op": "linear", "input": ["x", "h_prev_0"]}, "node_3": {"op": "linear", "input": ["x", "h_prev_0"]}, '
    '"node_4": {"op": "activation_sigm", "input": ["node_3"]}, '
    '"node_5": {"op": "activation_tanh", "input": ["node_1"]}, '
    '"node_6": {"op": "activation_sigm", "input": ["node_0"]}, '
    '"node_7": {"op": "activation_tanh", "input": ["node_2"]}, '
    '"node_8": {"op": "elementwise_prod", "input": ["node_4", "node_5"]}, '
    '"node_9": {"op": "elementwise_prod", "input": ["h_prev_1", "node_6"]}, '
    '"h_new_1": {"op": "elementwise_sum", "input": ["node_8", "node_9"]}, '
    '"node_11": {"op": "activation_tanh", "input": ["h_new_1"]}, '
    '"h_new_0": {"op": "elementwise_prod", "input": ["node_7", "node_11"]}}'
)
_PLAIN = (
    '{"node_0": {"op": "linear", "input": ["x", "h_prev_0"]}, '
    '"node_1": {"op": "activation_sigm", "input": ["node_0"]}, '
    '"node_2": {"op": "linear", "input": ["x", "node_1"]}, "node_3": {"op": "activation_sigm", "input": ["node_2"]}, '
    '"node_4": {"op": "linear", "input": ["x", "node_3"]}, "node_5": {"op": "activation_sigm", "input": ["node_4"]}, '
    '"h_new_0": {"op": "linear", "input": ["x", "node_5"]}}'
)
ANCHORS = {
    "wikitext2": (
        Anchor(_BEST, "valid_perplexity", 96.31, _SOURCE),
        Anchor(_BEST, "test_perplexity", 91.484, _SOURCE),
        Anchor(_PLAIN, "valid_perplexity", 299.849, _SOURCE),
    )
}
"""By task; the runs on the Penn Treebank were not at hand."""
