"""Whether the network's probabilities can be believed."""

from jaxcnn.explain import ClassificationReport, plot_reliability
from jaxcnn.reports._html import Html, element
from jaxcnn.reports._inline_images import plot
from jaxcnn.reports._run_folder import Material
from jaxcnn.reports._section import Section

TITLE = "Can its probabilities be believed?"
LEAD = (
    "A network that says 80 % should be right in 80 of 100 such cases. The images are sorted into "
    "groups by how sure the network was, and in each group that is set beside the share that is "
    "right: bars on the diagonal are honest, below it the network was too sure."
)


def calibration(material: Material) -> Section:
    """The reliability diagram, with and without a temperature."""
    found = material.classification
    shown = {
        "as trained": found.calibration,
        f"temperature {found.temperature:.3g}": found.scaled,
    }
    figure = plot_reliability(shown, title=f"{material.model} on {material.data}")
    return Section(TITLE, LEAD, (plot(figure, _alt(found)), _in_words(found)))


def _alt(found: ClassificationReport) -> str:
    return (
        f"Accuracy against confidence: a calibration error of {found.calibration.error:.1%} as "
        f"trained, and of {found.scaled.error:.1%} with a temperature of {found.temperature:.3g}."
    )


def _in_words(found: ClassificationReport) -> Html:
    sure, right = found.calibration.mean_confidence, found.calibration.mean_accuracy
    verdict = "too sure of itself" if sure > right else "less sure than it might be"
    text = (
        f"On average the network was {sure:.1%} sure and {right:.1%} right: it is {verdict}. Over "
        f"all groups, the two lie {found.calibration.error:.1%} apart, which is called the "
        f"expected calibration error. Dividing its logits by a temperature of "
        f"{found.temperature:.3f} before the softmax makes that {found.scaled.error:.1%} (each "
        "half of the images with the temperature that suits the other half). No answer changes "
        "by it."
    )
    return element("p", text)
