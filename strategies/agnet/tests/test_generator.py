"""The published generator: the authors' numbers, its gradient, what z does, and what is drawn."""

from __future__ import annotations

import numpy as np
import pytest
from nasapi_agnet.checkpoints import pretrained
from nasapi_agnet.forms import LabelledGraphs
from nasapi_agnet.generator import CERTAIN, Generator, Scores, shapes_of
from nasapi_agnet.gradient import gradient
from nasapi_agnet.known_forms import form_of
from nasapi_agnet.latent import effect_of_z
from nasapi_agnet.losses import exact, reconstruction
from nasapi_agnet.parameters import Adam, Parameters, count
from nasapi_agnet.pretraining import Quality, pretrain
from nasapi_agnet.sampling import chances, draw, normal, sample, uniform
from scipy.stats import entropy

import nasapi


@pytest.mark.parametrize("space", ["nb101", "nb201"])
def test_with_the_authors_weights_it_gives_the_authors_scores_alone_and_in_a_batch(space, reference):
    authors = reference(space)
    batch = authors.generator(authors.z).scores
    alone = [authors.generator(z[None]).scores for z in authors.z]
    for nodes, edges in (batch, tuple(np.concatenate(parts) for parts in zip(*alone, strict=True))):
        np.testing.assert_allclose(nodes, authors.scores.nodes, atol=1e-4)
        np.testing.assert_allclose(edges, authors.scores.edges, atol=1e-4)


@pytest.mark.parametrize("space", ["nb101", "nb201"])
def test_a_row_is_the_same_in_any_batch_though_the_graphs_of_the_others_differ(space, reference):
    authors = reference(space)
    order = np.random.default_rng(0).permutation(len(authors.z))
    one, other = authors.generator(authors.z).scores, authors.generator(authors.z[order]).scores
    np.testing.assert_allclose(other.nodes, one.nodes[order], rtol=1e-5, atol=1e-5)  # single precision
    np.testing.assert_allclose(other.edges, one.edges[order], rtol=1e-5, atol=1e-5)


def test_its_weights_are_as_many_as_were_published():
    assert count(shapes_of(labels=5, layers=2)) == 42_344
    assert count(shapes_of(labels=7, layers=2)) == 42_474
    assert count(shapes_of(labels=11, layers=4)) == 56_558
    assert count(shapes_of(labels=9, layers=2)) == 42_604


def made(inputs: int = 1, seed: int = 0) -> Generator:
    """A generator whose edges are neither all there nor all absent, in double precision."""
    rng = np.random.default_rng(seed)
    small = Generator.fresh(5, 4, 2, inputs, rng)
    flat = 2 * small.weights.flat.astype(np.float64)
    grown = Generator(5, 4, 2, inputs, Parameters(small.weights.shapes, flat))
    grown.weights["edge_out.bias"][:] = 0.5
    return grown


@pytest.mark.parametrize("inputs", [1, 2])
@pytest.mark.parametrize("name", sorted(shapes_of(labels=4, layers=2)))
def test_the_gradient_is_what_differences_say(inputs, name):
    generator, rng = made(inputs), np.random.default_rng(1)
    z = rng.standard_normal((3, 32))
    wanted = Scores(rng.standard_normal((3, 5, 4)), rng.standard_normal((3, 10)))

    def loss() -> float:
        scores = generator(z).scores
        return float((scores.nodes * wanted.nodes).sum() + (scores.edges * wanted.edges).sum())

    done, part = generator(z), generator.weights[name]
    assert 0 < (done.scores.edges > 0.5).mean() < 1
    grown, way, step = gradient(done, wanted)[name], rng.standard_normal(part.shape), 1e-6
    before = part.copy()
    part[:] = before + step * way
    above = loss()
    part[:] = before - step * way
    below = loss()
    assert (above - below) / (2 * step) == pytest.approx(float((grown * way).sum()), rel=1e-3, abs=1e-4)


def test_no_score_depends_on_what_is_given():
    scores = made()(np.random.default_rng(0).standard_normal((6, 32))).scores
    np.testing.assert_array_equal(scores.nodes[:, 0], np.broadcast_to([0, CERTAIN, 0, 0], (6, 4)))
    np.testing.assert_array_equal(scores.edges[:, 0], CERTAIN)
    cells = made(inputs=2)(np.random.default_rng(0).standard_normal((6, 32))).scores
    np.testing.assert_array_equal(cells.edges[:, :3], np.broadcast_to([-1, 1, -1], (6, 3)))


