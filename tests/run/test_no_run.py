from keras_ean.run.no_run import no_run


def test_runs_in_folders_of_the_folder_are_named(tmp_path):
    assert "Start one there by: keras-ean run CONFIG" in no_run(tmp_path / "none")
    (tmp_path / "logs").mkdir()
    for module in ("se", "eca"):
        (tmp_path / module).mkdir()
        (tmp_path / module / "config.yaml").touch()
    told = no_run(tmp_path)
    assert f"has these in it: {tmp_path / 'eca'}, {tmp_path / 'se'}. Name one of them." in told
