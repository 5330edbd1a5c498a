"""pandas, PyArrow, DuckDB and Zarr on sealed objects, by URL or by fsspec, and what it costs."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute
import pyarrow.dataset
import pyarrow.parquet as pq
import pytest
from pandas.testing import assert_frame_equal

MIB = 1 << 20
ROOT = "acme/video"
URL = f"multistore://{ROOT}"


@pytest.fixture
def table():
    """Give 40 columns of random numbers, in four row groups: about 25 MiB that do not compress."""
    numbers = np.random.default_rng(1)
    return pa.table({f"c{n:02}": numbers.random(80_000) for n in range(40)})


@pytest.fixture
def parquet(fs, table):
    with fs.open(f"{ROOT}/table.parquet", "wb") as file:
        pq.write_table(table, file, row_group_size=20_000)
    return f"{ROOT}/table.parquet"


def test_one_column_of_forty_moves_little_more_than_itself(fs, traffic, parquet, table):
    size = fs.info(parquet)["size"]
    assert size > 24 * MIB
    traffic.clear()
    got = pq.read_table(fs.open(parquet), columns=["c07"], use_threads=False, pre_buffer=False)
    assert got["c07"].equals(table["c07"])
    # Itself 0.6 MiB; 1 MiB with the header; for each of 4 row groups at most 2 chunks beside it.
    assert traffic.bytes < 3.5 * MIB
    assert len(traffic) < 12


def test_pandas_reads_and_writes_by_url(fs):
    frame = pd.DataFrame({"回": [1, 2, 3], "題名": ["はじめに", "つづき", "おわり"]})
    frame.to_parquet(f"{URL}/a.parquet")
    frame.to_csv(f"{URL}/a.csv", index=False)
    assert_frame_equal(pd.read_parquet(f"{URL}/a.parquet"), frame)
    assert_frame_equal(pd.read_csv(f"{URL}/a.csv"), frame)
    assert fs.cat_file(f"{ROOT}/a.parquet", -4) == b"PAR1"


def test_pyarrow_reads_a_partitioned_dataset(fs, table):
    small = table.slice(0, 100).append_column("term", pa.array([n % 3 for n in range(100)]))
    pa.dataset.write_dataset(
        small.sort_by("c00"), f"{ROOT}/set", filesystem=fs, format="parquet", partitioning=["term"]
    )
    assert len(fs.find(f"{ROOT}/set")) == 3
    got = pa.dataset.dataset(f"{ROOT}/set", filesystem=fs, partitioning=["term"]).to_table()
    assert (
        got.sort_by("c00")
        .select(table.column_names)
        .equals(small.sort_by("c00").select(table.column_names))
    )


def test_duckdb_queries_it(fs, parquet, table):
    connection = duckdb.connect()
    connection.register_filesystem(fs)
    (count, total), *_ = connection.execute(
        f"select count(*), sum(c03) from read_parquet('{URL}/table.parquet')"
    ).fetchall()
    connection.close()
    assert count == table.num_rows
    assert total == pytest.approx(pa.compute.sum(table["c03"]).as_py())


# Dask's own use of pandas, which pandas will change.
@pytest.mark.filterwarnings("ignore:The inplace keyword")
def test_dask_reads_and_writes_in_two_worker_processes(fs):
    import dask.dataframe as dd

    frame = pd.DataFrame({"回": range(1_000), "点": range(1_000)})
    parts = dd.from_pandas(frame, npartitions=4)
    parts.to_parquet(
        f"{URL}/set.parquet", compute_kwargs={"scheduler": "processes", "num_workers": 2}
    )
    assert len(fs.glob(f"{ROOT}/set.parquet/*.parquet")) == 4
    total = dd.read_parquet(f"{URL}/set.parquet")["点"].sum()
    assert total.compute(scheduler="processes", num_workers=2) == sum(range(1_000))


def test_zarr_keeps_an_array_in_it(fs):
    import zarr
    from zarr.storage import FsspecStore

    store = FsspecStore.from_url(f"{URL}/array.zarr")
    values = np.arange(10_000, dtype="i4").reshape(100, 100)
    array = zarr.create_array(store, shape=values.shape, chunks=(30, 30), dtype=values.dtype)
    array[:] = values
    again = zarr.open_array(FsspecStore.from_url(f"{URL}/array.zarr"), mode="r")
    assert (again[25:75, 10] == values[25:75, 10]).all()
    array[3, 3] = -1
    assert again[3, 3] == -1


# It says that no class of its own knows this protocol; the general one serves.
@pytest.mark.filterwarnings("ignore::UserWarning:upath")
def test_upath_walks_it(fs):
    from upath import UPath

    path = UPath(f"{URL}/第1回") / "要点.txt"
    path.write_text("はじめに", encoding="utf-8")
    assert path.read_text(encoding="utf-8") == "はじめに"
    assert path.exists()
    assert path.parent.is_dir()
    assert [p.name for p in path.parent.iterdir()] == ["要点.txt"]
    path.unlink()
    assert not path.exists()
