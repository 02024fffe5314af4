"""What the networks of the encoders compute, against the same written out: messages, sums, divergences, losses."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from nasapi_encoders import corpus, quality
from nasapi_encoders.gene_decoder import GeneDecoder, gumbel
from nasapi_encoders.graph_batch import GraphBatch
from nasapi_encoders.graph_network import GatedGraphNetwork, MessageLayer
from nasapi_encoders.graph_vae import GraphVAE, Sizes, prefix_kept
from nasapi_encoders.isomorphism_network import IsomorphismNetwork
from nasapi_encoders.latent_model import LatentModel, descend
from nasapi_encoders.svge import SVGe
from nasapi_encoders.torch_state import build, generator_from
from nasapi_encoders.vgae import VGAE
from scipy.stats import kendalltau, spearmanr
from torch import nn
from torch.distributions import Normal, kl_divergence
from torch.nn import functional

import nasapi
from nasapi.encoder import Encoder
from nasapi.testing.toy import Toy

TOY = Toy()
CODES = TOY.sample(6, np.random.default_rng(0))
SIZES = Sizes(latent=3, width=6, hidden=5, layers=2)


def seeded(number: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(number)


def made(kind=GraphVAE):
    if kind is GraphVAE:
        return build(lambda: GraphVAE(len(TOY.operations), TOY.cardinalities, SIZES), seeded())
    return build(lambda: IsomorphismNetwork(len(TOY.operations), 3, 6, 2), seeded())


def padded(graphs: GraphBatch, nodes: int) -> GraphBatch:
    """The same graphs with more room for nodes."""
    ops = functional.pad(graphs.ops, (0, nodes), value=len(TOY.operations))
    links = functional.pad(graphs.adjacency, (0, nodes, 0, nodes))
    return GraphBatch(ops, links, functional.pad(graphs.mask, (0, nodes)))


def test_a_batch_of_graphs_has_a_number_of_its_own_where_there_is_no_node():
    space = nasapi.load_space("toy")
    graphs = space.graphs(CODES)
    batch = GraphBatch.of(nasapi.Graphs(np.where(graphs.ops == 0, -1, graphs.ops), graphs.adjacency, graphs.labels))
    assert (batch.mask.numpy() == (graphs.ops != 0)).all()
    assert (batch.ops.numpy()[graphs.ops == 0] == len(graphs.labels)).all()
    assert len(batch[torch.tensor([0, 2])]) == 2


def test_messages_run_along_and_against_every_edge():
    layer = build(lambda: MessageLayer(4), seeded())
    rng = np.random.default_rng(1)
    state = torch.from_numpy(rng.standard_normal((2, 5, 4))).float()
    links = torch.triu(torch.from_numpy(rng.random((2, 5, 5)) < 0.5), 1).float()
    wanted = torch.zeros(2, 5, 4)
    with torch.no_grad():
        for graph in range(2):
            for i, j in torch.nonzero(links[graph]).tolist():  # an edge from i to j
                for to, other, half in ((j, i, slice(0, 2)), (i, j, slice(2, 4))):
                    wanted[graph, to, half] += layer.source(state[graph, other])[half]
                    wanted[graph, to, half] += layer.target(state[graph, to])[half]
        updated = layer.update(wanted.flatten(0, 1), state.flatten(0, 1)).view(2, 5, 4)
        torch.testing.assert_close(layer(state, links), updated)


def test_a_graph_is_the_gated_sum_over_its_nodes_and_padding_adds_nothing():
    network = build(lambda: GatedGraphNetwork(len(TOY.operations), 6, 2, 3), seeded())
    graphs = GraphBatch.of_codes(TOY, CODES)
    with torch.no_grad():
        state = network.embed(graphs.ops)
        for layer in network.layers:
            state = layer(state, graphs.adjacency)
        gated = torch.sigmoid(network.gate(state)) * network.value(state)
        wanted = network.out(torch.relu(gated.sum(1)))
        torch.testing.assert_close(network(graphs), wanted)
        torch.testing.assert_close(network(padded(graphs, 3)), wanted)


def test_deviations_of_the_isomorphism_network_stay_between_exponentials_of_minus_6_and_2():
    network, graphs = made(IsomorphismNetwork), GraphBatch.of_codes(TOY, CODES)
    for bias, wanted in ((-100.0, -6.0), (100.0, 2.0)):
        with torch.no_grad():
            network.posterior.bias.fill_(bias)
        assert torch.equal(network.encode(graphs)[1].unique(), torch.tensor([wanted]))


@pytest.mark.parametrize("model", [made(), made(IsomorphismNetwork)], ids=["svge", "vgae"])
def test_every_weight_is_learned(model):
    before = {name: weight.detach().clone() for name, weight in model.named_parameters()}
    codes = torch.from_numpy(TOY.sample(64, np.random.default_rng(1)))
    descend(
        model,
        GraphBatch.of_codes(TOY, codes.numpy()),
        codes,
        seeded(),
        steps=2,
        batch=64,
        rate=0.1,
        beta=0.1,
        dropout=0.1,
        cosine=False,
    )
    assert [name for name, weight in model.named_parameters() if torch.equal(weight, before[name])] == []


def test_features_of_the_isomorphism_network_are_means_over_nodes_and_padding_adds_nothing():
    network, graphs = made(IsomorphismNetwork), GraphBatch.of_codes(TOY, CODES)
    with torch.no_grad():
        mean, _ = network.encode(graphs)
        torch.testing.assert_close(network.features(graphs), mean.mean(1))
        torch.testing.assert_close(network.features(padded(graphs, 2)), mean.mean(1))
        both = graphs.adjacency + graphs.adjacency.transpose(1, 2)
        states = [network.embed(graphs.ops)]
        for layer in network.layers:
            states.append(layer(states[-1] + both @ states[-1]))
        torch.testing.assert_close(network.posterior(torch.cat(states, 2)).chunk(2, dim=2)[0], mean)


def test_the_divergence_from_the_prior_is_that_of_normal_distributions():
    model, graphs = made(), GraphBatch.of_codes(TOY, CODES)
    with torch.no_grad():
        mean, log_deviation = model.posterior(graphs)
        z, divergence = model.draw(graphs, seeded(3))
        own = Normal(mean, log_deviation.exp())
        torch.testing.assert_close(divergence, kl_divergence(own, Normal(0.0, 1.0)).sum(1))
        noise = torch.randn(mean.shape, generator=seeded(3))
        torch.testing.assert_close(z, mean + log_deviation.exp() * noise)


def test_the_spread_of_z_is_kept_in_bounds():
    model, graphs = made(), GraphBatch.of_codes(TOY, CODES)
    with torch.no_grad():
        for bias, bound in ((100.0, 2.0), (-100.0, -6.0)):
            model.encoder.out.bias[3:] = bias
            assert (model.posterior(graphs)[1] == bound).all()
            assert (model.posterior(graphs)[0].abs() < 50).all()


@pytest.mark.parametrize("beta", [0.0, 0.5])
def test_the_loss_of_the_vae_is_nats_and_divergence(beta):
    model, graphs = made(), GraphBatch.of_codes(TOY, CODES)
    codes = torch.from_numpy(CODES)
    with torch.no_grad():
        found = model.loss(graphs, codes, seeded(3), beta, 0.0)
        z, divergence = model.draw(graphs, seeded(3))
        logits = model.decoder(z, codes)
        nats = functional.cross_entropy(logits.flatten(0, 1), codes.flatten(), reduction="none").view(6, 3).sum(1)
        torch.testing.assert_close(found, (nats + beta * divergence).mean())


@pytest.mark.parametrize(("beta", "dropout"), [(0.0, 0.0), (0.5, 0.0), (0.5, 0.4)])
def test_the_loss_of_the_isomorphism_network_is_of_nodes_pairs_and_divergence(beta, dropout):
    model, graphs = made(IsomorphismNetwork), padded(GraphBatch.of_codes(TOY, CODES), 2)
    nodes = int(graphs.mask[0].sum())
    with torch.no_grad():
        found = model.loss(graphs, torch.from_numpy(CODES), seeded(3), beta, dropout)
        mean, log_deviation = model.encode(graphs)
        draws = seeded(3)
        z = mean + log_deviation.exp() * torch.randn(mean.shape, generator=draws)
        z = z * (torch.rand(z.shape, generator=draws) >= dropout) / (1 - dropout)
        operations, edges = model.decode(z)
        total = 0.0
        for graph in range(6):
            for i in range(nodes):
                total += functional.cross_entropy(operations[graph, i], graphs.ops[graph, i])
                own = Normal(mean[graph, i], log_deviation[graph, i].exp())
                total += beta * kl_divergence(own, Normal(0.0, 1.0)).sum()
                for j in range(i + 1, nodes):
                    logit = (z[graph, i] * z[graph, j]).sum()
                    total += functional.binary_cross_entropy_with_logits(logit, graphs.adjacency[graph, i, j])
        torch.testing.assert_close(found, total / 6)
        torch.testing.assert_close(edges[0, 0, 1], (z[0, 0] * z[0, 1]).sum())


def test_a_share_of_the_prefix_is_dropped_and_the_decoder_receives_the_rest_alone():
    kept = prefix_kept(torch.zeros(4000, 3, dtype=torch.int64), 0.25, seeded())
    assert set(kept.unique().tolist()) == {0.0, 1.0}
    assert float(kept.mean()) == pytest.approx(0.75, abs=0.02)
    decoder, z = made().decoder, torch.zeros(1, 3)
    with torch.no_grad():
        one, other = (decoder(z, torch.tensor([codes])) for codes in ([0, 1, 2], [2, 1, 0]))
        assert not torch.allclose(one[0, 1], other[0, 1])
        torch.testing.assert_close(one[0, 0], other[0, 0])  # nothing stands before the first gene
        deaf = [decoder(z, torch.tensor([codes]), torch.tensor([[0.0, 1.0, 1.0]])) for codes in ([0, 1, 2], [2, 1, 0])]
        torch.testing.assert_close(deaf[0], deaf[1])


@pytest.mark.parametrize("noise", [False, True])
def test_genes_are_sampled_one_after_the_other_from_what_teacher_forcing_gives(noise):
    sizes = (3, 2, 4, 3)
    decoder = build(lambda: GeneDecoder(sizes, latent=3, width=8), seeded(4))
    with torch.no_grad():
        for weights in decoder.parameters():
            weights.normal_(generator=seeded(weights.numel()))
        z = torch.randn(64, 3, generator=seeded(1))
        found = decoder.sample(z, seeded(2) if noise else None)
        generator, wanted = seeded(2), torch.zeros(64, 4, dtype=torch.int64)
        for gene, size in enumerate(sizes):
            logits = decoder(z, wanted)[:, gene, :size]
            wanted[:, gene] = (logits + gumbel(logits.shape, generator) if noise else logits).argmax(1)
        assert (decoder(z, wanted)[:, 1, 2:] == -torch.inf).all()
    assert torch.equal(found, wanted)
    assert len(np.unique(found.numpy(), axis=0)) > 5


def test_gumbel_noise_turns_the_largest_into_a_draw_from_the_softmax():
    chances = torch.tensor([0.1, 0.6, 0.3])
    drawn = (chances.log() + gumbel((20_000, 3), seeded())).argmax(1)
    np.testing.assert_allclose(np.bincount(drawn) / 20_000, chances, atol=0.012)


class Plain(LatentModel):
    """One weight whose loss is its own value, so that every step of Adam is its rate."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))
        self.seen = []

    def features(self, graphs):
        return self.weight

    def loss(self, graphs, codes, generator, beta, dropout):
        self.seen.append((len(graphs), len(codes), beta, dropout))
        return self.weight.sum()


