import pytest

from keras_ean.data.tfrecord import records

pytestmark = pytest.mark.tensorflow


def test_every_example_by_its_place(tmp_path):
    import tensorflow as tf

    path = tmp_path / "some.tfrecord"
    contents = [bytes([number]) * (number * 1000) for number in range(5)]
    with tf.io.TFRecordWriter(str(path)) as writer:
        for content in contents:
            feature = tf.train.Feature(bytes_list=tf.train.BytesList(value=[content]))
            writer.write(tf.train.Example(features=tf.train.Features(feature={"image": feature})).SerializeToString())
    found = list(records(path, "image"))
    assert [found[row].read_bytes() for row in (4, 0, 3, 1, 2)] == [contents[row] for row in (4, 0, 3, 1, 2)]


@pytest.mark.parametrize("content", [b"short", b"no record file, but a long one"])
def test_other_files_are_refused(tmp_path, content):
    path = tmp_path / "some.tfrecord"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="truncated or no TFRecord file"):
        list(records(path, "image"))


def test_an_empty_file_has_no_records(tmp_path):
    (tmp_path / "some.tfrecord").touch()
    assert list(records(tmp_path / "some.tfrecord", "image")) == []
