"""The examples' own tests run where the examples are installed, by `test_thirdparty.py`."""

collect_ignore_glob = ["example_*"]