@pytest.mark.parametrize("cosine", [True, False])
def test_a_fit_takes_as_many_steps_of_its_rate_or_of_a_cosines(cosine):
    model, codes = Plain(), torch.from_numpy(CODES)
    options = {"steps": 4, "batch": 5, "rate": 0.1, "beta": 0.3, "dropout": 0.2}
    losses = descend(model, GraphBatch.of_codes(TOY, CODES), codes, seeded(), cosine=cosine, **options)
    rates = 0.1 * (1 + np.cos(np.pi * np.arange(4) / 4)) / 2 if cosine else np.full(4, 0.1)
    np.testing.assert_allclose([*losses, float(model.weight.detach())], -np.cumsum([0, *rates]), atol=1e-5)
    assert model.seen == [(5, 5, 0.3, 0.2)] * 4
    descend(model, GraphBatch.of_codes(TOY, CODES[:2]), codes[:2], seeded(), cosine=cosine, **options)
    assert model.seen[-1][0] == 2  # no more than there are


def test_fresh_weights_keep_the_variance_of_what_they_map():
    module = build(lambda: nn.Sequential(nn.Linear(300, 200), nn.LayerNorm(200)), seeded())
    linear, norm = module
    assert float(linear.weight.detach().abs().max()) == pytest.approx(0.1, rel=0.01)  # the root of 3 / 300
    assert float(linear.weight.detach().std()) == pytest.approx(1 / 300**0.5, rel=0.02)
    assert not linear.bias.any() and not norm.bias.any()
    assert (norm.weight == 1).all()


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        (SVGe, {"latent": 32, "width": 32, "hidden": 128, "layers": 2, "steps": 3000, "batch": 256, "rate": 3e-3}),
        (SVGe, {"beta": 0.02, "dropout": 0.25, "canonical": False, "cosine": True}),
        (VGAE, {"latent": 16, "hidden": 128, "layers": 4, "steps": 1500, "batch": 64, "rate": 1e-3}),
        (VGAE, {"beta": 0.005, "dropout": 0.3, "canonical": False, "cosine": False, "landmarks": 10_000}),
    ],
)
def test_encoders_have_their_settings(kind, settings):
    encoder = kind(TOY)
    assert {name: getattr(encoder, name) for name in settings} == settings


