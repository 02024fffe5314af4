"""The graph networks layer by layer: the other operations by their equations, a whole network by hand, its inputs."""

import numpy as np
import pytest
from nasapi_graph.skeletons import SKELETONS
from nasapi_graph.space import NBGraph

import nasapi
from nasapi import networks
from nasapi.testing import check

torch = pytest.importorskip("torch", reason="torch is not installed: pip install 'nasapi-graph[torch]'")

from nasapi_graph.build import build  # noqa: E402
from nasapi_graph.convolutions import MODULES, Edges  # noqa: E402

SPACE = NBGraph()
SMALL = {"channels": 8, "features": 5, "classes": 3}
relu = torch.nn.functional.relu


def weighted(n=7):
    """Features, and a matrix of weights with a node that has no neighbours."""
    generator = torch.Generator().manual_seed(1)
    links = torch.rand(n, n, generator=generator) * (torch.rand(n, n, generator=generator) < 0.4)
    links.fill_diagonal_(0)
    links[-1], links[:, -1] = 0, 0
    return torch.randn(n, 5, generator=generator), links


def test_edges_sum_average_and_normalise_by_degrees():
    features, links = weighted()
    edges = Edges(links, 7)
    degrees = links.sum(1)
    torch.testing.assert_close(edges.degrees[:, 0], degrees)
    torch.testing.assert_close(edges.sums(features), links @ features)
    assert torch.equal(edges.means(features)[-1], torch.zeros(5))
    torch.testing.assert_close(edges.means(features)[:-1], (links @ features)[:-1] / degrees[:-1, None])
    scale = torch.where(degrees > 0, degrees.clamp(min=1e-9) ** -0.5, 0).diag()
    torch.testing.assert_close(edges.normalised(features, False), scale @ links @ scale @ features)
    assert torch.equal(edges.normalised(features, False)[-1], torch.zeros(5))
    loops = (degrees + 1).rsqrt().diag()
    torch.testing.assert_close(edges.normalised(features, True), loops @ (links + torch.eye(7)) @ loops @ features)


def test_a_node_that_takes_from_none_gives_nothing_to_others_either():
    features, links = weighted()
    links[:, -1] = 0.5
    degrees = links.sum(1)
    assert degrees[-1] == 0.5
    links[-1] = 0
    scale = torch.where(links.sum(1) > 0, links.sum(1).clamp(min=1e-9) ** -0.5, 0).diag()
    torch.testing.assert_close(Edges(links, 7).normalised(features, False), scale @ links @ scale @ features)


@pytest.mark.parametrize("dataset", SKELETONS)
def test_every_table_gives_the_values_that_its_anchors_have(dataset):
    report = check(nasapi.load_benchmark(f"graph/{dataset}-v1"), rules=["benchmark/anchors-held"])
    assert report.counts["passed"] == 1, str(report)


def test_the_other_operations_are_their_equations():
    torch.manual_seed(0)
    features, links = weighted()
    edges = Edges(links, 7)
    scale = torch.where(links.sum(1) > 0, links.sum(1).clamp(min=1e-9) ** -0.5, 0).diag()
    scaled = scale @ links @ scale @ features
    made = {name: MODULES[name](5, 8) for name in ("cheb", "arma", "graph", "fc")}
    wanted = {
        "cheb": made["cheb"].others(-scaled) + made["cheb"].own(features),
        "arma": relu(made["arma"].others(scaled) + made["arma"].own(features)),
        "graph": made["graph"].others(links @ features) + made["graph"].own(features),
        "fc": made["fc"].own(features),
    }
    for name, module in made.items():
        torch.testing.assert_close(module(features, edges), wanted[name], msg=name)
        assert module.own.weight.shape == (8, 5)
    assert made["arma"].deeper.shape == (8, 8)
    assert all(made[name].own.bias is None for name in ("cheb", "arma", "graph"))
    gat = MODULES["gat"](5, 8)
    assert gat.here.shape == gat.there.shape == (2, 4)


@pytest.mark.parametrize("before", [0, 1])
@pytest.mark.parametrize("after", [0, 1])
def test_a_network_is_its_nodes_one_after_the_other(before, after):
    code = SPACE.parse("Arch([0, 1, 1, 0], ['gcn', 'skip', 'gin', 'fc'])")
    assert (SPACE.canonical(code[None])[0] != code).any()  # numbered otherwise, and the same network
    network = networks.build(SPACE, code, seed=3, before=before, after=after, **SMALL)
    features, links = weighted()
    network(features, links)  # moves the running statistics of the norms
    network.eval()
    edges = Edges(links, 7)
    form = SPACE.canonical(code[None])[0].tolist()
    made = [relu(network.before(features)) if before else features]
    for node, (parent, gene) in enumerate(zip([0, *form[:3]], form[3:], strict=True), 1):
        name = SPACE.operations[gene + 2]
        if name == "skip":
            made.append(made[parent])
        else:
            assert type(network.nodes[str(node)]) is MODULES[name]
            norm = network.norms[node - 1]
            value = network.nodes[str(node)](made[parent], edges)
            value = (value - norm.running_mean) / (norm.running_var + norm.eps).sqrt() * norm.weight + norm.bias
            made.append(relu(value))
    leaves = [node for node in range(1, 5) if node not in form[:3]]
    joined = torch.cat([made[node] for node in leaves], dim=1)
    assert joined.shape == (7, 8 * len(leaves))
    joined = relu(network.after(joined)) if after else joined
    torch.testing.assert_close(network(features, links), network.classifier(joined))
    assert network.classifier.out_features == 3


def test_layers_around_the_nodes_are_those_of_the_data_set_unless_they_are_given():
    code = SPACE.sample(1, np.random.default_rng(0))[0]
    with torch.device("meta"):
        for dataset, known in SKELETONS.items():
            network = build(code, dataset=dataset)
            assert (network.before is not None, network.after is not None) == (bool(known.before), bool(known.after))
            assert (network.classifier.out_features, network.inputs) == (known.classes, known.features)
            other = build(code, dataset=dataset, before=1 - known.before, after=1 - known.after)
            assert (other.before is None, other.after is None) == (bool(known.before), bool(known.after))


def test_dropout_leaves_out_its_share_of_features_after_each_node():
    code = SPACE.parse("Arch([0, 0, 0, 0], ['fc', 'fc', 'fc', 'fc'])")
    network = networks.build(SPACE, code, seed=0, channels=200, features=5, classes=3, dropout=0.25, after=0)
    seen = []
    network.classifier.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    features, links = weighted()
    torch.manual_seed(0)
    network(features, links)
    network.dropout = 0.0
    network(features, links)
    dropped, whole = seen
    there = whole > 0
    assert abs(float((dropped[there] == 0).float().mean()) - 0.25) < 0.05
    kept = there & (dropped != 0)
    torch.testing.assert_close(dropped[kept], whole[kept] / 0.75)


def test_an_example_is_a_ring_with_the_same_features_each_time():
    network = networks.build(SPACE, SPACE.sample(1, np.random.default_rng(0))[0], seed=0, **SMALL)
    torch.manual_seed(0)
    features, ring = network.example(5)
    torch.manual_seed(1)
    assert torch.equal(network.example(5)[0], features)
    assert features.shape == (5, 5)
    assert torch.equal(ring, ring.T)
    assert [row.nonzero().flatten().tolist() for row in ring] == [[1, 4], [0, 2], [1, 3], [2, 4], [0, 3]]
    assert network.example(1)[1].tolist() == [[0.0]]
    assert network.example(2)[1].tolist() == [[0.0, 1.0], [1.0, 0.0]]
