"""Two or more runs side by side: settings, curves, a paired interval, and where they disagree.

- `_compare`: `compare_runs` reads the runs and computes a `RunComparison` (`_results`).
- `_same_examples` finds the test examples that all runs were evaluated on.
- `_page`: `comparison_report` writes the HTML page; its table `SECTIONS` lists the sections.
- The sections: `_accuracies`, `_disagreements`, `_class_scores`, `_training` (settings, curves,
  sizes).
"""