def test_posteriors_follow_a_code_to_its_nearest_landmark():
    encoder = VGAE(TOY, checkpoint=None, steps=2, batch=8, hidden=8, layers=1, latent=3, landmarks=4)
    encoder.fit(TOY.sample(50, np.random.default_rng(0)), np.random.default_rng(1))
    landmarks = encoder._landmark_codes
    assert len(landmarks) == 4
    places = encoder.encode(landmarks)
    points = np.random.default_rng(2).standard_normal((20, 3)).astype(np.float32)
    nearest = ((points[:, None] - places[None]) ** 2).sum(2).argmin(1)
    np.testing.assert_array_equal(encoder.decode(points, np.random.default_rng(0)), landmarks[nearest])


class Sums(Encoder):
    """Places an architecture on a line, by its genes."""

    dim = (1,)

    def __init__(self, space):
        self.space = space

    def encode(self, codes):
        return (codes @ np.array([1.0, 10.0, 100.0]))[:, None]


def test_distances_are_ranked_beside_edits_and_values():
    codes = np.concatenate(list(TOY.enumerate()))
    values = np.where(np.arange(22) == 3, np.nan, np.arange(22.0) ** 2)
    found = quality.distances(Sums(TOY), codes, values, 400, np.random.default_rng(0))
    rng = np.random.default_rng(0)
    a, b = rng.integers(22, size=(2, 400))
    near, steps = codes[a[:200]], rng.integers(1, 4, size=200)
    for step in range(3):
        near = np.where((steps > step)[:, None], TOY.mutate(near, rng), near)
    places = Sums(TOY).encode(codes)[:, 0]
    apart = np.abs(places[a] - places[b])
    edits = [*(codes[a] != codes[b]).sum(1), *(codes[a[:200]] != near).sum(1)]
    both = [*apart, *np.abs(Sums(TOY).encode(near)[:, 0] - places[a[:200]])]
    there = np.isfinite(values[a] - values[b])
    difference = np.abs(values[a] - values[b])
    assert found == pytest.approx(
        {
            "edit spearman": spearmanr(both, edits).statistic,
            "value spearman": spearmanr(apart[there], difference[there]).statistic,
            "value kendall": kendalltau(apart[there], difference[there]).statistic,
        }
    )


