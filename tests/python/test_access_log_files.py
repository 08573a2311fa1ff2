import gzip
import json

import pytest

from access.log_files import NotALogFile, log_files, objects_of, records_of

ACCOUNT = "111122223333"


def record(time="2026-10-01T10:00:00Z", region="eu-west-1", **more):
    return {"eventTime": time, "awsRegion": region, **more}


def write(folder, name, records):
    file = folder / name
    text = json.dumps({"Records": records}).encode()
    file.write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    return file


def test_a_file_that_cloudtrail_named_keeps_its_region_and_time_under_the_account_of_the_caller(tmp_path):
    name = "999999999999_CloudTrail_us-west-2_20261001T1005Z_abcdefghijklmnop.json.gz"
    (one,) = objects_of(write(tmp_path, name, [record(), record("2026-09-30T23:59:59Z")]), ACCOUNT)
    assert one.key.startswith(
        f"AWSLogs/{ACCOUNT}/CloudTrail/us-west-2/2026/10/01/{ACCOUNT}_CloudTrail_us-west-2_20261001T1005Z_")
    assert one.records == 2 and one.first < one.last
    assert len(json.loads(gzip.decompress(one.body))["Records"]) == 2


def test_records_of_another_file_are_parted_by_region_and_day_and_none_is_lost(tmp_path):
    records = [record(), record("2026-10-02T00:00:00Z"), record(region="us-east-1"), record("2026-10-01T00:00:00+00:00")]
    made = list(objects_of(write(tmp_path, "export.json", records), ACCOUNT))
    assert [one.key.split("/")[3:7] for one in made] == [
        ["eu-west-1", "2026", "10", "01"], ["eu-west-1", "2026", "10", "02"], ["us-east-1", "2026", "10", "01"]]
    assert sum(one.records for one in made) == len(records)


def test_the_same_file_makes_the_same_objects(tmp_path):
    file = write(tmp_path, "export.json", [record()])
    assert list(objects_of(file, ACCOUNT)) == list(objects_of(file, ACCOUNT))


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b'{"Records": 1}', b"\x1f\x8bnot gzip"])
def test_what_is_no_log_file_is_named(tmp_path, content):
    file = tmp_path / "x.json"
    file.write_bytes(content)
    with pytest.raises(NotALogFile):
        records_of(file)


def test_records_without_time_or_region_are_not_taken(tmp_path):
    without = [record(time=None), record(time="soon"), record(region=None), {}, 1]
    records = [record(), *without]
    assert sum(one.records for one in objects_of(write(tmp_path, "e.json", records), ACCOUNT)) == 1


def test_log_files_are_found_at_any_depth_in_order(tmp_path):
    (tmp_path / "b").mkdir()
    for name in ("b/1.json.gz", "a.json", "c.txt"):
        (tmp_path / name).touch()
    assert [file.relative_to(tmp_path).as_posix() for file in log_files(tmp_path)] == ["a.json", "b/1.json.gz"]
