"""What is said, and read, before a run goes on."""

import pytest
from run_folders import OPTIONS, status

from jaxcnn.experiment import Config, run
from jaxcnn.experiment._folder import locked_folder
from jaxcnn.runs import write_status


def test_a_training_that_begins_anew_says_so(tmp_path, monkeypatch, capsys):
    def read(_):
        raise OSError("enough")

    monkeypatch.setattr("jaxcnn.experiment._run.load_dataset", read)
    for step in (0, 5):
        write_status(tmp_path, "running", steps=step)
        with pytest.raises(OSError, match="enough"):
            run(Config(**OPTIONS, out=tmp_path, resume="auto"))
        said = f"There is no checkpoint in {tmp_path} to go on from; the training begins anew.\n"
        assert capsys.readouterr().err == said * (step > 0)


@pytest.mark.parametrize("kept", [True, False])
def test_a_training_that_lost_its_last_checkpoint_says_so(cut_off, monkeypatch, capsys, kept):
    monkeypatch.setattr("jaxcnn.experiment._run.load_dataset", lambda _: 1 / 0)
    (cut_off / "checkpoints" / "66").mkdir()
    write_status(cut_off, "interrupted", steps=66)
    (cut_off / "checkpoints" / "66").rmdir()
    if not kept:
        (cut_off / "checkpoints" / "12").rmdir()
    with pytest.raises(ZeroDivisionError):
        run(Config(**OPTIONS, out=cut_off, resume="auto"))
    goes_on = "goes on from step 12" if kept else "begins anew"
    said = f"The checkpoint after step 66 is not in {cut_off} anymore; the training {goes_on}.\n"
    assert capsys.readouterr().err == said


def test_damaged_metrics_are_named_before_the_data_is_read(cut_off, monkeypatch):
    monkeypatch.setattr("jaxcnn.experiment._run.load_dataset", pytest.fail)
    write_status(cut_off, "running", steps=12)
    for damage in ("{}\n", "\0", '{"epoch": "1"}\n'):
        (cut_off / "metrics.jsonl").write_text(damage)
        with pytest.raises(ValueError, match=r"metrics\.jsonl: .* \(delete this file; a training"):
            run(Config(**OPTIONS, out=cut_off, resume="auto"))


def test_an_empty_status_is_named_with_what_to_do(cut_off):
    (cut_off / "status.json").touch()
    with (
        pytest.raises(
            ValueError, match=r"status\.json: .* \(delete this file; the checkpoints have"
        ),
        locked_folder(cut_off, "auto"),
    ):
        pass
    (cut_off / "status.json").unlink()
    with locked_folder(cut_off, "auto"):
        assert status(cut_off) == ("running", 12)