def test_every_weight_is_drawn_once_from_a_generator_that_one_draw_seeds():
    generator = generator_from(np.random.default_rng(3))
    assert generator.initial_seed() == np.random.default_rng(3).integers(2**63)
    first, second = build(lambda: nn.Sequential(nn.Linear(3, 4), nn.Linear(12, 1)), generator)
    again = generator_from(np.random.default_rng(3))
    assert torch.equal(first.weight, torch.empty(4, 3).uniform_(-1.0, 1.0, generator=again))
    assert torch.equal(second.weight, torch.empty(1, 12).uniform_(-0.5, 0.5, generator=again))


def test_what_is_built_has_the_types_that_were_described():
    described = {name: each.dtype for name, each in nn.BatchNorm1d(3).state_dict().items()}
    found = build(lambda: nn.BatchNorm1d(3), seeded()).state_dict()
    assert {name: each.dtype for name, each in found.items()} == described


def test_samples_are_counted_by_networks_and_codes():
    encoder = SVGe(TOY, checkpoint=None, steps=2, batch=8, width=8, hidden=8, latent=4)
    encoder.fit(TOY.sample(50, np.random.default_rng(0)), np.random.default_rng(1))
    known = TOY.canonical(TOY.sample(3, np.random.default_rng(5)))
    found = quality.samples(encoder, known, 300, np.random.default_rng(2))
    rng = np.random.default_rng(2)
    drawn = encoder.draw(rng.standard_normal((300, 4)).astype(np.float32), rng)
    good = drawn[TOY.valid(drawn)]
    uniform = TOY.sample(len(good), rng)
    networks = {tuple(code) for code in TOY.canonical(good).tolist()}
    others = {tuple(code) for code in TOY.canonical(uniform).tolist()}
    assert found == pytest.approx(
        {
            "valid": len(good) / 300,
            "unique": len(networks) / len(good),
            "chance": len(others) / len(good),
            "novel": len(networks - {tuple(code) for code in known.tolist()}) / len(networks),
            "coverage": len({tuple(code) for code in good.tolist()}) / 22,
            "uniform": len({tuple(code) for code in uniform.tolist()}) / 22,
        }
    )


