"""The section with the accuracies, and the paired differences from the first run."""

from collections.abc import Iterator, Sequence

from jaxcnn.reports._html import Content, Html, element, table
from jaxcnn.reports.comparison._compare import FEW_DISAGREEMENTS, Compared
from jaxcnn.reports.comparison._results import (
    ComparedRun,
    PairedDifference,
    interval_text,
    p_text,
    points,
)

ACCURACY = (
    "The interval of each accuracy covers chance in the choice of the test set. For the difference "
    "of two runs, only the test {noun}s count that one run gets right and the other wrong, because "
    "all others are equally hard for both. So the paired interval of the difference is narrower "
    "than the two single intervals suggest. If two runs are equally good, the interval excludes 0 "
    "for about 5 of 100 test sets drawn at random. Chance in the seed is not covered: training "
    "again with other seeds shows it."
)
ERRORS = (
    "The errors of each run on the same test {noun}s are subtracted one by one, and the interval "
    "is that of the mean difference. Negative differences are improvements. Chance in the seed is "
    "not covered: training again with other seeds shows it."
)
TESTS = (
    "The p-value is that of McNemar's test without continuity correction, which belongs to the "
    "interval: it is below 0.05 exactly if the interval excludes 0."
)
FEW = (
    " Both are approximations, which are rough where two runs disagree about fewer than {few} "
    "{noun}s. For these, the table also has the p-value of the exact test (exact p). If that is "
    "0.05 or more, chance can explain the difference, even if the interval excludes 0."
)
MANY = (
    "Each of the {count} runs is compared with the first one. Of twenty intervals of runs that are "
    "equally good, one excludes 0 by chance; so do not choose the best of many runs by these "
    "intervals alone."
)
NONE = "–"


def accuracies(compared: Compared) -> Content:
    """List the accuracies, and the paired differences from the first run."""
    first, *others = compared.numbers.runs
    noun = compared.noun
    parts: list[Html] = []
    if compared.folders[0].interface.task.has_classes:
        parts += [_accuracy_table(compared), *_paired_table(first, others, noun)]
        lead = ACCURACY
    else:
        parts += _error_tables(first, others, noun)
        lead = ERRORS
    if len(others) > 1:
        parts.append(element("p", MANY.format(count=len(others)), class_="note"))
    return Content(lead.format(noun=noun), tuple(parts))


def _accuracy_table(compared: Compared) -> Html:
    rows = [
        (
            run.name,
            run.dataset,
            NONE if run.accuracy is None else f"{run.accuracy:.2%}",
            NONE if run.interval is None else f"{run.interval[0]:.2%} to {run.interval[1]:.2%}",
            f"{folder.result['n_test']:,}" if folder.result.get("n_test") else NONE,
        )
        for run, folder in zip(compared.numbers.runs, compared.folders, strict=True)
    ]
    head = ("run", "test set", "accuracy", "95% interval", f"test {compared.noun}s")
    return table(head, rows, caption="Accuracy of each run on its whole test set", texts=2)


def _paired_table(first: ComparedRun, others: Sequence[ComparedRun], noun: str) -> Iterator[Html]:
    found_all = [found for run in others for found in run.differences]
    has_exact = any(found.exact_p_value is not None for found in found_all)
    rows = [
        (
            run.name,
            points(found.difference),
            interval_text(found),
            f"{found.only_this:,}",
            f"{found.only_first:,}",
            f"{found.both_right:,}",
            f"{found.examples:,}",
            *_p_values(found, has_exact=has_exact),
        )
        for run in others
        for found in run.differences
    ]
    if rows:
        head = (
            *("run", f"accuracy minus that of {first.name}", "95% interval"),
            *("right in this run only", f"right in {first.name} only", "right in both"),
            *(f"all {noun}s", "p (McNemar)"),
            *(("exact p",) if has_exact else ()),
        )
        caption = f"Difference from {first.name} on the same test {noun}s, in percentage points"
        yield table(head, rows, caption=caption)
        text = TESTS + (FEW.format(few=FEW_DISAGREEMENTS, noun=noun) if has_exact else "")
        yield element("p", text, class_="note")


def _p_values(found: PairedDifference, *, has_exact: bool) -> Iterator[str]:
    yield p_text(found.p_value).removeprefix("= ")
    if has_exact:
        exact = found.exact_p_value
        yield NONE if exact is None else p_text(exact).removeprefix("= ")


def _error_tables(first: ComparedRun, others: Sequence[ComparedRun], noun: str) -> Iterator[Html]:
    for run in others:
        rows = [
            (found.measure, f"{found.difference:+.4g}", interval_text(found), f"{found.examples:,}")
            for found in run.differences
        ]
        if rows:
            head = ("measure", "difference", "95% interval", f"{noun}s")
            yield table(head, rows, caption=f"{run.name} minus {first.name}")