def test_reconstruction_is_the_mean_cross_entropy_of_nodes_and_of_edges():
    form, rng = form_of(nasapi.load_space("nb201")), np.random.default_rng(0)
    graphs = form.write(form.space.sample(4, rng))
    scores = Scores(rng.standard_normal((4, 8, 7)), rng.standard_normal((4, 28)))
    p, q = chances(scores), 1 / (1 + np.exp(-scores.edges))
    nodes = -np.log(np.take_along_axis(p, graphs.labels[:, :, None], 2)).mean(axis=(1, 2))
    edges = -np.log(np.where(graphs.edges, q, 1 - q)).mean(axis=1)
    np.testing.assert_allclose(reconstruction(scores, graphs)[0], nodes + edges, rtol=1e-6)
    np.testing.assert_allclose(reconstruction(scores, graphs, nodes=2.0)[0], 2 * nodes + edges, rtol=1e-6)


def test_adam_takes_the_steps_of_torch():
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    flat, given = rng.standard_normal(7).astype(np.float32), rng.standard_normal((5, 7)).astype(np.float32)
    theirs = torch.nn.Parameter(torch.from_numpy(flat.copy()))
    ours, optimiser = (
        Adam(7, 2e-4, (0.5, 0.999), 1e-4),
        torch.optim.Adam([theirs], 2e-4, (0.5, 0.999), weight_decay=1e-4),
    )
    for grown in given:
        ours.step(flat, grown)
        theirs.grad = torch.from_numpy(grown.copy())
        optimiser.step()
    np.testing.assert_allclose(flat, theirs.detach().numpy(), rtol=1e-6)


def test_a_drawing_follows_the_scores():
    nodes = np.log(np.array([[[0.2, 0.5, 0.3]] * 2] * 20_000, np.float32))
    edges = np.full((20_000, 1), np.log(0.25 / 0.75), np.float32)
    drawn = draw(Scores(nodes, edges), np.random.default_rng(0))
    shares = [(drawn.labels == label).mean() for label in range(3)]
    np.testing.assert_allclose([*shares, drawn.edges.mean()], [0.2, 0.5, 0.3, 0.25], atol=0.012)
    assert np.corrcoef(drawn.labels[:, 0], drawn.labels[:, 1])[0, 1] == pytest.approx(0, abs=0.02)


def test_z_of_a_search_is_uniform_and_z_of_training_normal():
    rng = np.random.default_rng(0)
    wide, bell = uniform(4_000, rng), normal(4_000, rng)
    assert wide.shape == bell.shape == (4_000, 32)
    assert -3 <= wide.min() < -2.99
    assert 2.99 < wide.max() <= 3
    assert wide.std() == pytest.approx(3**0.5, abs=0.01)
    assert bell.std() == pytest.approx(1, abs=0.01)
    assert abs(bell).max() > 3


@pytest.mark.parametrize("name", ["nb101", "nb201", "toy"])
def test_what_is_written_is_read_again(name):
    form = form_of(nasapi.load_space(name))
    codes = form.space.canonical(form.space.sample(300, np.random.default_rng(0)))
    graphs = form.write(codes)
    assert graphs.labels.shape[1] == form.nodes
    back = form.read(graphs, graphs.edges.astype(np.float32))
    np.testing.assert_array_equal(form.space.canonical(back), codes)
    assert exact(graphs, form.labels).shape == (300, form.width)


def test_the_forms_have_the_published_sizes():
    sizes = {name: (form.nodes, form.labels, form.width) for name, form in FORMS.items()}
    assert sizes == {"nb101": (7, 5, 56), "nb201": (8, 7, 84)}
    assert FORMS["nb101"].distinct == "network"
    assert FORMS["nb201"].distinct == "code"


FORMS = {name: form_of(nasapi.load_space(name)) for name in ("nb101", "nb201")}