class Never(Toy):
    """Calls no code valid but the one that it draws, and counts how often it was asked."""

    def __init__(self):
        self.looks = []

    def valid(self, codes):
        self.looks.append(len(codes))
        return (codes == 2).all(axis=1)

    def sample(self, n, rng):
        return np.full((n, 3), 2)


def test_a_row_that_stays_invalid_in_sixteen_draws_becomes_a_sample_of_the_space():
    space, rng = Never(), np.random.default_rng(0)
    encoder = SVGe(space, checkpoint=None, steps=1, batch=8, width=8, hidden=8, latent=4)
    encoder.fit(space.sample(50, rng), rng)
    encoder.trained.decoder.prior.data[[2, 5, 8]] = -torch.inf  # nothing is drawn that could be valid
    space.looks.clear()
    assert encoder.decode(np.zeros((7, 4)), rng).tolist() == [[2, 2, 2]] * 7
    assert space.looks == [7] * 16
    found = quality.samples(encoder, space.sample(3, rng), 20, rng)
    assert found == dict.fromkeys(["valid", "unique", "chance", "novel", "coverage", "uniform"], 0.0)


def test_an_encoder_is_described_by_what_its_kind_has():
    codes, found = TOY.sample(50, np.random.default_rng(0)), {}
    for kind in (SVGe, VGAE):
        encoder = kind(TOY, checkpoint=None, steps=1, batch=8, hidden=8, latent=4)
        encoder.fit(codes, np.random.default_rng(1))
        found[kind] = quality.describe(TOY, encoder, codes, np.random.default_rng(2), n=40)
    rng = np.random.default_rng(2)
    assert list(found[VGAE]) == ["reconstructed graph"]
    encoder = SVGe(TOY, checkpoint=None, steps=1, batch=8, hidden=8, latent=4).fit(codes, np.random.default_rng(1))
    back = quality.reconstruction(encoder, TOY.sample(2_000, rng))
    drawn = quality.samples(encoder, codes, 40, rng)
    agree = quality.agreement(encoder, 40, rng)
    assert found[SVGe] == {
        **{f"reconstructed {name}": value for name, value in back.items()},
        **drawn,
        **{f"agree from {name}": value for name, value in agree.items()},
    }


def test_a_reconstructed_graph_has_nodes_and_links_where_its_architecture_has_nodes():
    space = pytest.importorskip("nasapi_nb101.space", reason="its cells differ in nodes").NB101()
    codes = space.sample(60, np.random.default_rng(0))
    encoder = VGAE(space, checkpoint=None, steps=1, batch=8, hidden=8, latent=4, layers=2)
    found, true = encoder.fit(codes, np.random.default_rng(1)).reconstruct(codes), space.graphs(codes)
    absent = true.ops < 0
    assert absent.any() and found.adjacency.any()
    np.testing.assert_array_equal(found.ops < 0, absent)
    assert not (found.adjacency & (absent[:, :, None] | absent[:, None, :])).any()
    assert not np.tril(found.adjacency).any()


def test_a_corpus_is_of_canonical_networks_no_more_than_asked_and_of_more_than_uniform_draws_find():
    found = corpus.networks(TOY, 9, np.random.default_rng(0))
    assert len(np.unique(found, axis=0)) == len(found) <= 9
    np.testing.assert_array_equal(TOY.canonical(found), found)
    assert len(corpus.networks(TOY, 100, np.random.default_rng(1))) == 14
    assert len(corpus.networks(TOY, 1, np.random.default_rng(1))) == 1
