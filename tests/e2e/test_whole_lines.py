"""Reading a log while a program writes it."""

from whole_lines import whole_lines


def test_half_a_line_is_read_when_it_is_written_to_its_end(tmp_path):
    log = tmp_path / "log"
    assert whole_lines(log) == ([], 0)
    log.write_bytes(b'{"a": 1}\n{"b": "\xc3')
    lines, end = whole_lines(log)
    assert (lines, end) == (['{"a": 1}'], 9)
    with log.open("ab") as more:
        more.write(b'\xa9"}\n')
    assert whole_lines(log, end) == (['{"b": "é"}'], 21)
    assert whole_lines(log)[0] == ['{"a": 1}', '{"b": "é"}']