def test_a_graph_ends_with_its_first_output():
    form = FORMS["nb101"]
    code = form.space.parse("0110001000010000:input,conv3x3-bn-relu,maxpool3x3,output")
    graphs = form.write(code[None])
    assert graphs.labels.tolist() == [[1, 3, 4, 0, 0, 0, 0]]
    labels, edges = graphs.labels.copy(), graphs.edges.copy()
    labels[:, 4:], edges[:, -11:] = 3, True  # behind the output, where nothing counts
    read = form.read(LabelledGraphs(labels, edges), edges.astype(np.float32))
    np.testing.assert_array_equal(form.space.canonical(read), form.space.canonical(code[None]))


def test_an_invalid_graph_is_read_as_none():
    form = FORMS["nb201"]
    graphs = form.write(form.space.sample(50, np.random.default_rng(0)))
    for slot in range(28):
        edges = graphs.edges.copy()
        edges[:, slot] ^= True
        assert (form.read(LabelledGraphs(graphs.labels, edges), edges.astype(np.float32)) == -1).all()


@pytest.mark.parametrize("name", ["nb101", "nb201"])
def test_what_is_generated_before_a_search_is_valid_as_often_as_published(name):
    form, rng = FORMS[name], np.random.default_rng(0)
    samples = sample(pretrained(form, "shipped", 1), form, uniform(2_000, rng), rng)
    assert (samples.codes[:, 0] >= 0).mean() > {"nb101": 0.6, "nb201": 0.95}[name]


@pytest.mark.parametrize("name", ["nb101", "nb201"])
def test_z_says_nothing_of_the_graph(name, reference):
    form = FORMS[name]
    for generator in (pretrained(form, "shipped", 1), reference(name).generator):
        effect = effect_of_z(generator, np.random.default_rng(0))
        assert effect.entropy > 0.5
        assert effect.information < 0.01 * effect.entropy
        assert effect.edge_information < 0.01


def test_z_that_decides_the_labels_is_noticed():
    generator = made()
    generator.weights["add_out.weight"][:] *= 20
    assert effect_of_z(generator, np.random.default_rng(0)).information > 0.05


def test_the_effect_of_z_is_mutual_information_in_nats():
    generator = made(inputs=1, seed=3)
    generator.weights["add_out.weight"][:] *= 20
    scores = generator(uniform(50, np.random.default_rng(0))).scores
    labels = np.exp(scores.nodes[:, 1:-1]) / np.exp(scores.nodes[:, 1:-1]).sum(axis=2, keepdims=True)
    there = 1 / (1 + np.exp(-scores.edges[:, 1:]))  # the first edge is given
    links = np.stack([there, 1 - there], axis=2)
    effect = effect_of_z(generator, np.random.default_rng(0), 50)
    assert effect.entropy == pytest.approx(entropy(labels.mean(axis=0), axis=1).mean(), rel=1e-4)
    shares = [entropy(each.mean(axis=0), axis=1) - entropy(each, axis=2).mean(axis=0) for each in (labels, links)]
    assert effect.information == pytest.approx(shares[0].mean(), rel=1e-3)
    assert effect.edge_information == pytest.approx(shares[1].mean(), rel=1e-2, abs=1e-6)
    assert effect.deviation == pytest.approx(labels.std(axis=0).max(), rel=1e-4)


def test_pretraining_is_looked_at_after_a_tick_and_gives_the_graphs_it_was_shown():
    form = form_of(nasapi.load_space("toy"))
    code = np.array([[0, 2, 0]])
    seen: list[tuple[Generator, Quality]] = []

    def look(generator: Generator, found: Quality) -> bool:
        seen.append((generator, found))
        return False  # which ends it

    made = pretrain(form, code, np.random.default_rng(0), samples=10**9, look=look, tick=4_810)
    (generator, found), rng = seen[0], np.random.default_rng(1)
    assert len(seen) == 1
    assert generator is made
    assert found.seen == 32 * 151  # the first batch that ends behind the tick
    start = reconstruction(
        Generator.fresh(form.nodes, form.labels, 2, 1, rng)(normal(32, rng)).scores, form.write(code)
    )
    assert found.loss < start[0].mean()
    drawn = sample(generator, form, normal(1_000, rng), rng).codes
    valid = drawn[drawn[:, 0] >= 0]
    assert found.valid == pytest.approx(len(valid) / 1_000, abs=0.05)
    assert (valid == code).all(axis=1).mean() > 0.5
    assert 0 < found.unique < 0.1  # of 10,000 samples of a space of 22 codes
