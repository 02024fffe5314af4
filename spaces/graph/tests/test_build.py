"""The torch graph network of a code: published counts, dense and sparse matrices, and each operation by hand."""

import numpy as np
import pytest
from nasapi_graph.importers.light import read_light
from nasapi_graph.skeletons import SKELETONS, parameters
from nasapi_graph.space import OPERATIONS, NBGraph
from nasapi_graph.tables import SHA256, light_file

from nasapi import networks
from nasapi.errors import InvalidArchitecture, InvalidOption

torch = pytest.importorskip("torch", reason="torch is not installed: pip install 'nasapi-graph[torch]'")

from nasapi_graph.build import build  # noqa: E402
from nasapi_graph.convolutions import MODULES, Edges  # noqa: E402

SPACE = NBGraph()
SMALL = {"channels": 8, "features": 5, "classes": 3}


def some(n):
    return SPACE.sample(n, np.random.default_rng(0))


def directed(n=7):
    """Features and a weighted matrix with an isolated node."""
    generator = torch.Generator().manual_seed(1)
    links = torch.rand(n, n, generator=generator) * (torch.rand(n, n, generator=generator) < 0.4)
    links.fill_diagonal_(0)
    links[-1], links[:, -1] = 0, 0
    return torch.randn(n, 5, generator=generator), links


@pytest.mark.parametrize(("dataset", "share"), [("citeseer", 1.0), ("proteins", 1.0), ("physics", 0.94)])
def test_the_rule_has_the_published_parameters_of_every_network(dataset, share):
    values = read_light(light_file(dataset), SHA256[dataset])
    every = SPACE.networks()
    rows = {key: row for row, key in enumerate(SPACE.keys(every).tolist())}
    counted = parameters(every, SKELETONS[dataset])[[rows[key] for key in values.keys.tolist()]]
    assert np.mean(counted == np.round(values.params)) == pytest.approx(share, abs=0.001)


@pytest.mark.parametrize(
    ("dataset", "network", "published"),
    [
        ("cora", "Arch([0, 1, 2, 3], ['fc', 'gat', 'fc', 'gin'])", 634_631),
        ("citeseer", "Arch([0, 0, 1, 2], ['gcn', 'gcn', 'sage', 'sage'])", 2_294_022),
        ("pubmed", "Arch([0, 0, 1, 2], ['gat', 'gin', 'gin', 'sage'])", 179_715),
        ("cs", "Arch([0, 0, 1, 1], ['graph', 'arma', 'gat', 'cheb'])", 1_009_807),
        ("physics", "Arch([0, 1, 1, 2], ['gat', 'fc', 'gcn', 'fc'])", 2_422_789),
        ("photo", "Arch([0, 0, 1, 2], ['gat', 'fc', 'sage', 'cheb'])", 260_104),
        ("computers", "Arch([0, 1, 2, 2], ['cheb', 'gat', 'cheb', 'cheb'])", 87_626),
        ("arxiv", "Arch([0, 1, 2, 3], ['cheb', 'arma', 'cheb', 'cheb'])", 170_664),
        ("proteins", "Arch([0, 1, 2, 2], ['sage', 'arma', 'fc', 'skip'])", 558_448),
    ],
)
def test_a_network_of_each_data_set_has_its_published_parameters(dataset, network, published):
    code = SPACE.canonical(SPACE.parse(network)[None])
    assert parameters(code, SKELETONS[dataset]).tolist() == [published]


def test_built_networks_have_the_parameters_of_the_rule():
    for number, code in enumerate(some(9)):
        dataset = list(SKELETONS)[number % 9]
        with torch.device("meta"):
            network = build(code, dataset=dataset)
        found = sum(weights.numel() for weights in network.parameters())
        assert [found] == parameters(SPACE.canonical(code[None]), SKELETONS[dataset]).tolist()


@pytest.mark.parametrize("layout", ["coo", "csr"])
@pytest.mark.parametrize("name", MODULES)
def test_sparse_matrices_give_what_dense_ones_do(name, layout):
    torch.manual_seed(0)
    module = MODULES[name](5, 8)
    features, links = directed()
    sparse = links.to_sparse_coo() if layout == "coo" else sparse_rows(links)
    wanted = module(features, Edges(links, 7))
    assert wanted.isfinite().all()
    assert torch.allclose(module(features, Edges(sparse, 7)), wanted, atol=1e-5)


