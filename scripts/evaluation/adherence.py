"""Does the picture show what the prompt says? By its radical, as the judge sees it."""

from dataclasses import dataclass

import numpy as np

from judge import fonts, network

from . import statistics
from .figures import Figure, share


def radicals_seen(model, ink):
    """[n, 214] probabilities of ink uint8 [n, 128, 128]."""
    return look(model, ink).radical.softmax(1)


def look(model, ink):
    """The judge's verdicts on ink uint8 [n, 128, 128]."""
    return network.judge(model, fonts.halve(ink))


def hits(seen, questions):
    """[n] bool: is the likeliest radical one that its question expects?"""
    best = seen.argmax(1).numpy() + 1
    return np.array([radical in question.radicals for radical, question in zip(best, questions)])


def requests_of(questions, seeds):
    """Every question with every seed, as a painter takes them."""
    return [(question.prompt, seed) for question in questions for seed in range(seeds)]


def answers(model, questions, ink):
    """Of the pictures of requests_of(questions, …): (hits, the question's place, the hits had the next one been asked)."""
    seen = radicals_seen(model, ink)
    place = np.repeat(np.arange(len(questions)), len(ink) // len(questions))
    asked = [questions[i] for i in place]
    other = [next_other(questions, i) for i in place]
    return hits(seen, asked), place, hits(seen, other)


def next_other(questions, i):
    """The first question after the i-th that expects none of its radicals."""
    rest = [*questions[i + 1:], *questions[:i]]
    return next(question for question in rest if not question.radicals & questions[i].radicals)


@dataclass(frozen=True)
class DrawnConcepts:
    """Ink of the words by guidance, and of the same said otherwise and of words that occur in no caption, guided."""

    words: dict
    paraphrases: np.ndarray
    unseen: np.ndarray


def draw_concepts(painter, plan, concepts_, unseen):
    words = requests_of([concept.question for concept in concepts_], plan.concept_seeds)
    paraphrases = requests_of([concept.paraphrase for concept in concepts_], plan.word_seeds)
    return DrawnConcepts(
        {guidance: painter.draw(words, plan.steps, guidance) for guidance in plan.manners()},
        painter.draw(paraphrases, plan.steps, plan.guidance),
        painter.draw(requests_of(unseen, plan.word_seeds), plan.steps, plan.guidance),
    )


def concepts(model, plan, glyphs, concepts_, unseen, drawn):
    """The section on concepts: words as prompts, guided and not, and what real glyphs do."""
    section = f"Concepts, {plan.concept_seeds} seeds, {plan.steps} steps: share of pictures with an expected radical"
    questions = [concept.question for concept in concepts_]
    known = glyphs.training_captions()
    is_caption = np.array([question.prompt.lower() in known for question in questions])
    figures = [
        Figure(section, "base rate: all glyphs", float(np.mean([c.base_rate(glyphs) for c in concepts_])), count=len(questions)),
        Figure(section, "real glyphs whose definition mentions the concept", float(np.mean([c.real_share(glyphs) for c in concepts_])), count=len(questions)),
    ]
    by_concept = {}
    for guidance, manner in plan.manners().items():
        found, place, crossed = answers(model, questions, drawn.words[guidance])
        by_concept[guidance] = [found[place == i].mean() for i in range(len(questions))]
        figures.append(share(section, f"{len(questions)} words, {manner}", found, place))
        for name, chosen in (("training captions", is_caption[place]), ("no training captions", ~is_caption[place])):
            if chosen.any():
                figures.append(share(section, f"… those that are {name}, {manner}", found[chosen], place[chosen]))
        figures.append(share(section, f"… with another word's radical expected, {manner}", crossed, place))
    guided = f"guidance {plan.guidance:g}"
    found, place, _ = answers(model, [c.paraphrase for c in concepts_], drawn.paraphrases)
    figures.append(share(section, f"the concepts paraphrased, {guided}, {plan.word_seeds} seeds", found, place))
    found, place, crossed = answers(model, unseen, drawn.unseen)
    figures.append(share(section, f"{len(unseen)} words that occur in no caption, {guided}, {plan.word_seeds} seeds", found, place))
    figures.append(share(section, f"… with another word's radicals expected, {guided}, {plan.word_seeds} seeds", crossed, place))
    return figures + concept_table(concepts_, glyphs, by_concept, is_caption)


def concept_table(concepts_, glyphs, by_concept, is_caption):
    section = "Concepts one by one: unguided, guided, real glyphs that mention it, base rate"
    figures = []
    for i, concept in enumerate(concepts_):
        mark = " (a training caption)" if is_caption[i] else ""
        for guidance, shares in by_concept.items():
            figures.append(Figure(section, f"{concept.question.prompt}{mark}, guidance {guidance:g}", float(shares[i])))
        figures.append(Figure(section, f"{concept.question.prompt}, real glyphs", concept.real_share(glyphs)))
        figures.append(Figure(section, f"{concept.question.prompt}, base rate", concept.base_rate(glyphs)))
    return figures


def held_out_captions(glyphs, most, seed=0):
    """(glyphs' places, their captions): held-out glyphs, of `most` captions chosen by a fixed seed (all if None)."""
    places = np.flatnonzero(glyphs.held_out)
    captions = sorted({glyphs.captions[i] for i in places})
    if most is not None and most < len(captions):
        chosen = np.random.default_rng(seed).choice(len(captions), most, replace=False)
        captions = sorted(captions[i] for i in chosen)
    kept = set(captions)
    return [i for i in places if glyphs.captions[i] in kept], captions


def draw_held_out(painter, plan, glyphs):
    """Ink of every held-out caption with every seed."""
    _, captions = held_out_captions(glyphs, plan.held_out)
    requests = [(caption, seed) for caption in captions for seed in range(plan.held_out_seeds)]
    return painter.draw(requests, plan.steps, plan.guidance)


def held_out(model, plan, glyphs, real_ink, ink):
    """The section on captions whose glyphs were kept from training."""
    section = f"Held-out captions, {plan.held_out_seeds} seeds, {plan.steps} steps, guidance {plan.guidance:g}: the held-out glyph's radical"
    places, captions = held_out_captions(glyphs, plan.held_out)
    seen = radicals_seen(model, ink).reshape(len(captions), plan.held_out_seeds, -1)
    row = {caption: i for i, caption in enumerate(captions)}
    rows = np.array([row[glyphs.captions[i]] for i in places])
    truth = glyphs.radicals[places] - 1
    # Every caption gets another caption's pictures: the same as if the prompts had been shuffled.
    shuffled = (rows + len(captions) // 2) % len(captions)

    def top(k, rows_):
        return statistics.top_k_over_seeds(seen[rows_], truth, k).numpy()

    single = (seen[rows].argmax(2).numpy() == truth[:, None]).mean(1)
    classes = np.bincount(glyphs.radicals, minlength=215)
    real = radicals_seen(model, real_ink[places]).argmax(1).numpy() == truth
    return [
        share(section, "a single picture, top 1", single, rows),
        share(section, "mean over the seeds, top 1", top(1, rows), rows),
        share(section, "mean over the seeds, top 5", top(5, rows), rows),
        share(section, "prompts shuffled, a single picture, top 1", (seen[shuffled].argmax(2).numpy() == truth[:, None]).mean(1), rows),
        share(section, "prompts shuffled, mean over the seeds, top 1", top(1, shuffled), rows),
        Figure(section, "base rate: always the commonest radical", float((truth + 1 == classes.argmax()).mean()), count=len(truth)),
        share(section, "the real glyphs, as the judge sees them, top 1", real, rows),
    ]