def sparse_rows(links):
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch calls the layout beta
        return links.to_sparse_csr()


def test_operations_are_their_equations():
    torch.manual_seed(0)
    features, links = directed()
    n = len(features)
    ones = links + torch.eye(n)
    scale = ones.sum(1).rsqrt().diag()
    gcn = MODULES["gcn"](5, 8)
    assert torch.allclose(
        gcn(features, Edges(links, n)), scale @ ones @ scale @ features @ gcn.own.weight.T + gcn.own.bias
    )
    sage = MODULES["sage"](5, 8)
    mean = links @ features / links.sum(1, keepdim=True).clamp(min=1e-12)
    assert torch.allclose(sage(features, Edges(links, n)), sage.others(mean) + sage.own(features), atol=1e-6)
    gin = MODULES["gin"](5, 8)
    assert torch.allclose(gin(features, Edges(links, n)), gin.own(features + links @ features), atol=1e-6)
    alone = MODULES["gat"](5, 8)
    wanted = alone.own(features[-1])  # an isolated node attends to itself
    assert torch.allclose(alone(features, Edges(links, n))[-1], wanted, atol=1e-6)


def test_attention_weighs_neighbours_and_the_node_itself():
    torch.manual_seed(0)
    gat = MODULES["gat"](5, 2)
    features, links = directed()
    values = features @ gat.own.weight.T
    scores = torch.nn.functional.leaky_relu(
        (values * gat.here.flatten())[:, None] + (values * gat.there.flatten())[None], 0.2
    )
    linked = (links != 0) | torch.eye(7, dtype=torch.bool)
    weights = torch.where(linked[:, :, None], scores.exp(), 0)
    wanted = (weights / weights.sum(1, keepdim=True) * values[None]).sum(1) + gat.own.bias
    assert torch.allclose(gat(features, Edges(links, 7)), wanted, atol=1e-5)


def test_numbering_nodes_of_the_data_otherwise_permutes_the_logits():
    features, links = directed()
    order = torch.randperm(7, generator=torch.Generator().manual_seed(2))
    for code in some(6):
        network = networks.build(SPACE, code, seed=0, **SMALL).eval()
        found = network(features[order], links[order][:, order])
        assert torch.allclose(found, network(features, links)[order], atol=1e-5)


def test_codes_of_one_network_are_one_module():
    code = np.array([1, 2, 3, *map(OPERATIONS.index, ("skip", "gcn", "skip", "gin"))])
    around = SPACE.neighbors(code)
    same = around[SPACE.keys(around) == SPACE.keys(code[None])]
    assert len(same)
    wanted = networks.build(SPACE, code, seed=1, **SMALL).state_dict()
    for other in same:
        found = networks.build(SPACE, other, seed=1, **SMALL).state_dict()
        assert all(torch.equal(found[name], wanted[name]) for name in wanted | found)


def test_dropout_is_of_training_mode_alone():
    network = networks.build(SPACE, some(1)[0], seed=0, dropout=0.5, **SMALL)
    given = network.example(6)
    assert not torch.equal(network(*given), network(*given))
    network.eval()
    assert torch.equal(network(*given), network(*given))


def test_a_code_outside_the_space_is_refused():
    with pytest.raises(InvalidArchitecture, match="no architecture of graph"):
        build(np.array([0, 0, 0, 8, 8, 8, 8]))


def test_an_odd_width_is_refused():
    with pytest.raises(InvalidOption, match="`channels` is even, for attention has two heads, not 7"):
        build(some(1)[0], channels=7)


def test_a_matrix_of_another_graph_is_refused():
    network = build(some(1)[0], **SMALL)
    with pytest.raises(InvalidOption, match=r"6 nodes have an adjacency matrix \(6, 6\), not \(5, 5\)"):
        network(torch.zeros(6, 5), torch.zeros(5, 5))


def test_defaults_that_depend_on_the_data_set_are_settled():
    settled = networks.settled(SPACE, {"dataset": "pubmed", "classes": 5})
    assert settled == {
        "dataset": "pubmed",
        "channels": 128,
        "classes": 5,
        "features": 500,
        "before": 0,
        "after": 0,
        "dropout": 0.0,
    }
